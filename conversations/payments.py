"""What becomes of a payment, and the subscription that follows. Each verb is one transaction under the person's lock.

Only SUCCESS gives anything, and only staff or the payment provider say it. Nothing here talks to the provider.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from conversations import outbox
from conversations.models import Conversation, Payment, PaymentStatus, Policy, Subscription
from conversations.records import check_step, lock_owner
from conversations.texts import Phrase, phrase, written_day
from conversations.wording import say

log = logging.getLogger(__name__)

LONGEST_EXTENSION = 366  # days at a time: a slip of the finger must not give away a century

# Money that arrives counts, whatever was thought of the payment before; once it has arrived nothing changes any more.
LEGAL: Mapping[str, frozenset[str]] = {
    PaymentStatus.PENDING: frozenset({"SUCCESS", "FAILED", "CANCELLED"}),
    PaymentStatus.FAILED: frozenset({"SUCCESS"}),
    PaymentStatus.CANCELLED: frozenset({"SUCCESS"}),
    PaymentStatus.SUCCESS: frozenset(),
}


def confirm(payment: Payment, by: User | None) -> Payment:
    """The money is here: the subscription is active, and the student is told. Confirming twice counts once.

    `by` is None where the payment provider said so.
    """
    with _locked(payment) as (conversation, current):
        if current.status == PaymentStatus.SUCCESS:
            return current
        _decide(current, PaymentStatus.SUCCESS, by)
        if not conversation.contact.is_erased:  # the money counts, but nobody is left to have or to hear anything
            _tell(conversation, _thanks(conversation, current), by)
        return current


def fail(payment: Payment, by: User | None) -> Payment:
    """The payment did not succeed; the student may ask for another. Raises InvalidTransition once it has arrived."""
    return _refuse(payment, PaymentStatus.FAILED, by)


def cancel(payment: Payment, by: User | None) -> Payment:
    """The payment is not expected any more. Raises InvalidTransition once it has arrived."""
    return _refuse(payment, PaymentStatus.CANCELLED, by)


def change_status(payment: Payment, status: str, by: User | None) -> Payment:
    """Move a payment to SUCCESS, FAILED or CANCELLED by the verb of that name. Raises InvalidTransition."""
    if status == PaymentStatus.SUCCESS:
        return confirm(payment, by)
    return _refuse(payment, status, by)


def extend(subscription: Subscription, days: int, by: User, *, client_id: str | None = None) -> Subscription:
    """Give a subscription so many more days, from its end or from now, and tell the student.

    What was done for a `client_id` is not done for it again: a second click is harmless.
    Raises ValueError unless `days` is between 1 and LONGEST_EXTENSION.
    """
    if not 1 <= days <= LONGEST_EXTENSION:
        raise ValueError(f"A subscription is extended by 1 to {LONGEST_EXTENSION} days.")
    with transaction.atomic():
        conversation = lock_owner(contact__subscription=subscription.pk)
        current = Subscription.objects.select_for_update().get(pk=subscription.pk)
        if client_id and conversation.messages.filter(client_id=client_id).exists():
            return current
        _prolong(current, days, timezone.now())
        current.save(update_fields=["started_at", "active_until"])
        told = phrase("subscription_extended", day=_day(current.active_until, conversation))
        _tell(conversation, told, by, client_id)
    log.info("A subscription was extended.", extra={"subscription_id": current.pk, "days": days, "staff_id": by.pk})
    return current


@contextmanager
def _locked(payment: Payment) -> Iterator[tuple[Conversation, Payment]]:
    """The person's conversation and the payment as it is now, both locked."""
    with transaction.atomic():
        conversation = lock_owner(contact__payments=payment.pk)
        yield conversation, Payment.objects.select_for_update().get(pk=payment.pk)


def _refuse(payment: Payment, status: str, by: User | None) -> Payment:
    with _locked(payment) as (_conversation, current):
        if current.status != status:
            _decide(current, status, by)
        return current


def _decide(payment: Payment, status: str, by: User | None) -> None:
    check_step(payment.reference, payment.status, status, LEGAL)
    payment.status, payment.decided_by, payment.decided_at = status, by, timezone.now()
    payment.save(update_fields=["status", "decided_by", "decided_at"])
    log.info(
        "A payment was decided.",
        extra={"payment_id": payment.pk, "status": status, "staff_id": by.pk if by else None},
    )


def _thanks(conversation: Conversation, payment: Payment) -> Phrase:
    """What the student hears of a payment that arrived; a subscription payment activates the subscription."""
    if not payment.is_subscription:
        return phrase("payment_arrived", reference=payment.reference)
    now = timezone.now()
    subscription = Subscription.objects.select_for_update().filter(contact=payment.contact_id).first()
    subscription = subscription or Subscription(contact=conversation.contact, active_until=now)
    subscription.plan = payment.plan
    _prolong(subscription, payment.days, now)
    subscription.save()
    day = _day(subscription.active_until, conversation)
    return phrase("payment_received", reference=payment.reference, day=day)


def _prolong(subscription: Subscription, days: int, now: datetime) -> None:
    """From the later of now and its end; one that had run out (or is new) starts anew."""
    if subscription.active_until <= now:
        subscription.started_at = subscription.active_until = now
    subscription.active_until += timedelta(days=days)


def _day(moment: datetime, conversation: Conversation) -> str:
    return written_day(timezone.localtime(moment), conversation.contact.language)


def _tell(conversation: Conversation, told: Phrase, by: User | None, client_id: str | None = None) -> None:
    """Words about money: never said twice without a person's decision."""
    words = say(told, conversation.contact.language)
    outbox.post(conversation, words, staff=by, policy=Policy.PARK, client_id=client_id)
