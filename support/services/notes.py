"""What stands in a ticket's thread and never leaves the desk: notes, and what a person said elsewhere."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations.models import Conversation, Sender
from support import access
from support.access import Right
from support.errors import TicketClosed
from support.models import By, EntryKind, Status, SupportMessage, SupportTicket
from support.services import base


def note(ticket: SupportTicket, staff: User, text: str, *, client_id: str | None = None) -> SupportMessage:
    """Add an internal note. Raises NoSuchTicket, Forbidden, TicketClosed; ValueError for no words."""
    access.require(staff, Right.ANSWER)
    with base.locked(ticket.pk) as (conversation, current):
        if written := _written_before(conversation, client_id):
            return written
        _check_not_closed(current)
        return _write(EntryKind.NOTE, staff, text, client_id, ticket=current)


def note_beside(conversation: Conversation, staff: User, text: str, *, client_id: str | None = None) -> SupportMessage:
    """Add an internal note about a person: to their present ticket, or, where there is none, to the conversation.

    Raises Forbidden; ValueError for no words.
    """
    access.require(staff, Right.ANSWER)
    with base.locked_conversation(conversation.pk) as current:
        ticket = base.present_ticket(current)
        place: dict[str, Any] = {"ticket": ticket} if ticket else {"conversation": current}
        written = _written_before(current, client_id)
        return written or _write(EntryKind.NOTE, staff, text, client_id, **place)


def notes_about(conversation: Conversation) -> QuerySet[SupportMessage]:
    """The notes about a person, on any of their tickets or on none, with who wrote them."""
    return about(conversation).filter(kind=EntryKind.NOTE).select_related("staff", "message")


def reported(ticket: SupportTicket, staff: User, text: str, *, client_id: str | None = None) -> SupportMessage:
    """Write down what the person said elsewhere (on the phone, at the door). It is never sent, and no bot reads it.

    They wait for an answer to it, and a resolved ticket is in progress again. Raises NoSuchTicket, Forbidden,
    TicketClosed, TicketActive (resolved, and another ticket is the present one); ValueError for no words.
    """
    access.require(staff, Right.ANSWER)
    with base.locked(ticket.pk) as (conversation, current):
        if written := _written_before(conversation, client_id):
            return written
        _check_not_closed(current)
        entry = _write(EntryKind.REPORTED, staff, text, client_id, ticket=current)
        if current.status == Status.RESOLVED:
            base.move(current, Status.IN_PROGRESS, by=By.USER, staff=staff)
        current.waiting_since = current.waiting_since or timezone.now()
        current.save(update_fields=["waiting_since", "updated_at"])
        return entry


def _check_not_closed(ticket: SupportTicket) -> None:
    if ticket.status == Status.CLOSED:
        raise TicketClosed(ticket.pk)


def about(conversation: Conversation) -> QuerySet[SupportMessage]:
    """The entries about a person, on any of their tickets or on none."""
    tickets = list(conversation.tickets.values_list("pk", flat=True))  # beforehand: so either side uses an index
    return SupportMessage.objects.filter(Q(conversation=conversation) | Q(ticket__in=tickets))


def _written_before(conversation: Conversation, client_id: str | None) -> SupportMessage | None:
    """What this `client_id` stands for, wherever about this person it was written."""
    return about(conversation).filter(client_id=client_id).first() if client_id else None


def _write(kind: EntryKind, staff: User, text: str, client_id: str | None, **place: Any) -> SupportMessage:
    words = text.strip()
    if not words:
        raise ValueError("A note has words.")
    said_by = Sender.USER if kind == EntryKind.REPORTED else Sender.ADMIN
    return SupportMessage.objects.create(
        kind=kind, sender_type=said_by, staff=staff, text=words, client_id=client_id, **place
    )
