"""What all verbs stand on: the lock that comes first, finding the ticket, and writing down what changed.

The lock is the conversation's. Locking the ticket first deadlocks as soon as an agent closes it while the student ends
the chat, so no verb does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from conversations import people
from conversations.models import Conversation, Message, Sender
from conversations.received import QUIET
from conversations.records import lock_owner
from support import access, transitions
from support.clock import open_seconds
from support.errors import NoSuchTicket, TicketActive
from support.models import ACTIVE, PRESENT, By, EntryKind, Status, SupportMessage, SupportTicket, TicketChange

LONGEST_VALUE = 200  # characters of a value in a ticket's history


@contextmanager
def locked(ticket_id: int) -> Iterator[tuple[Conversation, SupportTicket]]:
    """The ticket's conversation, locked until the transaction ends, and the ticket as it is now.

    Raises NoSuchTicket.
    """
    with transaction.atomic():
        try:
            conversation = lock_owner(tickets=ticket_id)
        except Conversation.DoesNotExist:
            raise NoSuchTicket(ticket_id) from None
        ticket = SupportTicket.objects.select_related("assigned_admin", "category").get(pk=ticket_id)
        ticket.conversation = conversation
        yield conversation, ticket


@contextmanager
def locked_conversation(conversation_id: int) -> Iterator[Conversation]:
    """The conversation, locked until the transaction ends. Raises Conversation.DoesNotExist."""
    with transaction.atomic():
        yield people.lock(conversation_id)


def present_ticket(conversation: Conversation) -> SupportTicket | None:
    """The ticket in which something goes on: active, or resolved while its chat is still open. There is at most one."""
    present = SupportTicket.objects.filter(PRESENT, conversation=conversation)
    return present.select_related("assigned_admin", "category").first()


def check_alone(ticket: SupportTicket) -> None:
    """Raise TicketActive where another ticket is the present one: a conversation has one place to answer."""
    present = present_ticket(ticket.conversation)
    if present and present.pk != ticket.pk:
        raise TicketActive(present.pk)


def check_hand(ticket: SupportTicket, staff: User, *, take: bool) -> None:
    """Raise unless `staff` may act on this ticket; with `take` a colleague's becomes theirs.

    Raises Forbidden and AssignedToOther.
    """
    access.check_own(staff, ticket, take=take)
    if take and ticket.assigned_admin_id not in {None, staff.pk}:
        give(ticket, staff, staff)


def give(ticket: SupportTicket, to: User | None, staff: User | None, *, by: str = By.STAFF) -> None:
    """Give a ticket to somebody, or to nobody. Lock is held."""
    before, ticket.assigned_admin = ticket.assigned_admin, to
    if before != to:
        ticket.save(update_fields=["assigned_admin", "updated_at"])
        note_change(ticket, "assigned_admin", _name(before), _name(to), by=by, staff=staff)


def _name(user: User | None) -> str:
    return user.username if user else ""


def note_change(
    ticket: SupportTicket, field: str, before: str, after: str, *, by: str, staff: User | None = None
) -> None:
    """Write down who changed what. Lock is held."""
    TicketChange.objects.create(
        ticket=ticket, field=field, before=before[:LONGEST_VALUE], after=after[:LONGEST_VALUE], by=by, staff=staff
    )


def move(ticket: SupportTicket, status: str, *, by: str, staff: User | None = None) -> None:
    """Bring a ticket to another status, with the times that follow from it. Lock is held.

    Raises InvalidTransition, and TicketActive when reopening beside another present ticket.
    """
    transitions.check(ticket.status, status)
    now = timezone.now()
    if status in ACTIVE and not ticket.is_active:
        check_alone(ticket)
        _stamp_reopened(ticket, now, by)
    elif status not in ACTIVE:
        _stamp_resolved(ticket, now)
    before, ticket.status = ticket.status, status
    ticket.save(update_fields=[*_MOVED, "updated_at"])
    note_change(ticket, "status", before, status, by=by, staff=staff)


_MOVED = ("status", "waiting_since", "resolved_at", "resolution_seconds", "closed_at", "ended_by")


def _stamp_reopened(ticket: SupportTicket, now: datetime, by: str) -> None:
    """Nothing is over any more. Whoever brought it back waits; where staff did, who waits for an answer in the chat."""
    ticket.resolved_at = ticket.resolution_seconds = ticket.closed_at = None
    ticket.ended_by = ""
    if by != By.STAFF:
        ticket.waiting_since = ticket.waiting_since or now
    elif ticket.in_chat:
        ticket.waiting_since = _unanswered_since(ticket)


def _unanswered_since(ticket: SupportTicket) -> datetime | None:
    """The student's first word after staff's last one in the live chat; its start where the student began it."""
    began = ticket.chat_started_at or ticket.created_at
    chat = ticket.entries.filter(created_at__gte=began).exclude(kind=EntryKind.NOTE).exclude(message__kind__in=QUIET)
    answered = chat.filter(sender_type=Sender.ADMIN).aggregate(at=Max("created_at"))["at"]
    if answered is None and ticket.opened_by != By.STAFF:
        return began
    asked = chat.filter(sender_type=Sender.USER, created_at__gt=answered or began)
    first: datetime | None = asked.aggregate(at=Min("created_at"))["at"]
    return first


def _stamp_resolved(ticket: SupportTicket, now: datetime) -> None:
    ticket.waiting_since = None
    if ticket.resolved_at is None:
        ticket.resolved_at = now
        ticket.resolution_seconds = open_seconds(ticket.created_at, now)


def begin_chat(ticket: SupportTicket, now: datetime) -> None:
    """The conversation's live chat is this ticket's from now on. Lock is held."""
    ticket.chat_started_at, ticket.chat_ended_at, ticket.chat_seconds = now, None, None
    ticket.save(update_fields=["chat_started_at", "chat_ended_at", "chat_seconds", "updated_at"])


def end_chat_of(ticket: SupportTicket, now: datetime) -> None:
    """The live chat of this ticket is over: note how long people talked. Lock is held."""
    ticket.chat_ended_at = now
    note_talk(ticket)


def note_talk(ticket: SupportTicket) -> None:
    """Keep the end of the chat, and how long people talked as far as its thread goes by now. Lock is held."""
    ticket.chat_seconds = _talked(ticket)
    ticket.save(update_fields=["chat_ended_at", "chat_seconds", "updated_at"])


def _talked(ticket: SupportTicket) -> int | None:
    """Seconds from the start of the chat to the last word of a person in it; None where no staff took part.

    Not to its end: a chat that nobody closes ends hours later, by silence.
    """
    if ticket.chat_started_at is None:
        return None
    said = ticket.entries.filter(kind=EntryKind.MESSAGE, created_at__gte=ticket.chat_started_at)
    figures = said.exclude(sender_type=Sender.BOT).aggregate(
        last=Max("created_at"), of_staff=Count("pk", filter=Q(sender_type=Sender.ADMIN))
    )
    return open_seconds(ticket.chat_started_at, figures["last"]) if figures["of_staff"] else None


def end(ticket: SupportTicket, *, by: str, staff: User | None = None) -> None:
    """Close a ticket, and with it its live chat. What is said about it is the caller's concern. Lock is held."""
    now = timezone.now()
    if ticket.in_chat:
        end_chat_of(ticket, now)
    ticket.ended_by, ticket.closed_at = by, now
    move(ticket, Status.CLOSED, by=by, staff=staff)


def enter(ticket: SupportTicket, message: Message) -> None:
    """Put a message of the conversation into the ticket's thread, once. Lock is held."""
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


def note_answer(ticket: SupportTicket, at: datetime) -> None:
    """The student waits no longer; the first answer is stamped. Lock is held."""
    ticket.waiting_since = None
    if ticket.first_response_at is None:
        ticket.first_response_at = at
        ticket.first_response_seconds = open_seconds(ticket.created_at, at)
    ticket.save(update_fields=["waiting_since", "first_response_at", "first_response_seconds", "updated_at"])
