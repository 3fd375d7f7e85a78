"""Everybody at the same moment, each with a connection of their own: one consistent result, no deadlock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from conversations.bot.types import State
from conversations.models import Message
from support import services
from support.errors import (
    AssignedToOther,
    TicketClosed,
)
from support.models import Status, SupportTicket
from tests.conversations.conftest import Phone
from tests.support.conftest import together

YESTERDAY = timedelta(hours=25)


def history(ticket: SupportTicket, field: str = "status") -> list[str]:
    """What this field has been, in order."""
    return list(ticket.changes.filter(field=field).order_by("id").values_list("after", flat=True))


@pytest.mark.django_db(transaction=True)
def test_two_agents_and_a_student_at_the_same_moment_leave_one_consistent_ticket(
    ticket: SupportTicket, phone: Phone, grace: User, tunde: User, amina: User
) -> None:
    phone.post(phone.message("interactive", pressed=("end_chat", "End Chat")))
    raised = together(
        phone.waits,
        lambda: services.reply(ticket, grace, "Hello!"),
        lambda: services.reply(ticket, tunde, "Hello!", take=True),
        lambda: services.assign(ticket, tunde, amina),
        lambda: services.close(ticket, amina),
    )
    assert {type(error) for error in raised} <= {TicketClosed, AssignedToOther}
    phone.waits()
    ticket.refresh_from_db()
    assert (ticket.status, phone.conversation.state) == (Status.CLOSED, State.IDLE)
    assert history(ticket).count(Status.CLOSED) == 1
    assert history(ticket, "assigned_admin")[-1] == "tunde"
    answered = ticket.entries.filter(sender_type="admin").exists()
    assert answered == (ticket.first_response_at is not None)


@pytest.mark.django_db(transaction=True)
def test_no_message_is_to_nobody_when_the_chat_ends_while_the_student_writes(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    phone.post(phone.message(text="one more question"))
    assert together(phone.waits, lambda: services.end_chat(ticket.conversation, grace)) == []
    phone.waits()
    message = Message.objects.get(text="one more question")
    assert message.explanation is not None
    was_in_chat = message.explanation["from_state"] == State.CHAT_SUPPORT_ACTIVE
    assert ticket.entries.filter(message=message).exists() == was_in_chat
