"""What time does to chats and tickets: silence is asked about and ends a chat, a resolved ticket closes by itself."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from conversations import people, runner
from conversations.bot.types import ChatAbandoned, State
from conversations.models import Conversation, Message, Sender
from support import services
from support.models import Status, SupportTicket
from support.services import window


def look_after_silence(now: datetime | None = None) -> int:
    """Ask students who have not answered a staff message for long, and end chats given up long ago.

    Counted from the staff message that the student did not answer; a student who waits for us is never asked. Returns
    how many chats something was said in.
    """
    now = now or timezone.now()
    return sum(_look_after(conversation_id, now) for conversation_id in _silent(now).values_list("pk", flat=True))


def _silent(now: datetime) -> QuerySet[Any]:
    """Live chats in which the last word was ours, and is old enough to be asked about."""
    people_said = Message.objects.filter(conversation=OuterRef("pk")).exclude(sender=Sender.BOT).order_by("-id")
    return (
        Conversation.objects.filter(state=State.CHAT_SUPPORT_ACTIVE)
        .annotate(
            last_sender=Subquery(people_said.values("sender")[:1]),
            last_said_at=Subquery(people_said.values("created_at")[:1]),
        )
        .filter(last_sender=Sender.ADMIN, last_said_at__lte=now - _hours(settings.SUPPORT_SILENCE_ASKS_AFTER))
    )


def _look_after(conversation_id: int, now: datetime) -> bool:
    with suppress(Conversation.DoesNotExist), transaction.atomic():  # merged into another one meanwhile
        conversation = people.lock(conversation_id)
        still = _silent(now).filter(pk=conversation_id).values_list("last_said_at", flat=True).first()
        ticket = services.present_ticket(conversation)
        if still is None or ticket is None:
            return False  # the student answered while we waited for the lock
        if now - still >= _hours(settings.SUPPORT_SILENCE_CLOSES_AFTER):
            runner.turn(conversation, ChatAbandoned(final=True), None, now)
            return True
        if ticket.silence_asked_at and ticket.silence_asked_at >= still:
            return False  # asked already since then
        if not window.is_open(conversation, now):
            return False  # WhatsApp would refuse the question
        SupportTicket.objects.filter(pk=ticket.pk).update(silence_asked_at=now)
        runner.turn(conversation, ChatAbandoned(final=False), None, now)
        return True
    return False


def close_resolved(now: datetime | None = None) -> int:
    """Close tickets that were resolved a week ago and not reopened since; a chat that is still open ends with them."""
    now = now or timezone.now()
    before = now - timedelta(days=settings.SUPPORT_RESOLVED_CLOSES_AFTER)
    old = SupportTicket.objects.filter(status=Status.RESOLVED, resolved_at__lte=before).values_list("pk", flat=True)
    return sum(services.close_resolved(ticket_id, before) for ticket_id in old)


def _hours(count: int) -> timedelta:
    return timedelta(hours=count)
