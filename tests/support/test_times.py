"""What is measured of a ticket: how long the student waited, how long people talked, by the desk's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import time_machine
from django.contrib.auth.models import User
from pytest_django import Settings

from conversations.models import Conversation, Message
from support import services
from support.models import SupportTicket
from tests.conversations.conftest import Phone

YESTERDAY = timedelta(hours=25)


def test_the_first_answer_is_measured_in_opening_hours(
    student: Conversation, phone: Phone, grace: User, settings: Settings
) -> None:
    settings.SUPPORT_HOURS, settings.TIME_ZONE = "Mon-Fri 08:00-18:00", "UTC"
    with time_machine.travel(datetime(2026, 3, 6, 17, 50, tzinfo=UTC)) as clock:  # a Friday
        phone.taps("support")
        clock.move_to(datetime(2026, 3, 9, 8, 5, tzinfo=UTC))
        phone.says("Hello?")
        ticket = SupportTicket.objects.get()
        services.reply(ticket, grace, "Good morning!")
        clock.move_to(datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
        ticket = services.resolve(ticket, grace)
    minutes = [seconds // 60 for seconds in (ticket.first_response_seconds or 0, ticket.resolution_seconds or 0)]
    assert minutes == [15, 70]


def test_an_answer_after_the_resolution_is_the_first_one_where_there_was_none(
    ticket: SupportTicket, grace: User
) -> None:
    services.resolve(ticket, grace)
    message = services.reply(ticket, grace, "That was a known fault; it is mended.")
    assert SupportTicket.objects.get().first_response_at == message.created_at


def test_the_student_waits_from_their_first_unanswered_word(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    assert ticket.waiting_since is not None
    services.reply(ticket, grace, "Hello!")
    assert SupportTicket.objects.get().waiting_since is None
    phone.says("My photo was refused")
    phone.says("Hello?")
    first = Message.objects.get(text="My photo was refused")
    assert SupportTicket.objects.get().waiting_since == first.created_at


def test_undoing_a_resolution_finds_the_student_waiting_as_before(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    assert undone(ticket, grace) == SupportTicket.objects.get().chat_started_at
    services.reply(ticket, grace, "Hello!")
    assert undone(ticket, grace) is None
    phone.says("My photo was refused")
    phone.says("Hello?")
    assert undone(ticket, grace) == Message.objects.get(text="My photo was refused").created_at


def test_undoing_a_resolution_lets_nobody_wait_whom_staff_only_greeted(
    student: Conversation, phone: Phone, grace: User
) -> None:
    ticket = services.start_chat(student, grace)
    assert undone(ticket, grace) is None
    services.note(ticket, grace, "She is on the phone, too")
    phone.says("Hello!")
    assert undone(ticket, grace) == Message.objects.get(text="Hello!").created_at


def undone(ticket: SupportTicket, staff: User) -> datetime | None:
    """Since when the student waits after a mistaken Resolve."""
    services.resolve(ticket, staff)
    return services.reopen(ticket, staff).waiting_since


def test_a_chat_lasts_until_the_last_word_of_a_person(student: Conversation, phone: Phone, grace: User) -> None:
    with time_machine.travel(datetime(2026, 3, 9, 9, 0, tzinfo=UTC), tick=False) as clock:
        phone.taps("support")
        ticket = SupportTicket.objects.get()
        clock.shift(timedelta(minutes=4))
        services.reply(ticket, grace, "Hello!")
        clock.shift(timedelta(hours=3))
        ticket = services.close(ticket, grace)
    assert ticket.chat_seconds == 240


def test_a_chat_in_which_nobody_answered_has_no_length(ticket: SupportTicket, phone: Phone) -> None:
    phone.says("Hello?")
    phone.taps("end_chat")
    ticket.refresh_from_db()
    assert (ticket.chat_seconds, ticket.in_chat) == (None, False)


def test_the_first_words_of_a_student_describe_the_ticket(ticket: SupportTicket, phone: Phone) -> None:
    phone.says("My photo was refused")
    phone.says("It is a JPEG")
    ticket.refresh_from_db()
    assert ticket.issue_description == "My photo was refused"
