"""Staying in and leaving: rotation under the row's lock, re-use, the grace for two tabs, the ends of a session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.utils import timezone

from support.accounts.models import TokenFamily
from support.audit import AuditEntry
from tests.support.api.conftest import PASSWORD, Answer, Api, log_in, make_user
from tests.support.api.threads import in_threads

pytestmark = pytest.mark.django_db

REFRESH = "/api/admin/token/refresh"


def elsewhere() -> Api:
    """Another client, who may have stolen something."""
    return Api(http=Client(REMOTE_ADDR="203.0.113.66", HTTP_USER_AGENT="other"))


def exchange(refresh: str, client: Api | None = None) -> Answer:
    """The answer to an exchange."""
    return (client or Api()).post(REFRESH, {"refresh": refresh})


def works(access: str) -> bool:
    """Whether an access token is good."""
    return bool(Api(access).get("/api/admin/me").status_code == 200)


@pytest.fixture
def session(agent: User) -> dict[str, Any]:
    """The answer to the agent's log-in."""
    found: dict[str, Any] = log_in("grace").json()
    return found


class TestRotation:
    """One live token per log-in."""

    def test_the_next_pair_works(self, session: dict[str, Any]) -> None:
        following = exchange(session["refresh"]).json()
        assert following["refresh"] != session["refresh"]
        assert following["user"]["username"] == "grace"
        assert works(following["access"])
        assert exchange(following["refresh"]).status_code == 200

    def test_a_used_token_ends_the_log_in_with_all_that_grew_out_of_it(self, session: dict[str, Any]) -> None:
        following = exchange(session["refresh"]).json()
        assert exchange(session["refresh"], elsewhere()).status_code == 401
        assert exchange(following["refresh"]).status_code == 401
        assert not works(following["access"])
        assert not works(session["access"])
        assert TokenFamily.objects.get().ended_by == "reuse"

    def test_another_log_in_of_the_same_person_goes_on(self, session: dict[str, Any]) -> None:
        other = log_in("grace").json()
        exchange(session["refresh"])
        exchange(session["refresh"], elsewhere())
        assert exchange(other["refresh"]).status_code == 200

    def test_two_tabs_get_the_same_pair_within_the_grace(self, session: dict[str, Any]) -> None:
        first, second = exchange(session["refresh"]).json(), exchange(session["refresh"]).json()
        assert (first["access"], first["refresh"]) == (second["access"], second["refresh"])

    @pytest.mark.parametrize(("seconds", "status"), [(10, 200), (11, 401)])
    def test_the_grace_lasts_ten_seconds(self, session: dict[str, Any], seconds: int, status: int) -> None:
        exchange(session["refresh"])
        TokenFamily.objects.update(rotated_at=timezone.now() - timedelta(seconds=seconds - 0.5))
        assert exchange(session["refresh"]).status_code == status

    def test_the_grace_is_for_the_last_token_alone(self, session: dict[str, Any]) -> None:
        exchange(exchange(session["refresh"]).json()["refresh"])
        assert exchange(session["refresh"]).status_code == 401

    def test_twelve_hours_of_silence_end_it(self, session: dict[str, Any]) -> None:
        with time_machine.travel(timezone.now() + timedelta(hours=12, seconds=1), tick=False):
            assert exchange(session["refresh"]).status_code == 401

    def test_nobody_stays_in_for_more_than_thirty_days(self, session: dict[str, Any]) -> None:
        TokenFamily.objects.update(created_at=timezone.now() - timedelta(days=29, hours=23))
        following = exchange(session["refresh"]).json()
        with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1), tick=False):
            assert exchange(following["refresh"]).status_code == 401

    @pytest.mark.parametrize("body", [{}, {"refresh": ""}, {"refresh": None}, {"refresh": 5}, None])
    def test_without_a_token_nothing_is_exchanged(self, api: Api, body: Any) -> None:
        assert api.post(REFRESH, body).status_code in {401, 422}


class TestCookie:
    """The console's refresh token."""

    @pytest.fixture
    def console(self, agent: User) -> Api:
        """A console that is logged in."""
        console = Api()
        console.post("/api/admin/login", {"username": "grace", "password": PASSWORD, "cookie": True})
        return console

    def test_the_console_refreshes_with_it(self, console: Api) -> None:
        before = console.http.cookies["edubot_refresh"].value
        answer = console.post(REFRESH, x_requested_with="console")
        assert answer.json()["refresh"] is None
        assert works(answer.json()["access"])
        assert console.http.cookies["edubot_refresh"].value != before

    @pytest.mark.parametrize("headers", [{}, {"x_requested_with": "XMLHttpRequest"}])
    def test_a_page_that_cannot_send_the_header_gets_nothing(self, console: Api, headers: dict[str, str]) -> None:
        assert console.post(REFRESH, **headers).status_code == 401

    def test_logging_out_takes_it_away(self, console: Api) -> None:
        answer = console.post("/api/admin/logout", x_requested_with="console")
        assert answer.status_code == 200
        assert answer.cookies["edubot_refresh"].value == ""
        assert answer["Clear-Site-Data"] == '"storage"'
        assert TokenFamily.objects.get().ended_by == "log_out"


class TestLogOut:
    """Which tokens still count afterwards."""

    @pytest.mark.parametrize("way", ["bearer", "body"])
    def test_it_ends_this_log_in_at_once_and_no_other(self, session: dict[str, Any], way: str) -> None:
        other = log_in("grace").json()
        if way == "bearer":
            assert Api(session["access"]).post("/api/admin/logout").status_code == 200
        else:
            assert Api().post("/api/admin/logout", {"refresh": session["refresh"]}).status_code == 200
        assert not works(session["access"])
        assert exchange(session["refresh"]).status_code == 401
        assert works(other["access"])

    def test_everywhere_ends_all_of_them(self, session: dict[str, Any]) -> None:
        other = log_in("grace").json()
        assert Api(other["access"]).post("/api/admin/logout", {"everywhere": True}).status_code == 200
        assert not works(session["access"])
        assert not works(other["access"])
        assert exchange(session["refresh"]).status_code == 401
        assert works(log_in("grace").json()["access"])

    def test_it_is_noted(self, session: dict[str, Any]) -> None:
        Api(session["access"]).post("/api/admin/logout", {"everywhere": True})
        entry = AuditEntry.objects.get(verb="log_out")
        assert (entry.username, entry.details) == ("grace", {"everywhere": True})

    def test_twice_is_no_error(self, session: dict[str, Any]) -> None:
        answers = [Api(session["access"]).post("/api/admin/logout").status_code for _ in range(2)]
        assert answers == [200, 200]

    def test_a_dead_token_ends_nothing_else(self, session: dict[str, Any]) -> None:
        Api(session["access"]).post("/api/admin/logout")
        other = log_in("grace").json()
        answer = Api(session["access"]).post("/api/admin/logout", {"everywhere": True})
        assert answer.status_code == 401
        assert works(other["access"])

    def test_without_any_token_there_is_nothing_to_end(self, api: Api) -> None:
        assert api.post("/api/admin/logout").status_code == 401


def _by_sql(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE auth_user SET is_staff = false WHERE id = %s", [user.pk])


def _new_password(user: User) -> None:
    user.set_password("another fine password")
    user.save()


CHANGES: dict[str, Callable[[User], object]] = {
    "password, saved": _new_password,
    "deactivation by update": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "deactivation by bulk_update": lambda user: User.objects.bulk_update(
        [User(pk=user.pk, is_active=False)], ["is_active"]
    ),
    "no longer staff, by SQL": _by_sql,
    "made superuser": lambda user: User.objects.filter(pk=user.pk).update(is_superuser=True),
    "out of the group": lambda user: user.groups.clear(),
    "into another group": lambda user: user.groups.add(Group.objects.get_or_create(name="supervisor")[0]),
    "the group deleted": lambda user: user.groups.all().delete(),
    "by the group's side": lambda user: user.groups.get().user_set.remove(user),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_rights_ends_every_token_at_once(session: dict[str, Any], agent: User, change: str) -> None:
    CHANGES[change](agent)
    assert not works(session["access"])
    assert exchange(session["refresh"]).status_code == 401


def test_django_admin_cannot_go_round_it(session: dict[str, Any], agent: User, admin: User) -> None:
    http = Client()
    http.force_login(admin)
    form = {"password1": "a fine new password", "password2": "a fine new password", "usable_password": "true"}
    assert http.post(f"/admin/auth/user/{agent.pk}/password/", form).status_code == 302
    assert not works(session["access"])


@pytest.mark.parametrize("field", ["first_name", "email", "last_login"])
def test_what_is_no_right_ends_nothing(session: dict[str, Any], agent: User, field: str) -> None:
    User.objects.filter(pk=agent.pk).update(**{field: timezone.now() if field == "last_login" else "x@example.com"})
    assert works(session["access"])


def test_a_user_can_be_deleted_with_groups_and_log_ins(session: dict[str, Any], agent: User) -> None:
    agent.delete()
    assert not User.objects.filter(username="grace").exists()


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    """Real threads, real row locks."""

    @pytest.fixture
    def refresh(self) -> str:
        """A live refresh token."""
        make_user("grace", is_staff=True)
        return str(log_in("grace").json()["refresh"])

    def test_of_eight_tabs_one_rotates_and_all_get_its_pair(self, refresh: str) -> None:
        answers = in_threads(lambda _: exchange(refresh), times=8)
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["refresh"] for answer in answers}) == 1
        assert exchange(answers[0].json()["refresh"]).status_code == 200

    def test_of_eight_clients_exactly_one_wins_and_the_log_in_ends(self, refresh: str) -> None:
        clients = [Api(http=Client(REMOTE_ADDR=f"203.0.113.{number}")) for number in range(8)]
        answers = in_threads(lambda number: exchange(refresh, clients[number]), times=8)
        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
        winner = next(answer.json() for answer in answers if answer.status_code == 200)
        assert not works(winner["access"])
        assert exchange(winner["refresh"]).status_code == 401
