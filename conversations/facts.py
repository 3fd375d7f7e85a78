"""What is true of a person and the service at this moment, collected for the bot."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from conversations import models, wording
from conversations.bot.rules import Rule
from conversations.bot.types import ChatFacts, Facts, HandedIn, Offer, State, Subscription
from conversations.desk import get_desk
from conversations.models import Contact, Conversation, HomeworkStatus, Message, PaymentStatus, Sender
from conversations.received import QUIET

POLITE_PAUSE = timedelta(hours=24)
# What reaches the team and is not acknowledged: the words that follow are still the first.
UNACKNOWLEDGED = frozenset({Rule.NOT_READABLE.value, Rule.CHAT_FOREIGN_BUTTON.value})
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread aloud or on paper


def collect(conversation: Conversation, message: Message | None, now: datetime) -> Facts:
    """The facts for one turn. `message` is the one that is being answered, None for an event without words.

    What few turns want to know is looked up when the bot asks for it.
    """
    contact = conversation.contact
    homework: Any = SimpleLazyObject(partial(_homework, contact))
    subscription: Any = SimpleLazyObject(partial(_subscription, contact))
    chat: Any = SimpleLazyObject(partial(_chat, conversation, message, now))
    return Facts(
        now=now,
        reference=fresh_reference(),
        brand=settings.BOT_NAME,
        language=contact.language,
        name=contact.name or None,
        email=contact.email or None,
        class_grade=contact.class_grade or None,
        registered=contact.is_registered,
        homework=homework,
        subscription=subscription,
        offer=offer(),
        topics=wording.topics(contact.language),
        chat=chat,
        polite_due=conversation.polite_at is None or now - conversation.polite_at >= POLITE_PAUSE,
        answer_hours=settings.BOT_ANSWER_HOURS,
        reachable=message is not None or conversation.is_window_open(now),
    )


def fresh_reference() -> str:
    """Six characters that nobody misreads: 700 million of them; the database refuses the rare double."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(6))


def offer() -> Offer:
    """What is sold, from the settings."""
    return Offer(
        plan=settings.BOT_PLAN,
        amount=settings.BOT_PRICE,
        currency=settings.BOT_CURRENCY,
        days=settings.BOT_PLAN_DAYS,
        instructions=settings.BOT_PAYMENT_INSTRUCTIONS,
        pay_link=settings.BOT_PAYMENT_LINK or None,
    )


def _homework(contact: Contact) -> HandedIn:
    waits = Q(status__in=(HomeworkStatus.PENDING, HomeworkStatus.IN_PROGRESS))
    return HandedIn(**contact.homework.aggregate(total=Count("pk"), open=Count("pk", filter=waits)))


def _subscription(contact: Contact) -> Subscription:
    """The subscription, its end in the team's time zone: the bot names a day, and people live by local ones.

    With it the newest payment that was asked for and has not arrived.
    """
    until = models.Subscription.objects.filter(contact=contact).values_list("active_until", flat=True).first()
    pending = contact.payments.filter(status=PaymentStatus.PENDING).order_by("-pk").first()
    return Subscription(
        active_until=timezone.localtime(until) if until else None,
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
        staff_wrote=said.filter(sender=Sender.ADMIN).exclude(kind__in=QUIET).exists(),
    )


def _acknowledge(said: QuerySet[Message], message: Message | None, now: datetime) -> bool:
    """Whether the message is the first of the chat, the first after a staff answer, or the first after a silence."""
    before = said.exclude(sender=Sender.BOT).exclude(kind__in=QUIET).order_by("-id")
    before = before.exclude(explanation__rule__in=UNACKNOWLEDGED)  # staff's words stay: they have no explanation
    if message:
        before = before.filter(pk__lt=message.pk)
    last = before.first()
    if last is None or last.sender == Sender.ADMIN:
        return True
    return now - last.created_at >= timedelta(seconds=settings.SUPPORT_ACK_PAUSE)
