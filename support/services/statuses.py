"""A ticket moves along: resolved, closed, reopened. However it is closed, its live chat ends with a closing word."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from conversations import runner
from conversations.bot.types import AgentLeft
from conversations.models import Conversation, Sender
from support.models import By, EntryKind, Status, SupportTicket
from support.services import base


def change_status(
    ticket: SupportTicket, status: str, staff: User, *, words: str | None = None, take: bool = False
) -> SupportTicket:
    """Move a ticket along; the status it has already changes nothing. `words` close a chat, where CLOSED ends one.

    Raises NoSuchTicket, Forbidden, AssignedToOther, InvalidTransition, and TicketActive when reopening beside another
    present ticket.
    """
    with base.locked(ticket.pk) as (conversation, current):
        base.check_hand(current, staff, take=take)
        if status == Status.CLOSED:
            return close_here(conversation, current, by=By.STAFF, staff=staff, words=words)
        if current.status != status:
            base.move(current, status, by=By.STAFF, staff=staff)
        return current


def resolve(ticket: SupportTicket, staff: User, *, take: bool = False) -> SupportTicket:
    """The question is answered; the chat stays open, and the student's next word reopens the ticket."""
    return change_status(ticket, Status.RESOLVED, staff, take=take)


def close(ticket: SupportTicket, staff: User, words: str | None = None, *, take: bool = False) -> SupportTicket:
    """Close a ticket; its live chat ends with `words`, or the usual ones. Closing it twice changes nothing."""
    return change_status(ticket, Status.CLOSED, staff, words=words, take=take)


def reopen(ticket: SupportTicket, staff: User, *, take: bool = False) -> SupportTicket:
    """Work on a resolved or closed ticket again; that opens no chat by itself. An active one stays as it is."""
    with base.locked(ticket.pk) as (_conversation, current):
        return current if current.is_active else change_status(current, Status.IN_PROGRESS, staff, take=take)


def close_here(
    conversation: Conversation, ticket: SupportTicket, *, by: By, staff: User | None = None, words: str | None = None
) -> SupportTicket:
    """Close a ticket and say so in its live chat, unless that is done already. Lock is held.

    Words of staff's own are an answer like any other; the usual ones are the bot's.
    """
    if ticket.status == Status.CLOSED:
        return ticket
    live = ticket.in_chat and conversation.is_chat_support
    base.end(ticket, by=by, staff=staff)
    if live:
        before = conversation.last_message_id or 0
        runner.turn(conversation, AgentLeft(words, staff.pk if staff else None), None, timezone.now())
        own_words = conversation.messages.filter(pk__gt=before, sender=Sender.ADMIN)
        for said in own_words:
            base.enter(ticket, said)
            base.note_answer(ticket, said.created_at)
        if own_words:
            base.note_talk(ticket)
    return ticket


def close_resolved(ticket_id: int, resolved_before: datetime) -> bool:
    """Close a ticket that was resolved long ago, unless somebody came back to it meanwhile; returns whether it was."""
    with base.locked(ticket_id) as (conversation, ticket):
        resolved_at = ticket.resolved_at
        if ticket.status != Status.RESOLVED or resolved_at is None or resolved_at > resolved_before:
            return False
        if ticket.in_chat and _was_answered(ticket, resolved_before):
            return False
        close_here(conversation, ticket, by=By.AGE)
        return True


def _was_answered(ticket: SupportTicket, since: datetime) -> bool:
    """Whether staff said something in the ticket's chat after this moment, which the student may yet answer."""
    said = ticket.entries.filter(kind=EntryKind.MESSAGE, sender_type=Sender.ADMIN)
    return said.filter(created_at__gt=since).exists()
