"""What happens to tickets when two records turn out to be one person: one of two present tickets goes on."""

from __future__ import annotations

from conversations.models import Conversation
from conversations.people import merged
from support.clock import open_seconds
from support.models import By, Status, SupportMessage, SupportTicket
from support.services import base, notes


def _join_tickets(sender: object, kept: Conversation, gone: Conversation, **_: object) -> None:
    """Make one desk of two: tickets, notes, and the live chat, whichever half it was in. Both are locked."""
    _keep_keys(kept, gone)
    present = [ticket for ticket in (base.present_ticket(kept), base.present_ticket(gone)) if ticket]
    if len(present) == 2:
        stays, goes = sorted(present, key=lambda ticket: (not ticket.is_active, ticket.pk))
        _absorb(stays, goes)
    SupportTicket.objects.filter(conversation=gone).update(conversation=kept)
    SupportMessage.objects.filter(conversation=gone).update(conversation=kept)
    _keep_chat(kept, gone)


def _keep_keys(kept: Conversation, gone: Conversation) -> None:
    """A caller's key that both halves know stays with the half that is kept, as those of messages do."""
    known = notes.about(kept).exclude(client_id=None).values("client_id")
    notes.about(gone).filter(client_id__in=known).update(client_id=None)


def _absorb(stays: SupportTicket, goes: SupportTicket) -> None:
    """What was said on one ticket goes on in the other, and so do its chat and the work on it."""
    goes.entries.update(ticket=stays)
    if goes.in_chat and not stays.in_chat and goes.chat_started_at:
        base.begin_chat(stays, goes.chat_started_at)
    stays.waiting_since = min(filter(None, (stays.waiting_since, goes.waiting_since)), default=None)
    _take_first_answer(stays, goes)
    for ticket in (stays, goes):
        ticket.save(update_fields=["waiting_since", "first_response_at", "first_response_seconds", "updated_at"])
    _take_over(stays, goes)
    base.end(goes, by=By.MERGE)


def _take_over(stays: SupportTicket, goes: SupportTicket) -> None:
    """Who had the other one goes on here, unless somebody has this one; what somebody took up is not OPEN any more."""
    if stays.assigned_admin is None:
        base.give(stays, goes.assigned_admin, None, by=By.MERGE)
    if stays.status == Status.OPEN and goes.status != Status.OPEN:
        base.move(stays, Status.IN_PROGRESS, by=By.MERGE)


def _take_first_answer(stays: SupportTicket, goes: SupportTicket) -> None:
    """The first answer is where the thread is. Whoever got it had waited since the earlier of the two was opened."""
    at = goes.first_response_at
    if at and (stays.first_response_at is None or at < stays.first_response_at):
        stays.first_response_at = at
        stays.first_response_seconds = open_seconds(min(stays.created_at, goes.created_at), at)
    goes.first_response_at = goes.first_response_seconds = None


def _keep_chat(kept: Conversation, gone: Conversation) -> None:
    """A live chat outweighs whatever the other half was doing: `conversations.people` saves what stands here."""
    live, other = (kept, gone) if kept.is_chat_support else (gone, kept)
    if live.is_chat_support:
        other.state, other.memory, other.chat_started_at = live.state, live.memory, live.chat_started_at


merged.connect(_join_tickets, dispatch_uid="support.join_tickets")
