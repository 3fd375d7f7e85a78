"""Time passes over chats and tickets: nobody is asked about words they never got, no broken chat holds up another."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from conversations import runner
from conversations.bot.types import Event
from conversations.channel import MemoryChannel, SendError, Verdict
from conversations.models import Conversation, DeliveryStatus, Message, Sender
from support import services, upkeep
from support.models import Status, SupportTicket
from tests.conversations.conftest import Phone

IN_THREE_HOURS, IN_A_DAY = timedelta(hours=3), timedelta(hours=21)


def after(time: timedelta) -> datetime:
    return timezone.now() + time


@pytest.fixture
def chats(student: Conversation, phone: Phone, other_phone: Phone, grace: User) -> tuple[Conversation, Conversation]:
    """Two live chats in which the last word was ours and arrived."""
    other_phone.registers("Bola Ade")
    for one in (phone, other_phone):
        one.taps("support")
        services.reply(SupportTicket.objects.latest("pk"), grace, "Can you send the photo again?")
        one.waits()
    return phone.conversation, other_phone.conversation


@pytest.fixture
def broken(chats: tuple[Conversation, Conversation], monkeypatch: pytest.MonkeyPatch) -> Conversation:
    """The first of the two chats: the bot fails in it, half-way through its transaction."""
    broken, _ = chats
    turn = runner.turn

    def failing(conversation: Conversation, event: Event, message: Message | None, now: datetime) -> object:
        result = turn(conversation, event, message, now)
        if conversation.pk == broken.pk:
            raise ZeroDivisionError("my secret diary")
        return result

    monkeypatch.setattr(runner, "turn", failing)
    return broken


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("time", [IN_THREE_HOURS, IN_A_DAY])
def test_a_broken_chat_holds_up_no_other_one(time: timedelta, other_phone: Phone) -> None:
    assert upkeep.look_after_silence(after(time)) == 1
    assert other_phone.waits() != []


def test_a_broken_chat_is_logged_by_its_id_and_left_as_it_was(
    broken: Conversation, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    upkeep.look_after_silence(after(IN_THREE_HOURS))
    (line,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert vars(line)["conversation_id"] == broken.pk
    assert phone.waits() == []
    assert SupportTicket.objects.get(conversation=broken).silence_asked_at is None


@pytest.mark.usefixtures("broken")
def test_a_resolved_ticket_that_cannot_be_closed_holds_up_no_other_one(grace: User) -> None:
    for ticket in SupportTicket.objects.all():
        services.resolve(ticket, grace)
    assert upkeep.close_resolved(after(timedelta(days=8))) == 1
    assert SupportTicket.objects.filter(status=Status.CLOSED).count() == 1


@pytest.mark.parametrize("verdict", [Verdict.RECIPIENT, Verdict.UNKNOWN])
def test_words_that_never_arrived_are_not_asked_about(
    ticket: SupportTicket, phone: Phone, channel: MemoryChannel, grace: User, verdict: Verdict
) -> None:
    channel.failures.append(SendError(verdict, "gone", code=131026))
    services.reply(ticket, grace, "Which photo?")
    phone.waits()
    assert upkeep.look_after_silence(after(IN_A_DAY)) == 0
    assert phone.conversation.is_chat_support


@pytest.mark.parametrize("status", [DeliveryStatus.CANCELLED, DeliveryStatus.QUEUED, DeliveryStatus.SENDING])
def test_words_that_were_withdrawn_or_still_wait_are_not_asked_about(
    ticket: SupportTicket, grace: User, status: DeliveryStatus
) -> None:
    services.reply(ticket, grace, "Which photo?")
    Message.objects.filter(sender=Sender.ADMIN).update(delivery_status=status)
    assert upkeep.look_after_silence(after(IN_A_DAY)) == 0


def test_the_words_before_those_that_never_arrived_are_asked_about(
    ticket: SupportTicket, phone: Phone, channel: MemoryChannel, grace: User
) -> None:
    services.reply(ticket, grace, "Which photo?")
    phone.waits()
    channel.failures.append(SendError(Verdict.RECIPIENT, "gone", code=131026))
    services.reply(ticket, grace, "The last one?")
    phone.waits()
    assert upkeep.look_after_silence(after(IN_THREE_HOURS)) == 1
