"""The desk's verbs. Each is one transaction that locks the conversation first; nothing here talks to the world.

Locking the ticket first deadlocks as soon as an agent closes it while the student ends the chat, so no verb does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from conversations import outbox, people, runner
from conversations.bot.types import AgentJoined, AgentLeft, RatingDue
from conversations.models import Conversation, Message, Sender
from support import transitions
from support.errors import AssignedToOther, ChatNotActive, TicketActive, TicketClosed
from support.models import ACTIVE, EntryKind, Status, SupportMessage, SupportTicket, TicketChange


@contextmanager
def _locked(conversation_id: int) -> Iterator[Conversation]:
    with transaction.atomic():
        yield people.lock(conversation_id)


def active_ticket(conversation: Conversation) -> SupportTicket | None:
    """The conversation's ticket that is OPEN or IN_PROGRESS, if there is one."""
    return SupportTicket.objects.filter(conversation=conversation, status__in=ACTIVE).first()


def current_ticket(conversation: Conversation) -> SupportTicket | None:
    """The ticket that new messages of a live chat belong to: the newest that is not CLOSED."""
    open_still = SupportTicket.objects.filter(conversation=conversation).exclude(status=Status.CLOSED)
    return open_still.order_by("-id").first()


def open_ticket(conversation: Conversation, *, by: str, staff: User | None = None, **details: Any) -> SupportTicket:
    """Open a ticket, or return the conversation's active one. The caller holds the conversation's lock."""
    if existing := active_ticket(conversation):
        return existing
    ticket = SupportTicket.objects.create(
        conversation=conversation,
        opened_by=by,
        sender_name=details.pop("sender_name", "") or conversation.contact.display_name[:120],
        **details,
    )
    _note_change(ticket, "status", "", ticket.status, by=by, staff=staff)
    return ticket


def reply(
    ticket: SupportTicket, staff: User, text: str, *, take: bool = False, client_id: str | None = None
) -> Message:
    """Answer a student: the words are queued for WhatsApp, the ticket is in progress and taken, the chat is open.

    Raises TicketClosed, and AssignedToOther when a colleague has the ticket and `take` is not set.
    """
    with _locked(ticket.conversation_id) as conversation:
        ticket = SupportTicket.objects.get(pk=ticket.pk)
        if ticket.status == Status.CLOSED:
            raise TicketClosed(ticket.pk)
        _claim(ticket, staff, take=take)
        if not conversation.is_chat_support:
            runner.turn(conversation, AgentJoined(), None, timezone.now())
        message = outbox.post(conversation, text, sender=Sender.ADMIN, staff=staff, client_id=client_id)
        _entry(ticket, message)
        if ticket.first_response_at is None:
            ticket.first_response_at = message.created_at
            ticket.save(update_fields=["first_response_at", "updated_at"])
        if ticket.status == Status.OPEN:
            _move(ticket, Status.IN_PROGRESS, by="staff", staff=staff)
        return message


def close(ticket: SupportTicket, staff: User, words: str | None = None) -> SupportTicket:
    """Close a ticket from the desk; a live chat ends with the closing words. Closing it twice changes nothing."""
    with _locked(ticket.conversation_id) as conversation:
        ticket = SupportTicket.objects.get(pk=ticket.pk)
        if ticket.status == Status.CLOSED:
            return ticket
        _end(ticket, by="staff", staff=staff)
        if conversation.is_chat_support:
            runner.turn(conversation, AgentLeft(words), None, timezone.now())
        return ticket


def end_chat(conversation: Conversation, staff: User, words: str | None = None) -> SupportTicket:
    """End the live chat with a person. Raises ChatNotActive when there is none (the student was first, perhaps)."""
    with _locked(conversation.pk) as locked:
        ticket = current_ticket(locked)
        if not locked.is_chat_support or ticket is None:
            raise ChatNotActive
        return close(ticket, staff, words)


def change_status(ticket: SupportTicket, status: str, staff: User) -> SupportTicket:
    """Move a ticket along. Raises InvalidTransition, and TicketActive when reopening beside another active ticket."""
    if status == Status.CLOSED:
        return close(ticket, staff)
    with _locked(ticket.conversation_id) as conversation:
        ticket = SupportTicket.objects.get(pk=ticket.pk)
        transitions.check(ticket.status, status)
        other = active_ticket(conversation)
        if status in ACTIVE and other and other.pk != ticket.pk:
            raise TicketActive(other.pk)
        _move(ticket, status, by="staff", staff=staff)
        return ticket


def file_message(message: Message) -> None:
    """Put a student's message of a live chat into the ticket's thread; reopens a resolved ticket. Lock is held."""
    ticket = current_ticket(message.conversation)
    if ticket is None:
        return
    _entry(ticket, message)
    if ticket.status == Status.RESOLVED:
        _move(ticket, Status.IN_PROGRESS, by="user")


def end_by(conversation: Conversation, by: str) -> None:
    """The chat was ended by the student or by silence: close its ticket, if that is still to do. Lock is held."""
    ticket = current_ticket(conversation)
    if ticket:
        _end(ticket, by=by)


def close_merged(ticket: SupportTicket) -> None:
    """Its person turned out to have an older ticket that goes on. Lock is held."""
    _end(ticket, by="merge")


def end_by_age(ticket: SupportTicket) -> None:
    """It was resolved long ago and nobody came back to it. Lock is held."""
    _end(ticket, by="age")


def ask_rating(ticket_id: int) -> None:
    """Ask the student how the chat went, once per ticket, unless they are in a chat again."""
    ticket = SupportTicket.objects.get(pk=ticket_id)
    with _locked(ticket.conversation_id) as conversation:
        first = SupportTicket.objects.filter(pk=ticket_id, rating_asked_at=None)
        if not conversation.is_chat_support and first.update(rating_asked_at=timezone.now()):
            runner.turn(conversation, RatingDue(ticket_id), None, timezone.now())


def rate(ticket_id: int, stars: int) -> None:
    """Keep the student's rating, 1 to 5; the first one counts."""
    SupportTicket.objects.filter(pk=ticket_id, rating=None).update(rating=stars, rated_at=timezone.now())


def _claim(ticket: SupportTicket, staff: User, *, take: bool) -> None:
    holder = ticket.assigned_admin
    if holder and holder.pk != staff.pk and not take:
        raise AssignedToOther(holder.username)
    if holder is None or holder.pk != staff.pk:
        assign(ticket, staff, by=staff)


def assign(ticket: SupportTicket, to: User | None, *, by: User) -> None:
    """Give a ticket to somebody, or to nobody. Lock is held."""
    before = ticket.assigned_admin.username if ticket.assigned_admin else ""
    ticket.assigned_admin = to
    ticket.save(update_fields=["assigned_admin", "updated_at"])
    _note_change(ticket, "assigned_admin", before, to.username if to else "", by="staff", staff=by)


def _end(ticket: SupportTicket, *, by: str, staff: User | None = None) -> None:
    ticket.ended_by, ticket.closed_at = by, timezone.now()
    ticket.save(update_fields=["ended_by", "closed_at"])
    _move(ticket, Status.CLOSED, by=by, staff=staff)


def _move(ticket: SupportTicket, status: str, *, by: str, staff: User | None = None) -> None:
    before, ticket.status = ticket.status, status
    if status in {Status.RESOLVED, Status.CLOSED}:
        ticket.resolved_at = ticket.resolved_at or timezone.now()
    else:
        ticket.resolved_at = ticket.closed_at = None
        ticket.ended_by = ""
    ticket.save(update_fields=["status", "resolved_at", "closed_at", "ended_by", "updated_at"])
    _note_change(ticket, "status", before, status, by=by, staff=staff)


def _note_change(
    ticket: SupportTicket, field: str, before: str, after: str, *, by: str, staff: User | None = None
) -> None:
    TicketChange.objects.create(ticket=ticket, field=field, before=before, after=after, by=by, staff=staff)


def _entry(ticket: SupportTicket, message: Message) -> None:
    SupportMessage.objects.get_or_create(
        ticket=ticket,
        message=message,
        defaults={
            "kind": EntryKind.MESSAGE,
            "sender_type": message.sender,
            "staff": message.staff,
            "created_at": message.created_at,
        },
    )
