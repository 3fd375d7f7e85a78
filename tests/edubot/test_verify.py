"""`manage.py verify` holds for the service as it is, and for no service that is broken."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import Http404
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

import conversations.bot.memory
import edubot.verify.stage
import support.banner
import whatsapp.channel
from conversations.bot import buttons, intents, table
from conversations.bot.flows import menu
from conversations.bot.keywords import Intent
from conversations.bot.types import Memory, State
from conversations.models import AccountNotice, Contact, InboxItem
from conversations.texts import en
from edubot.api import etags, paging
from edubot.verify.categories import CATEGORIES
from edubot.verify.checks import play
from edubot.verify.service import Service
from edubot.verify.stage import stage
from support import access, transitions
from support.access import Right, Role
from support.audit import AuditEntry
from support.models import Status
from tests.processes import eventually
from whatsapp import signature
from whatsapp.inbound import messages
from whatsapp.simulator import session
from whatsapp.simulator.models import Phone

pytestmark = pytest.mark.django_db(transaction=True)
Patch = pytest.MonkeyPatch


@pytest.fixture
def service(settings: Settings, live_server: LiveServer) -> Iterator[Service]:
    """The whole service over HTTP, with a worker's loops, in this process: so that a test can break it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for role in access.GROUPS:
        Group.objects.get_or_create(name=role)
    with session.running(live_server.url):
        found = Service(live_server.url)
        yield found
        found.session.close()  # with it ends the server's thread, and its connection to the database
    with suppress(AssertionError):
        eventually(_is_alone, 10)  # what was asked beside (a blue tick) is answered a moment later


def _is_alone() -> bool:
    """Whether nobody else is connected to this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return bool(cursor.fetchone() == (0,))


def test_everything_holds_and_nothing_is_left_behind(service: Service, monkeypatch: Patch) -> None:
    out = io.StringIO()
    of_others = list(ProcrastinateJob.objects.values_list("pk", flat=True))  # tests: none empties the table of jobs
    monkeypatch.setattr("edubot.verify.service.new_session", lambda: service.session)
    with suppress(CommandError):  # what it printed says more
        call_command("verify", url=service.base, brief=True, stdout=out)
    assert [line for line in out.getvalue().splitlines() if "✗" in line] == []
    assert [name for name in CATEGORIES if f"✓ {name} (" not in out.getvalue()] == []
    left = (Contact, InboxItem, AccountNotice, Phone, User, AuditEntry)
    assert [list(model.objects.values()) for model in left] == [[] for _ in left]
    assert list(ProcrastinateJob.objects.exclude(pk__in=of_others).values()) == []


BANNER = ("open_tickets", "in_progress_tickets", "unassigned_tickets", "active_chats", "has_alerts")


def swallow(*_: object) -> None:
    """Do nothing."""


def missing(*_: object, **__: object) -> None:
    """Find no file."""
    raise Http404


def forgetful(memory: Memory) -> dict[str, object]:
    """What is left of a memory in which no answer is kept."""
    return {"state": memory.state.value}


# category -> how the service is broken, and the check that must see it
SABOTAGE: dict[str, tuple[Callable[[Patch], None], str]] = {
    "states": (
        lambda patch: patch.setitem(table.TABLE, State.HOMEWORK_SUBJECT, table.TABLE[State.IDLE]),
        "'Physics' leads to homework_type",
    ),
    "intents": (lambda patch: patch.setitem(table.COMMON, Intent.HELP, menu.thanks), "'help' is explained as help"),
    "buttons": (
        lambda patch: patch.setitem(buttons.BUTTONS, State.PAYMENT_PENDING, ()),
        "payment_pending shows its own",
    ),
    "transitions": (
        lambda patch: patch.setitem(transitions.LEGAL, Status.RESOLVED, frozenset(Status)),
        "but never OPEN again",
    ),
    "storage": (
        lambda patch: patch.setitem(messages.READERS, "text", lambda _: messages.Content("text", "mangled")),
        "each word as it was written, in order",
    ),
    "full chat flow": (lambda patch: patch.setitem(en.TEXTS, "staff_message", "{text}"), "is played to its end"),
    "keywords": (lambda patch: patch.setattr(intents, "normalise", str.lower), "'ＭＥＮＵ' is main_menu"),
    "API": (lambda patch: patch.setattr(etags, "of_content", swallow), "what is polled is cheap"),
    "WhatsApp": (lambda patch: patch.setattr(signature, "valid", lambda *_: True), "a wrong signature is 401"),
    "errors": (
        lambda patch: patch.setattr(whatsapp.channel.WhatsAppChannel, "hint", lambda *_: ""),
        "in plain words and with advice",
    ),
    "chat detection": (
        lambda patch: patch.setattr(support.banner, "figures", lambda: dict.fromkeys(BANNER, 0)),
        "the banner counts it",
    ),
    "end chat": (
        lambda patch: patch.setitem(
            table.TABLE,
            State.CHAT_SUPPORT_ACTIVE,
            replace(table.TABLE[State.CHAT_SUPPORT_ACTIVE], stray=menu.foreign_button, common=table.COMMON),
        ),
        "nor does another button",
    ),
    "list": (
        lambda patch: patch.setattr(paging, "_after", lambda part, *_: part),
        "a page follows a page without repeating",
    ),
    "security": (
        lambda patch: patch.setitem(access.LEAST, Right.ANSWER, Role.READER),
        "who may only read cannot answer",
    ),
    "persistence": (
        lambda patch: patch.setattr(conversations.bot.memory, "to_json", forgetful),
        "with the subject",
    ),
    "mobile": (
        lambda patch: patch.setattr("django.contrib.staticfiles.handlers.serve", missing),
        "/admin/login/ has all its styles",
    ),
    "clean-up": (
        lambda patch: patch.setattr(edubot.verify.stage, "remove_people", swallow),
        "no text in the database names who played",
    ),
}


@pytest.mark.parametrize("name", CATEGORIES)
def test_a_broken_service_turns_the_category_red(name: str, service: Service, monkeypatch: Patch) -> None:
    break_it, seen = SABOTAGE[name]
    with stage(service) as people, monkeypatch.context() as patch:
        patch.setattr("edubot.verify.student.LONGEST_WAIT", 3.0)  # what is broken never comes
        break_it(patch)
        failed = (one.name for one in play(CATEGORIES[name], people) if not one.ok)
        assert seen in failed  # looked for only as far as it takes


def test_a_service_that_does_not_answer_is_told_from_one_that_is_wrong() -> None:
    with pytest.raises(CommandError, match="No service answers"):
        call_command("verify", url="http://127.0.0.1:9", stdout=io.StringIO())


def test_an_unknown_category_is_named_with_those_that_there_are() -> None:
    with pytest.raises(CommandError, match=r"no 'stats'.*states"):
        call_command("verify", only=["stats"], stdout=io.StringIO())
