"""Live events as consoles meet them: a real web process, real sockets, events caused in another process (this one)."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Group, User
from django.db import connection, connections, transaction
from django.utils import timezone
from psycopg import sql
from rest_framework_simplejwt.tokens import AccessToken

from conversations import events, people, thread
from conversations.events import Doing
from conversations.models import Conversation, LiveEvent, Message
from conversations.received import Person
from support.accounts import families, tokens
from support.accounts.client import Client
from support.accounts.models import TokenFamily
from support.models import SupportTicket
from tests.consoles import PATH, Connect, Console, consoles
from tests.edubot.test_server import WEBHOOK, Server, serving, signed
from tests.processes import eventually
from tests.whatsapp.payloads import post, text_message

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

ORIGIN = "https://desk.example.org"
SOON = 1.0  # seconds in which an event must reach every console


@pytest.fixture(scope="module")
def one_server(database_address: str) -> Iterator[Server]:
    with serving(database_address, "--processes", "1", CORS_ALLOWED_ORIGINS=ORIGIN) as server:
        yield server


@pytest.fixture
def server(transactional_db: None, one_server: Server) -> Server:
    """A web process that the tests of this module share."""
    return one_server


@pytest.fixture
def connect(server: Server) -> Iterator[Connect]:
    with consoles(server.port) as function:
        yield function


@pytest.fixture
def ada() -> Conversation:
    return people.conversation_with(Person(phone="+2348012345678", profile_name="Ada"))


@pytest.fixture
def token() -> str:
    """Of a supervisor."""
    return token_of(make_staff("grace", "supervisor"))


def make_staff(name: str, *groups: str, **fields: Any) -> User:
    user = User.objects.create_user(name, **({"is_staff": True} | fields))
    user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
    return user


def token_of(user: User, lasts: float | None = None) -> str:
    """An access token, which ends in so many seconds (default: as any other)."""
    pair = families.begin(user, Client("127.0.0.1", "test"))
    if lasts is None:
        return pair.access
    family = TokenFamily.objects.filter(user=user).latest("created_at")
    family.rotated_at = timezone.now() + timedelta(seconds=lasts) - AccessToken.lifetime
    return tokens.pair(family, user.staff_profile.token_version).access


def say(conversation: Conversation, text: str) -> Message:
    """A student says something, as a worker stores it."""
    with transaction.atomic():
        return thread.add(people.lock(conversation.pk), Message(sender="user", text=text))


def tell(subject: int, through: object = connection) -> None:
    """The smallest thing that can happen; nothing is left of it but the event."""
    with through.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SELECT conversations_note_event('ticket', %s)", [subject])


def elsewhere(work: Callable[[], object]) -> threading.Thread:
    """Do it in a thread with a database connection of its own."""

    def run() -> None:
        work()
        connections.close_all()

    started = threading.Thread(target=run)
    started.start()
    return started


@contextmanager
def shut_for_all_but_us() -> Iterator[None]:
    """The database ends all other connections and takes no new ones, like one that restarts."""
    here = connection.get_connection_params()
    name = sql.Identifier(here["dbname"])
    with psycopg.connect(**here | {"dbname": "postgres", "cursor_factory": None}, autocommit=True) as outside:
        outside.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        outside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
            [here["dbname"], connection.connection.info.backend_pid],
        )
        try:
            yield
        finally:
            outside.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


class TestHearing:
    """What happens anywhere reaches every console within a second."""

    def test_a_message_and_its_conversation(self, connect: Connect, token: str, ada: Conversation) -> None:
        console = connect(token).begins()
        message = say(ada, "Hello?\nAnybody?")
        data = console.hears("message", SOON, id=f"msg_{message.pk}")
        assert (data["text"], data["sender_type"]) == ("Hello?\nAnybody?", "user")
        listed = console.hears("conversation", SOON, phone_number="+2348012345678")
        assert (listed["last_message"], listed["unread_count"]) == ("Hello?\nAnybody?", 1)

    def test_how_far_a_message_has_come(self, connect: Connect, token: str, ada: Conversation) -> None:
        message = say(ada, "Hello")
        console = connect(token).begins()
        Message.objects.filter(pk=message.pk).update(delivery_status="delivered")
        console.hears("delivery", SOON, id=f"msg_{message.pk}", delivery_status="delivered")

    def test_a_ticket_and_the_banner(self, connect: Connect, token: str, ada: Conversation) -> None:
        console = connect(token).begins()
        assert console.of("notifications")[0]["has_alerts"] is False
        ticket = SupportTicket.objects.create(conversation=ada)
        console.hears("ticket", SOON, id=ticket.pk, status="OPEN")
        console.hears("notifications", SOON + 1, open_tickets=1, unassigned_tickets=1, has_alerts=True)

    def test_a_burst_moves_the_banner_only_now_and_then(self, connect: Connect, token: str) -> None:
        console = connect(token).begins()
        began = time.monotonic()
        for number in range(30):
            person = people.conversation_with(Person(phone=f"+23480123400{number:02}"))
            SupportTicket.objects.create(conversation=person)
        console.hears("notifications", SOON + 1, open_tickets=30)
        assert len(console.of("notifications")) <= 3 + time.monotonic() - began

    def test_who_else_is_there(self, connect: Connect, token: str, ada: Conversation) -> None:
        console = connect(token).begins()
        events.presence(ada, make_staff("ben"), Doing.TYPING)
        console.hears("presence", SOON, phone_number="+2348012345678", username="ben", doing="typing")

    def test_what_was_written_first_and_committed_last(self, connect: Connect, token: str) -> None:
        console = connect(token).begins()
        with closing(connection.copy()) as other:
            other.set_autocommit(False)
            tell(1, other)
            tell(2)
            console.hears("ticket", SOON, id=2)
            other.commit()
        console.hears("ticket", SOON, id=1)
        assert console.ids == sorted(console.ids, reverse=True)

    def test_a_burst_is_told_whole(self, connect: Connect, token: str, ada: Conversation) -> None:
        console = connect(token).begins()
        with transaction.atomic():
            for number in range(500):
                thread.add(ada, Message(sender="user", text=f"{number} " + "x" * 900))
        console.hears("message", 5, message_type="text")
        eventually(lambda: len(console.of("message")) == 500, 5)
        assert [int(data["text"].split()[0]) for data in console.of("message")] == list(range(500))

    def test_what_cannot_be_shown_costs_a_reset_and_never_the_stream(self, connect: Connect, token: str) -> None:
        console = connect(token).begins()
        LiveEvent.objects.create(kind="presence", subject=1, data=["not", "what", "we", "write"])
        eventually(lambda: console.of("reset") == [{}])
        tell(1)
        console.hears("ticket", id=1)

    def test_a_database_that_goes_away_is_waited_for_and_nothing_is_lost(
        self, server: Server, connect: Connect, token: str
    ) -> None:
        console = connect(token).begins()
        tell(1)
        console.hears("ticket", id=1)
        with shut_for_all_but_us():
            server.command.says("The database is away; live events wait for it.")
            tell(2)
        console.hears("ticket", id=2)
        assert not console.of("reset")


class TestResuming:
    """A client that says the last id that it saw misses nothing."""

    def test_what_happened_meanwhile_is_told_first(self, connect: Connect, token: str) -> None:
        tell(1)
        first = connect(token, events.newest_id()).begins()
        first.close()
        tell(2)
        again = connect(token, first.last_id).begins()
        assert [data["id"] for data in again.of("ticket")] == [1, 2]  # the overlap tells the known one again

    def test_a_client_that_has_heard_nothing_yet_knows_where_to_go_on(self, connect: Connect, token: str) -> None:
        tell(1)
        first = connect(token).begins()
        assert first.ids == []
        first.close()
        tell(2)
        connect(token, first.last_id).hears("ticket", id=2)

    def test_what_was_committed_late_is_told_too(self, connect: Connect, token: str) -> None:
        with closing(connection.copy()) as other:
            other.set_autocommit(False)
            first = connect(token).begins()
            tell(1, other)
            tell(2)
            first.hears("ticket", id=2)
            first.close()
            other.commit()
        connect(token, first.last_id).hears("ticket", id=1)

    def test_there_are_no_gaps_while_many_write_and_the_line_keeps_breaking(self, connect: Connect, token: str) -> None:
        tell(0)
        before = last = events.newest_id()
        heard: set[int] = set()
        writers = [elsewhere(partial(write_in_disorder, base)) for base in range(100, 900, 100)]
        while any(writer.is_alive() for writer in writers):
            console = connect(token, last).begins()
            known = len(console.ids)
            eventually(lambda: len(console.ids) > known or not any(writer.is_alive() for writer in writers))  # noqa: B023
            heard.update(console.ids)
            last = console.last_id
            console.close()
        final = connect(token, last).begins()
        written = set(LiveEvent.objects.filter(pk__gt=before).values_list("pk", flat=True))
        assert len(written) == 8 * 100
        eventually(lambda: written <= heard | set(final.ids), 5)

    @pytest.mark.parametrize("last_id", ["0", "99999999", "-1", "abc", "9" * 30])
    def test_who_cannot_be_told_looks_again(self, connect: Connect, token: str, last_id: str) -> None:
        tell(1)
        console = connect(token, **{"Last-Event-ID": last_id}).begins()
        assert console.of("reset") == [{}]
        assert console.last_id == events.newest_id()

    def test_an_hour_is_too_long_ago(self, connect: Connect, token: str) -> None:
        tell(1)
        last_id = events.newest_id()
        LiveEvent.objects.update(created_at=timezone.now() - timedelta(minutes=61))
        tell(2)
        console = connect(token, last_id).begins()
        assert (console.of("reset"), console.ids) == ([{}], [])

    def test_more_than_anybody_reads_is_a_reset_too(self, connect: Connect, token: str) -> None:
        console = connect(token).begins()
        with connection.cursor() as cursor:
            cursor.execute("SELECT conversations_note_event('ticket', n) FROM generate_series(0, %s) n", [events.MOST])
        eventually(lambda: console.of("reset") == [{}])
        tell(5)
        assert console.hears("ticket")["id"] == 5


def write_in_disorder(base: int) -> None:
    """A hundred events, of which every second one is written after the one before it and committed before it."""
    with closing(connection.copy()) as early, closing(connection.copy()) as late:
        early.set_autocommit(False)
        late.set_autocommit(False)
        for subject in range(base, base + 100, 2):
            tell(subject, early)
            tell(subject + 1, late)
            late.commit()
            early.commit()


class TestWhoMayListen:
    """The stream is an endpoint like any other, until it runs."""

    @pytest.mark.parametrize(
        ("fields", "groups", "status"),
        [
            ({}, ("agent",), 200),
            ({}, ("supervisor",), 200),
            ({"is_staff": False, "is_superuser": True}, (), 200),
            ({}, (), 200),  # active staff in neither group may read
            ({"is_staff": False}, ("agent",), 401),
            ({"is_active": False}, ("agent",), 401),
        ],
    )
    def test_roles(
        self, server: Server, connect: Connect, fields: dict[str, bool], groups: tuple[str, ...], status: int
    ) -> None:
        token = token_of(make_staff("somebody", *groups, **fields))
        if status == 200:
            connect(token).begins()
        else:
            assert self._answer(server, f"Bearer {token}") == (status, "UNAUTHORIZED")

    def test_credentials(self, server: Server, token: str) -> None:
        user = User.objects.get()
        refresh = families.begin(user, Client("127.0.0.1", "test")).refresh
        forged = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + token.split(".")[1] + "."
        for header in ("", "Bearer", "Bearer x", f"Bearer {refresh}", f"Bearer {forged}", f"Basic {token}"):
            assert self._answer(server, header) == (401, "UNAUTHORIZED"), header
        assert self._answer(server, f"Bearer {token_of(user, lasts=-1)}") == (401, "UNAUTHORIZED")
        assert server.ask("GET", f"{PATH}?token={token}")[0] == 401  # no token in an address, ever

    def test_other_methods(self, server: Server, token: str) -> None:
        bearer = {"Authorization": f"Bearer {token}"}
        status, headers, body = server.ask("POST", PATH, b"{}", bearer)
        assert (status, json.loads(body)["error_code"]) == (405, "METHOD_NOT_ALLOWED")
        assert "GET" in headers["allow"]
        assert server.ask("HEAD", PATH, headers=bearer)[0] == 200
        assert server.ask("OPTIONS", PATH)[0] == 200

    def test_a_browser_of_a_known_origin(self, server: Server, connect: Connect, token: str) -> None:
        asks = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization,last-event-id"}
        for origin, allowed in ((ORIGIN, ORIGIN), ("https://elsewhere.example", None)):
            _, headers, _ = server.ask("OPTIONS", PATH, headers={"Origin": origin} | asks)
            assert headers.get("access-control-allow-origin") == allowed
            assert ("last-event-id" in headers.get("access-control-allow-headers", "")) == bool(allowed)
            assert connect(token, Origin=origin).begins().head.get("access-control-allow-origin") == allowed

    def test_what_proxies_and_browsers_are_told(self, connect: Connect, token: str) -> None:
        head = connect(token).begins().head
        assert head["content-type"] == "text/event-stream"
        assert head["cache-control"] == "no-store"
        assert head["x-accel-buffering"] == "no"
        assert "content-length" not in head

    def test_one_person_has_so_many_streams(self, server: Server, connect: Connect, token: str) -> None:
        for _ in range(20):
            connect(token).begins()
        status, headers, body = server.ask("GET", PATH, headers={"Authorization": f"Bearer {token}"})
        assert (status, json.loads(body)["error_code"]) == (429, "RATE_LIMITED")
        assert int(headers["retry-after"]) > 0

    @staticmethod
    def _answer(server: Server, authorization: str) -> tuple[int, str]:
        status, _, body = server.ask("GET", PATH, headers={"Authorization": authorization} if authorization else {})
        return status, json.loads(body)["error_code"]


class TestEnding:
    """A stream ends with the token, with the rights, with the client, and with the server."""

    def test_with_the_token(self, connect: Connect) -> None:
        console = connect(token_of(make_staff("grace", "agent"), lasts=3)).begins()
        console.ends(5)
        assert console.heard[-1].kind == "expired"

    def test_with_the_rights(self, connect: Connect) -> None:
        ends: dict[str, Callable[[User], object]] = {
            "deactivated": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
            "demoted": lambda user: user.groups.clear(),
            "logged-out": lambda user: TokenFamily.objects.filter(user=user).update(ended_at=timezone.now()),
            "deleted": lambda user: user.delete(),
            "untouched": lambda user: user,
        }
        people_ = {name: make_staff(name, "agent") for name in ends}
        streams = {name: connect(token_of(user)).begins() for name, user in people_.items()}
        for name, end in ends.items():
            end(people_[name])
        untouched = streams.pop("untouched")
        for console in streams.values():
            console.ends(10)
            assert console.heard[-1].kind == "expired"
        assert not untouched.of("expired")

    def test_with_the_server(self, database_url: str, token: str) -> None:
        with serving(database_url, "--processes", "2") as server, consoles(server.port) as connect:
            open_streams = [connect(token).begins() for _ in range(10)]
            _, seconds = server.command.stop(signal.SIGTERM)
            assert seconds < 3, server.command.output
            for console in open_streams:
                console.ends(1)
            assert "ERROR" not in server.command.output

    def test_with_the_client(self, server: Server, connect: Connect, token: str) -> None:
        for _ in range(3):
            for console in [connect(token).begins() for _ in range(10)]:
                console.close()
        eventually(lambda: connect(token).begins())  # else the person would have too many by now


def test_without_a_database_the_client_is_told_to_come_again(token: str) -> None:
    nowhere = "postgres://nobody@127.0.0.1:1/nothing"
    with serving(nowhere, "--processes", "1") as server:
        status, headers, body = server.ask("GET", PATH, headers={"Authorization": f"Bearer {token}"})
    assert (status, json.loads(body)["error_code"]) == (503, "UNAVAILABLE")
    assert int(headers["retry-after"]) > 0


class TestMany:
    """Two hundred consoles, and the webhooks do not notice."""

    def test_two_hundred_hear_everything_while_webhooks_are_answered(
        self, server: Server, connect: Connect, ada: Conversation
    ) -> None:
        staff = [token_of(make_staff(f"agent{number}", "agent")) for number in range(10)]
        everybody = [connect(token) for token in staff for _ in range(20)]
        for console in everybody:
            console.begins()
        delays, answers = [], []
        for number in range(20):
            body = post(text_message(f"wamid.{number}"))
            began = time.monotonic()
            assert server.ask("POST", WEBHOOK, body, signed(body))[0] == 200
            answers.append(time.monotonic() - began)
            began = time.monotonic()
            message = say(ada, f"Question {number}")
            for console in everybody:
                console.hears("message", 5, id=f"msg_{message.pk}")
            delays.append(time.monotonic() - began)
        assert sorted(answers)[-2] < 0.5, answers
        assert sorted(delays)[-2] < SOON, delays


def test_a_console_that_comes_back_to_the_next_process_misses_nothing(database_url: str, token: str) -> None:
    with serving(database_url, "--processes", "1") as server, consoles(server.port) as connect:
        tell(1)
        console: Console = connect(token).begins()
        server.command.stop(signal.SIGKILL)
        tell(2)
    with serving(database_url, "--processes", "1") as server, consoles(server.port) as connect:
        connect(token, console.last_id).hears("ticket", id=2)
