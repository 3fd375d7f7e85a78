"""A ticket begins: the student asks for a person, or an integrator or staff open one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from conversations.models import Conversation
from support import access
from support.access import Right
from support.models import By, Category, Priority, Status, SupportTicket
from support.services import base
from support.services.categories import say_first_answer

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of a request when its ticket is opened."""

    sender_name: str = ""
    issue_description: str = ""
    priority: str = Priority.MEDIUM
    category: Category | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket, and whether it is a new one rather than the conversation's present one."""

    ticket: SupportTicket
    created: bool


def open_ticket(
    conversation: Conversation, staff: User, details: Details | None = None, *, by: By = By.STAFF
) -> Opened:
    """Open a ticket, or return the conversation's present one. `by` is STAFF, or API where `staff` is an integrator.

    The student's state stays as it is until the first staff answer, which starts the chat. Raises Forbidden.
    """
    access.require(staff, Right.ANSWER)
    with base.locked_conversation(conversation.pk) as current:
        return open_here(current, by=by, staff=staff, details=details)


def open_here(
    conversation: Conversation, *, by: By, staff: User | None = None, details: Details | None = None
) -> Opened:
    """Open a ticket, or go on with the conversation's present one. Lock is held.

    Where that is resolved and its chat still open, what comes now belongs there: it is in progress again.
    """
    if present := base.present_ticket(conversation):
        if present.status == Status.RESOLVED:
            base.move(present, Status.IN_PROGRESS, by=by, staff=staff)
        return Opened(present, created=False)
    return Opened(_make(conversation, by, staff, details or Details()), created=True)


def _make(conversation: Conversation, by: By, staff: User | None, details: Details) -> SupportTicket:
    now = timezone.now()
    ticket = SupportTicket.objects.create(
        conversation=conversation,
        opened_by=by,
        sender_name=(details.sender_name or conversation.contact.display_name)[:LONGEST_NAME],
        issue_description=details.issue_description,
        priority=details.priority,
        category=details.category,
        created_at=now,
        waiting_since=None if by == By.STAFF else now,
    )
    base.note_change(ticket, "status", "", ticket.status, by=by, staff=staff)
    say_first_answer(conversation, ticket)
    return ticket


def hand_over(conversation: Conversation, now: datetime) -> SupportTicket:
    """The student asked for a person: the live chat that begins belongs to their ticket. Lock is held."""
    ticket = open_here(conversation, by=By.USER).ticket
    ticket.waiting_since = ticket.waiting_since or now
    ticket.save(update_fields=["waiting_since", "updated_at"])
    base.begin_chat(ticket, now)
    return ticket
