"""The way in: what it answers, what it never tells, and how often one may try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversations.models import AccountNotice
from edubot import settings as configured
from support import tasks
from support.accounts import limiter
from support.accounts.models import LogInFailure, TokenFamily
from support.audit import AuditEntry
from tests.support.api.conftest import PASSWORD, Api, log_in, make_user
from tests.support.api.credentials import claims_of
from tests.support.api.threads import in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the service would have made people wait."""
    found: list[float] = []
    monkeypatch.setattr("support.accounts.limiter.time.sleep", found.append)
    return found


def fail(username: str = "grace", times: int = 1, address: str = "198.51.100.1") -> list[int]:
    """Wrong passwords, and how each was answered."""
    http = Client(REMOTE_ADDR=address)
    return [log_in(username, "wrong", api=Api(http=http)).status_code for _ in range(times)]


def succeed(username: str = "grace", address: str = "198.51.100.1") -> int:
    """The right password, and how it was answered."""
    return int(log_in(username, api=Api(http=Client(REMOTE_ADDR=address))).status_code)


def let_pass(minutes: int) -> None:
    """Let time go by for what has failed so far."""
    LogInFailure.objects.update(at=F("at") - timedelta(minutes=minutes))


def test_it_answers_with_tokens_and_who_one_is(agent: User) -> None:
    answer = log_in("grace").json()
    assert answer["status"] == "success"
    assert answer["token"] == answer["access"] == answer["data"]["access"]
    assert answer["expires_in"] in range(895, 901)
    assert (answer["user"]["username"], answer["user"]["role"]) == ("grace", "agent")
    lives = {kind: claims_of(answer[kind])["exp"] - claims_of(answer[kind])["iat"] for kind in ("access", "refresh")}
    assert lives == {"access": 15 * 60, "refresh": 12 * 60 * 60}
    assert Api(answer["token"]).get("/api/admin/me").status_code == 200


@pytest.mark.parametrize("debug", [True, False])
def test_with_cookie_the_refresh_token_is_out_of_every_scripts_reach(
    agent: User, api: Api, settings: Settings, debug: bool
) -> None:
    settings.DEBUG = debug
    answer = api.post("/api/admin/login", {"username": "grace", "password": PASSWORD, "cookie": True})
    assert answer.json()["refresh"] is answer.json()["data"]["refresh"] is None
    cookie = answer.cookies["edubot_refresh"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/api/admin/")
    assert bool(cookie["secure"]) is not debug


def test_it_is_noted_with_who_when_and_from_where(agent: User) -> None:
    succeed(address="203.0.113.7")
    fail(address="203.0.113.8")
    entries = list(AuditEntry.objects.order_by("pk").values_list("verb", "username", "address", "object_id"))
    assert entries == [
        ("log_in", "grace", "203.0.113.7", ""),
        ("log_in_failed", "", "203.0.113.8", str(agent.pk)),
    ]
    assert User.objects.get(pk=agent.pk).last_login is not None


@pytest.mark.parametrize(
    ("username", "password"),
    [("grace", "wrong"), ("unknown", PASSWORD), ("nobody", PASSWORD), ("gone", PASSWORD), ("GRACE", PASSWORD)],
)
def test_the_answer_never_tells_why(agent: User, nobody: User, username: str, password: str) -> None:
    make_user("gone", "agent", is_staff=True, is_active=False)
    answer = log_in(username, password)
    assert answer.status_code == 401
    assert answer.json() == {
        "status": "error",
        "message": "The user name or the password is wrong.",
        "data": None,
        "error_code": "INVALID_CREDENTIALS",
    }


@pytest.mark.parametrize("username", ["grace", "unknown", "nobody", "gone", "invited"])
def test_every_answer_costs_one_hashing(
    agent: User, nobody: User, monkeypatch: pytest.MonkeyPatch, username: str
) -> None:
    make_user("gone", "agent", is_staff=True, is_active=False)
    User.objects.create_user("invited", is_staff=True)  # without a password until they set one
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def noted(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)
    log_in(username, "wrong")
    assert len(hashed) == 1  # of somebody without a password it is a made-up one


def test_the_passwords_are_hashed_with_argon2() -> None:
    assert configured.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "grace"},
        {"username": "grace", "password": ""},
        {"username": 5, "password": PASSWORD},
        {"username": "grace", "password": ["x"]},
        {"username": "gr\0ace", "password": PASSWORD},
        {"username": "gr\ud800ace", "password": PASSWORD},
        {"username": "x" * 151, "password": PASSWORD},
        {"username": "grace", "password": "x" * 1025},
        {"username": "grace", "password": PASSWORD, "cookie": "yes"},
        [],
        "grace",
    ],
)
def test_what_is_no_log_in_is_told_so(agent: User, api: Api, body: Any) -> None:
    answer = api.post("/api/admin/login", body)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "VALIDATION_ERROR")
    assert answer.json()["errors"]


class TestLimits:
    """Five for an account from an address, twenty from an address, twenty for an account."""

    def test_five_failures_shut_the_account_for_that_address(self, agent: User) -> None:
        assert fail(times=6) == [401] * 5 + [429]
        assert succeed() == 429

    def test_the_refusal_says_when_to_try_again(self, agent: User, api: Api) -> None:
        fail(times=5, address="127.0.0.1")
        let_pass(minutes=10)
        answer = log_in("grace")
        assert (answer.status_code, answer.json()["error_code"]) == (429, "RATE_LIMITED")
        assert 290 <= int(answer["Retry-After"]) <= 300

    def test_it_opens_again_after_a_quarter_of_an_hour_however_often_one_knocked(self, agent: User) -> None:
        fail(times=5)
        let_pass(minutes=10)
        fail(times=30)
        let_pass(minutes=5)
        assert succeed() == 200

    def test_the_right_password_from_elsewhere_gets_in(self, agent: User) -> None:
        fail(times=6)
        assert succeed(address="203.0.113.50") == 200

    def test_a_colleague_at_the_same_address_gets_in(self, agent: User, other_agent: User) -> None:
        fail(times=6)
        assert succeed("tunde") == 200

    def test_a_success_forgets_the_typing_errors_before_it(self, agent: User) -> None:
        assert fail(times=4) == [401] * 4
        assert succeed() == 200
        assert fail(times=5) == [401] * 5

    def test_twenty_failures_shut_the_address_for_everybody(self, agent: User) -> None:
        assert {status for number in range(4) for status in fail(f"user{number}", times=5)} == {401}
        assert fail("another") == [429]
        assert succeed() == 429
        assert succeed(address="203.0.113.50") == 200

    def test_unknown_accounts_are_counted_alike(self, agent: User) -> None:
        assert fail("unknown", times=6) == fail("grace", times=6, address="203.0.113.9")

    def test_case_does_not_open_a_second_account(self, agent: User) -> None:
        fail("grace", times=3)
        assert fail("GRACE", times=3) == [401, 401, 429]

    def test_twenty_failures_for_an_account_slow_it_and_tell_staff(self, agent: User, waits: list[float]) -> None:
        for number in range(4):
            fail(times=5, address=f"203.0.113.{number}")
        assert (waits, AccountNotice.objects.count()) == ([], 0)
        assert fail(times=2, address="203.0.113.77") == [401, 401]
        assert waits == [limiter.DELAY] * 2
        assert AccountNotice.objects.get().data == {"user": agent.pk}

    def test_an_account_under_attack_is_still_its_owners(self, agent: User, waits: list[float]) -> None:
        for number in range(6):
            fail(times=5, address=f"203.0.113.{number}")
        waits.clear()
        assert succeed(address="198.51.100.99") == 200
        assert waits == []

    def test_those_who_wait_never_take_all_threads(
        self, agent: User, waits: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(4):
            fail(times=5, address=f"203.0.113.{number}")
        with limiter._slow_lane, limiter._slow_lane:
            assert fail(address="203.0.113.88") == [429]
        assert waits == []

    @pytest.mark.parametrize(
        ("trusted", "statuses"),
        [(0, [401] * 5 + [429]), (1, [401] * 6)],
    )
    def test_an_invented_forwarded_address_opens_no_door(
        self, agent: User, settings: Settings, trusted: int, statuses: list[int]
    ) -> None:
        settings.TRUSTED_PROXY_COUNT = trusted  # 1: the header is the proxy's word, and these are six clients
        found = [log_in("grace", "wrong", x_forwarded_for=f"203.0.113.{number}").status_code for number in range(6)]
        assert found == statuses

    def test_one_networks_addresses_count_as_one(self, agent: User) -> None:
        found = [fail(address=f"2001:db8:1:2::{number}")[0] for number in range(1, 7)]
        assert found == [401] * 5 + [429]
        assert fail(address="2001:db8:1:3::1") == [401]

    def test_old_failures_are_forgotten(self, agent: User) -> None:
        fail(times=3)
        let_pass(minutes=16)
        fail()
        tasks.forget_log_ins(timestamp=0)
        assert LogInFailure.objects.count() == 1

    def test_a_log_in_is_forgotten_a_week_after_it_expired_though_its_owner_never_comes_back(self, agent: User) -> None:
        log_in("grace")
        for days, left in ((6, 1), (8, 0)):
            TokenFamily.objects.update(expires_at=timezone.now() - timedelta(days=days))
            tasks.forget_log_ins(timestamp=0)
            assert TokenFamily.objects.count() == left

    def test_sessions_that_are_over_are_forgotten(self, db: None) -> None:
        for hours in (-1, 1):
            session = SessionStore()
            session.set_expiry(timezone.now() + timedelta(hours=hours))
            session["_auth_user_id"] = "1"
            session.save()
        tasks.forget_log_ins(timestamp=0)
        assert Session.objects.get().expire_date > timezone.now()


class TestDjangoAdmin:
    """The other door has the same lock."""

    def enter(self, password: str = PASSWORD, address: str = "198.51.100.1") -> int:
        """Django admin's log-in form."""
        http = Client(REMOTE_ADDR=address)
        return http.post("/admin/login/", {"username": "grace", "password": password}).status_code

    def test_it_lets_staff_in(self, agent: User) -> None:
        assert self.enter() == 302
        assert AuditEntry.objects.get().verb == "log_in"

    def test_failures_at_either_door_count_at_both(self, agent: User) -> None:
        assert [self.enter("wrong") for _ in range(3)] == [200] * 3
        assert fail(times=3) == [401, 401, 429]
        assert self.enter() == 429

    def test_the_refusal_is_a_page(self, agent: User) -> None:
        fail(times=5)
        answer = Client(REMOTE_ADDR="198.51.100.1").post("/admin/login/", {"username": "grace", "password": "x"})
        assert answer["Content-Type"].startswith("text/html")
        assert int(answer["Retry-After"]) > 0


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_no_more_are_looked_at_than_in_a_row() -> None:
    make_user("grace", is_staff=True)
    statuses = in_threads(lambda _: fail()[0], times=16)
    assert sorted(set(statuses)) == [401, 429]
    assert statuses.count(401) <= 5


@contextmanager
def another_connection() -> Iterator[psycopg.Connection]:
    """Somebody else's, to the same database."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        yield other


@contextmanager
def accounts_locked() -> Iterator[None]:
    """Somebody holds the accounts, and the database lets nobody wait for them."""
    with another_connection() as other:
        other.execute("LOCK TABLE auth_user")
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 50")
        try:
            yield
        finally:
            connection.close()  # and what was set for it


@contextmanager
def cut_off() -> Iterator[None]:
    """The database ends our connection when an attempt has been written down and its account is looked for."""

    def cut(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if 'FROM "auth_user"' in sql:
            with another_connection() as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
        return execute(sql, *rest)

    with connection.execute_wrapper(cut):
        yield
    connection.close()  # as the end of a request does outside tests


@pytest.mark.django_db(transaction=True)
class TestTroubleOfOurs:
    """What ends in a 503 was no wrong password."""

    @pytest.fixture(autouse=True)
    def grace(self) -> User:
        return make_user("grace", is_staff=True)

    def test_who_tries_again_and_again_meanwhile_gets_in_when_it_is_over(self) -> None:
        with accounts_locked():
            assert [succeed() for _ in range(6)] == [503] * 6
        assert succeed() == 200

    def test_it_is_forgotten_after_a_minute_even_where_nothing_could_be_written_any_more(self) -> None:
        for _ in range(5):
            with cut_off():
                assert succeed() == 503
        assert succeed() == 429
        let_pass(minutes=1)
        assert succeed() == 200

    def test_nobody_guesses_on_by_it(self) -> None:
        assert fail(times=3) == [401] * 3
        for _ in range(2):
            with cut_off():
                assert succeed() == 503
        assert fail() == [429]
        let_pass(minutes=1)
        assert fail(times=3) == [401, 401, 429]
