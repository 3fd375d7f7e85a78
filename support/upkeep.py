"""What time does to chats and tickets: silence is asked about and ends a chat, a resolved ticket closes by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.utils import timezone

from conversations import people, runner
from conversations.bot.types import ChatAbandoned, State
from conversations.models import Conversation, DeliveryStatus, Message, Sender
from conversations.received import QUIET
from support import services
from support.models import Status, SupportTicket
from support.services import window

log = logging.getLogger(__name__)

# Words that never reached the student, or perhaps not: nobody can be asked why they were not answered.
_NEVER_ARRIVED = (DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN, DeliveryStatus.CANCELLED)
_ON_THEIR_WAY = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING)


def look_after_silence(now: datetime | None = None) -> int:
    """Ask students who have not answered a staff message for long, and end chats given up long ago.

    Counted from the last staff message that reached the student and was not answered, and never from before the chat
    began; a student who waits for us is never asked, nor is one whose ticket is resolved. Where WhatsApp takes no words
    any more, a chat ends without any. Returns how many were asked or ended.
    """
    now = now or timezone.now()
    silent = _silent(now).values_list("pk", flat=True)
    return _each("conversation_id", silent, partial(_look_after, now=now))


def _silent(now: datetime) -> QuerySet[Any]:
    """Live chats in which the last word that arrived was ours, and is old enough to be asked about.

    Words that wait to be sent are the last ones, too: they are new to the student, however old they are to us, and so
    are words that left late. A thumbs-up and its like are no words.
    """
    people_said = (
        Message.objects.filter(conversation=OuterRef("pk"))
        .exclude(sender=Sender.BOT)
        .exclude(kind__in=QUIET)
        .exclude(sender=Sender.ADMIN, delivery_status__in=_NEVER_ARRIVED)
        .exclude(sender=Sender.ADMIN, said_at__lt=OuterRef("last_inbound_at"))  # it came late (thread.is_overtaken)
        .order_by("-id")
    )
    return (
        Conversation.objects.filter(state=State.CHAT_SUPPORT_ACTIVE)
        .annotate(
            last_sender=Subquery(people_said.values("sender")[:1]),
            last_said_at=Subquery(people_said.values(at=Greatest("created_at", "sent_at"))[:1]),
            last_delivery=Subquery(people_said.values("delivery_status")[:1]),
        )
        .exclude(last_delivery__in=_ON_THEIR_WAY)
        .filter(last_sender=Sender.ADMIN, last_said_at__lte=now - _hours(settings.SUPPORT_SILENCE_ASKS_AFTER))
    )


def _look_after(conversation_id: int, now: datetime) -> bool:
    with suppress(Conversation.DoesNotExist), transaction.atomic():  # merged into another one meanwhile
        conversation = people.lock(conversation_id)
        still = _silent(now).filter(pk=conversation_id).values_list("last_said_at", flat=True).first()
        ticket = services.present_ticket(conversation)
        if still is None or ticket is None:
            return False  # the student answered while we waited for the lock
        if ticket.status == Status.RESOLVED:
            return False  # there is nothing to answer: it closes by itself (close_resolved)
        if ticket.waiting_since:
            return False  # they answered elsewhere (services.reported): the next word is ours
        still = max(filter(None, (still, ticket.chat_started_at, _back_since(ticket))))
        if now - still < _hours(settings.SUPPORT_SILENCE_ASKS_AFTER):
            return False  # whoever began it, or brought it back, is about to go on
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


def _back_since(ticket: SupportTicket) -> datetime | None:
    """When the ticket was last reopened."""
    reopened = ticket.changes.filter(field="status", before=Status.RESOLVED)
    return reopened.order_by("-id").values_list("at", flat=True).first()


def close_resolved(now: datetime | None = None) -> int:
    """Close tickets that were resolved a week ago and not reopened since; a chat that is still open ends with them."""
    now = now or timezone.now()
    before = now - timedelta(days=settings.SUPPORT_RESOLVED_CLOSES_AFTER)
    old = SupportTicket.objects.filter(status=Status.RESOLVED, resolved_at__lte=before).values_list("pk", flat=True)
    return _each("ticket_id", old, partial(services.close_resolved, resolved_before=before))


def _each(name: str, ids: Iterable[int], look_after: Callable[[int], bool]) -> int:
    """Look after each of them; one that fails is logged, and looked after again by the next run. Returns how many."""
    done = 0
    for id_ in ids:
        try:
            done += look_after(id_)
        except Exception as error:  # the one catcher: a broken chat leaves no other one waiting
            log.exception("A chat could not be looked after.", extra={name: id_, "error": type(error).__name__})
    return done


def _hours(count: int) -> timedelta:
    return timedelta(hours=count)
