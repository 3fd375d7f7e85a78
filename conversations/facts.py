"""What is true of a person and the service at this moment, collected for the bot."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from conversations import wording
from conversations.bot.types import ChatFacts, Facts, Offer, State, Subscription
from conversations.desk import get_desk
from conversations.models import Contact, Conversation, HomeworkStatus, Message, PaymentStatus, Sender
from conversations.received import QUIET

POLITE_PAUSE = timedelta(hours=24)
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread aloud or on paper


def collect(conversation: Conversation, message: Message | None, now: datetime) -> Facts:
    """The facts for one turn. `message` is the one that is being answered, None for an event without words."""
    contact = conversation.contact
    figures = _figures(contact)
    return Facts(
        now=now,
        reference=fresh_reference(),
        brand=settings.BOT_NAME,
        language=contact.language,
        name=contact.name or None,
        email=contact.email or None,
        class_grade=contact.class_grade or None,
        registered=contact.is_registered,
        homework_open=figures["homework_open"],
        homework_total=figures["homework_total"],
        subscription=_subscription(contact, figures),
        offer=offer(),
        topics=wording.topics(contact.language),
        chat=_chat(conversation, message, now),
        polite_due=conversation.polite_at is None or now - conversation.polite_at >= POLITE_PAUSE,
        answer_hours=settings.BOT_ANSWER_HOURS,
    )


def fresh_reference() -> str:
    """Six characters that nobody misreads: 700 million of them; the database refuses the rare double."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(6))


def offer() -> Offer:
    """What is sold, from the settings."""
    return Offer(
        plan=settings.BOT_PLAN,
        amount=Decimal(settings.BOT_PRICE),
        currency=settings.BOT_CURRENCY,
        days=settings.BOT_PLAN_DAYS,
        instructions=settings.BOT_PAYMENT_INSTRUCTIONS,
        pay_link=settings.BOT_PAYMENT_LINK or None,
    )


def _figures(contact: Contact) -> Mapping[str, Any]:
    waiting = Q(homework__status__in=[HomeworkStatus.PENDING, HomeworkStatus.IN_PROGRESS])
    return (
        Contact.objects.filter(pk=contact.pk)
        .annotate(homework_total=Count("homework"), homework_open=Count("homework", filter=waiting))
        .values("homework_total", "homework_open", "subscription__active_until")
        .get()
    )


def _active_until(figures: Mapping[str, Any]) -> datetime | None:
    """The end of the subscription in the team's time zone: the bot names a day, and people live by local ones."""
    until: datetime | None = figures["subscription__active_until"]
    return timezone.localtime(until) if until else None


def _subscription(contact: Contact, figures: Mapping[str, Any]) -> Subscription:
    """The subscription, and the newest payment that was asked for and has not arrived."""
    pending = contact.payments.filter(status=PaymentStatus.PENDING).order_by("-id").first()
    return Subscription(
        active_until=_active_until(figures),
        pending_reference=pending.reference if pending else None,
        pending_amount=pending.amount if pending else None,
        pending_currency=pending.currency if pending else None,
    )


def _chat(conversation: Conversation, message: Message | None, now: datetime) -> ChatFacts:
    desk = get_desk()
    if conversation.state != State.CHAT_SUPPORT_ACTIVE:
        return ChatFacts(desk.queue_place(conversation), desk.opening_hours(), holiday=desk.holiday())
    since = conversation.chat_started_at or conversation.created_at
    said = conversation.messages.filter(created_at__gt=since)
    return ChatFacts(
        queue_place=None,
        opening_hours=None,
        acknowledge=_acknowledge(said, message, now),
        staff_wrote=said.filter(sender=Sender.ADMIN).exists(),
    )


def _acknowledge(said: QuerySet[Message], message: Message | None, now: datetime) -> bool:
    """Whether the message is the first of the chat, the first after a staff answer, or the first after a silence."""
    before = said.exclude(sender=Sender.BOT).exclude(kind__in=QUIET).order_by("-id")
    if message:
        before = before.filter(pk__lt=message.pk)
    last = before.first()
    if last is None or last.sender == Sender.ADMIN:
        return True
    return now - last.created_at >= timedelta(seconds=settings.SUPPORT_ACK_PAUSE)
