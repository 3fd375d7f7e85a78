"""The student sees two blue ticks once staff have read or answered; nobody at the desk waits for WhatsApp about it."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth.models import User

from conversations import courtesy, gates
from conversations.channel import SendError, Verdict
from conversations.models import Conversation, Message
from conversations.received import IdentityChange, Person
from support import services
from support.models import SupportTicket
from tests.conversations.conftest import Phone
from tests.processes import eventually
from tests.support.api.conftest import ClientFor

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "/api/admin/conversations/+2348012345678"


@pytest.fixture
def asked(ticket: SupportTicket, phone: Phone) -> str:
    """What WhatsApp calls the last words of a student in a live chat. The bot ticks nothing there."""
    phone.says("My photo was refused")
    phone.does(phone.message("reaction", text="👍"))
    return str(Message.objects.get(text="My photo was refused").provider_id)


def test_whoever_marks_a_conversation_as_read_ticks_it_once(
    asked: str, phone: Phone, agent: User, client_for: ClientFor
) -> None:
    desk = client_for(agent)
    assert [desk.patch(ADA, {"read": True}).status_code for _ in range(2)] == [200, 200]
    eventually(lambda: phone.channel.ticked)
    assert phone.channel.ticked == [asked]


def test_whoever_answers_without_having_read_ticks_it_too(
    asked: str, ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.reply(ticket, grace, "Which one?")
    eventually(lambda: phone.channel.ticked)
    services.reply(ticket, grace, "The last one?")
    assert phone.channel.ticked == [asked]


def test_nobody_waits_for_whatsapp_and_at_most_a_few_requests_are_under_way(
    asked: str, phone: Phone, agent: User, client_for: ClientFor
) -> None:
    desk, answers, begun = client_for(agent), threading.Event(), threading.Semaphore(0)

    def slow(provider_id: str, *, typing: bool) -> None:
        begun.release()
        answers.wait(30)

    phone.channel.mark_read = slow  # type: ignore[method-assign]
    for _ in range(courtesy.MOST_TICKS + 2):
        Conversation.objects.update(unread_count=1)
        assert desk.patch(ADA, {"read": True}).status_code == 200
    assert all(begun.acquire(timeout=30) for _ in range(courtesy.MOST_TICKS))
    assert not begun.acquire(blocking=False)
    answers.set()
    eventually(lambda: courtesy._ticks._value == courtesy.MOST_TICKS)


def test_a_refusal_of_whatsapps_is_nobodys_error_and_frees_its_place(
    asked: str, phone: Phone, agent: User, client_for: ClientFor
) -> None:
    phone.channel.mark_read = _broken  # type: ignore[method-assign]
    assert client_for(agent).patch(ADA, {"read": True}).status_code == 200
    eventually(lambda: courtesy._ticks._value == courtesy.MOST_TICKS)


def _broken(provider_id: str, *, typing: bool) -> None:
    raise SendError(Verdict.UNREACHABLE, "WhatsApp cannot be reached.")


@pytest.mark.parametrize("step", ["_last_heard", "_start"])
def test_what_goes_wrong_before_whatsapp_is_asked_is_nobodys_error_either(
    step: str, asked: str, agent: User, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courtesy, step, _no_more)
    assert client_for(agent).patch(ADA, {"read": True}).status_code == 200
    assert courtesy._ticks._value == courtesy.MOST_TICKS


def _no_more(_: object) -> None:
    raise RuntimeError("can't start new thread")


def test_nothing_is_asked_of_whatsapp_while_a_gate_is_shut(
    asked: str, phone: Phone, agent: User, client_for: ClientFor
) -> None:
    gates.pause("Restored")
    client_for(agent).patch(ADA, {"read": True})
    assert courtesy._ticks._value == courtesy.MOST_TICKS
    assert phone.channel.ticked == []


def test_the_bot_ticks_what_was_said_to_it_and_nothing_else(student: Conversation, phone: Phone) -> None:
    while courtesy.take():
        pass
    phone.says("menu")
    phone.does(phone.message("reaction", text="👍"))
    phone.does(IdentityChange("user_id_update:abc", phone.person, Person(phone="+2349000000000")))
    assert courtesy.take() == Message.objects.get(text="menu").provider_id
    assert courtesy.take() is None
