"""Time passes over chats and tickets: nobody is asked about words they never got, nothing said that cannot arrive."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import runner
from conversations.bot.types import Event, State
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


def test_silence_counts_from_when_a_delayed_answer_left(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.reply(ticket, grace, "Which photo?")
    Message.objects.filter(sender=Sender.ADMIN).update(created_at=timezone.now() - IN_A_DAY)
    phone.waits()
    assert upkeep.look_after_silence() == 0
    assert upkeep.look_after_silence(after(IN_THREE_HOURS)) == 1
    assert phone.conversation.is_chat_support


@pytest.mark.parametrize("time", [IN_THREE_HOURS, IN_A_DAY])
def test_a_resolved_chat_waits_for_its_week_and_not_for_an_answer(
    ticket: SupportTicket, phone: Phone, grace: User, time: timedelta
) -> None:
    services.reply(ticket, grace, "It is mended.")
    phone.waits()
    services.resolve(ticket, grace)
    assert upkeep.look_after_silence(after(time)) == 0
    assert phone.waits() == []
    phone.says("It broke again")
    ticket.refresh_from_db()
    assert (ticket.status, phone.conversation.is_chat_support) == (Status.IN_PROGRESS, True)


def test_a_chat_that_staff_bring_back_has_its_time_anew(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.reply(ticket, grace, "It is mended.")
    phone.waits()
    services.resolve(ticket, grace)
    with time_machine.travel(after(IN_A_DAY)):
        services.reopen(ticket, grace)
    assert upkeep.look_after_silence(after(IN_A_DAY + timedelta(minutes=5))) == 0
    assert phone.conversation.is_chat_support
    assert upkeep.look_after_silence(after(2 * IN_A_DAY)) == 1
    assert not phone.conversation.is_chat_support


@pytest.mark.parametrize("time", [IN_THREE_HOURS, IN_A_DAY])
def test_who_has_answered_elsewhere_is_neither_asked_nor_given_up(
    ticket: SupportTicket, phone: Phone, grace: User, time: timedelta
) -> None:
    services.reply(ticket, grace, "Which photo?")
    phone.waits()
    services.reported(ticket, grace, "The one of Monday, she says on the phone.")
    assert upkeep.look_after_silence(after(time)) == 0
    assert phone.conversation.is_chat_support


@pytest.mark.parametrize("time", [IN_THREE_HOURS, IN_A_DAY])
def test_the_silence_before_a_chat_that_staff_begin_does_not_count(
    ticket: SupportTicket, phone: Phone, grace: User, time: timedelta
) -> None:
    services.reply(ticket, grace, "It is mended.")
    services.close(ticket, grace)
    phone.waits()
    with time_machine.travel(after(time)):
        services.start_chat(phone.conversation, grace)
        phone.waits()
        assert upkeep.look_after_silence(after(timedelta(minutes=5))) == 0
        assert phone.waits() == []
        assert phone.conversation.is_chat_support
        assert upkeep.look_after_silence(after(time)) == 1


# --- Where WhatsApp takes no words any more ---------------------------------------------------------------------------


def silent_since(time: timedelta) -> None:
    """Let the students' last words be so long ago."""
    Conversation.objects.update(last_inbound_at=timezone.now() - time)


def is_over_without_a_word(phone: Phone, ticket: SupportTicket) -> bool:
    """Whether the chat has ended, nothing was sent, nothing failed, and nobody will ask how it went."""
    ticket.refresh_from_db()
    assert phone.waits() == []
    assert not Message.objects.filter(delivery_status=DeliveryStatus.FAILED).exists()
    assert not ProcrastinateJob.objects.filter(task_name="ask_rating").exists()
    return (ticket.status, phone.conversation.state) == (Status.CLOSED, State.IDLE)


def test_a_ticket_that_was_resolved_a_week_ago_closes_without_words_that_cannot_arrive(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.reply(ticket, grace, "It is mended.")
    phone.waits()
    services.resolve(ticket, grace)
    with time_machine.travel(after(timedelta(days=8))):
        assert upkeep.close_resolved() == 1
        assert is_over_without_a_word(phone, ticket)


def test_a_chat_that_was_answered_late_is_given_up_without_words_that_cannot_arrive(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    silent_since(timedelta(hours=5))
    services.reply(ticket, grace, "Which photo?")
    phone.waits()
    assert upkeep.look_after_silence(after(IN_A_DAY)) == 1
    assert is_over_without_a_word(phone, ticket)


def test_who_answers_after_such_an_end_is_told_that_the_chat_is_over(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    silent_since(timedelta(hours=5))
    services.reply(ticket, grace, "Which photo?")
    phone.waits()
    upkeep.look_after_silence(after(IN_A_DAY))
    with time_machine.travel(after(IN_A_DAY)):
        told, *_ = phone.says("The one of page 12")
        assert "this chat is closed" in told.text
        assert "this chat is closed" not in " ".join(said.text for said in phone.says("page 12"))


def test_a_chat_that_was_answered_soon_is_given_up_with_a_message(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.reply(ticket, grace, "Which photo?")
    phone.waits()
    assert upkeep.look_after_silence(after(IN_A_DAY)) == 1
    assert len(phone.waits()) == 1


def test_staffs_own_closing_words_that_cannot_arrive_are_shown_as_such(
    ticket: SupportTicket, phone: Phone, channel: MemoryChannel, grace: User
) -> None:
    services.reply(ticket, grace, "Which photo?")
    phone.waits()
    silent_since(timedelta(hours=25))
    channel.failures.append(SendError(Verdict.WINDOW_CLOSED, "Too late.", code=131047))
    services.close(ticket, grace, "Good luck!")
    phone.waits()
    said = Message.objects.get(delivery_status=DeliveryStatus.FAILED)
    assert (said.text, said.staff, phone.conversation.state) == ("Good luck!", grace, State.IDLE)


def test_nobody_is_asked_how_it_went_once_words_cannot_arrive(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.reply(ticket, grace, "Hello!")
    phone.taps("end_chat")
    silent_since(timedelta(hours=23, minutes=56))  # too near the end to be sure
    services.ask_rating(ticket.pk)
    assert phone.waits() == []
    ticket.refresh_from_db()
    assert ticket.rating_asked_at is None


# --- What is no word --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["reaction", "revoke", "edit"])
def test_a_thumbs_up_keeps_no_abandoned_chat_alive(ticket: SupportTicket, phone: Phone, grace: User, kind: str) -> None:
    services.reply(ticket, grace, "Which photo?")
    phone.waits()
    phone.does(phone.message(kind, text="👍"))
    assert upkeep.look_after_silence(after(IN_THREE_HOURS)) == 1
    assert upkeep.look_after_silence(after(IN_A_DAY)) == 1
    assert not phone.conversation.is_chat_support


def test_words_keep_a_chat_alive(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.reply(ticket, grace, "Which photo?")
    phone.waits()
    phone.says("The one of Monday")
    assert upkeep.look_after_silence(after(IN_A_DAY)) == 0
