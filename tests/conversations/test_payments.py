"""Payments and subscriptions: only money that arrived counts, and it counts once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from conversations import payments
from conversations.channel import MemoryChannel, SendError, Verdict
from conversations.errors import InvalidTransition
from conversations.models import Conversation, Message, Payment, PaymentStatus, Policy, Subscription
from tests.conversations.conftest import Phone

Verb = Callable[[Payment, User | None], Payment]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def grace(db: None) -> User:
    """Somebody of the team."""
    return User.objects.create_user("grace")


@pytest.fixture
def payment(student: Conversation, phone: Phone) -> Payment:
    """What a student asked to pay over WhatsApp."""
    phone.taps("pay")
    phone.taps("confirm")
    return Payment.objects.get()


def another(payment: Payment, **changes: object) -> Payment:
    """A second payment of the same student."""
    return Payment.objects.create(
        **{
            "reference": "SECOND",
            "contact": payment.contact,
            "amount": Decimal(5000),
            "currency": "NGN",
            "plan": "Monthly",
            "days": 30,
        }
        | changes
    )


def test_asking_to_pay_activates_nothing(payment: Payment) -> None:
    assert payment.status == PaymentStatus.PENDING
    assert not Subscription.objects.exists()


def test_a_payment_that_arrived_activates_the_subscription_and_the_student_is_told(
    payment: Payment, phone: Phone, grace: User
) -> None:
    with time_machine.travel(NOON, tick=False):
        payments.confirm(payment, grace)
        told = phone.waits()
    assert Subscription.objects.get().active_until == NOON + timedelta(days=30)
    assert [one.text for one in told] == [
        f"✅ Payment *{payment.reference}* has arrived, thank you! Your subscription is active until *31 March 2026*."
    ]


def test_who_decided_and_when_is_kept(payment: Payment, grace: User) -> None:
    with time_machine.travel(NOON, tick=False):
        payments.confirm(payment, grace)
    payment.refresh_from_db()
    assert (payment.status, payment.decided_by, payment.decided_at) == (PaymentStatus.SUCCESS, grace, NOON)


def test_words_about_money_are_never_repeated_without_a_person(payment: Payment, grace: User) -> None:
    payments.confirm(payment, grace)
    assert Message.objects.get(text__contains="has arrived, thank you").policy == Policy.PARK


def test_confirming_twice_counts_once(payment: Payment, phone: Phone, grace: User) -> None:
    payments.confirm(payment, grace)
    payments.confirm(payment, None)
    assert len(phone.waits()) == 1
    assert Payment.objects.get().decided_by == grace


def test_a_second_payment_extends_from_the_end_of_the_first(payment: Payment, grace: User) -> None:
    with time_machine.travel(NOON, tick=False):
        payments.confirm(payment, grace)
        payments.confirm(another(payment), grace)
    subscription = Subscription.objects.get()
    assert subscription.active_until == NOON + timedelta(days=60)
    assert subscription.started_at == NOON


def test_a_payment_after_the_subscription_ran_out_starts_from_now(payment: Payment, grace: User) -> None:
    later = NOON + timedelta(days=100)
    with time_machine.travel(NOON, tick=False):
        payments.confirm(payment, grace)
    with time_machine.travel(later, tick=False):
        payments.confirm(another(payment, plan="Yearly", days=365), grace)
    subscription = Subscription.objects.get()
    assert (subscription.started_at, subscription.active_until) == (later, later + timedelta(days=365))
    assert subscription.plan == "Yearly"


def test_a_payment_for_something_else_gives_no_subscription(payment: Payment, phone: Phone, grace: User) -> None:
    Payment.objects.update(is_subscription=False)
    payments.confirm(payment, grace)
    assert [one.text for one in phone.waits()] == [f"✅ Payment *{payment.reference}* has arrived, thank you!"]
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("given_up", [payments.fail, payments.cancel])
def test_money_counts_also_when_it_comes_after_all(payment: Payment, grace: User, given_up: Verb) -> None:
    given_up(payment, grace)
    assert not Subscription.objects.exists()
    payments.confirm(payment, None)
    assert Subscription.objects.get().is_active


@pytest.mark.parametrize("given_up", [payments.fail, payments.cancel])
def test_a_payment_that_arrived_cannot_be_undone(payment: Payment, grace: User, given_up: Verb) -> None:
    payments.confirm(payment, grace)
    with pytest.raises(InvalidTransition):
        given_up(payment, grace)
    assert Payment.objects.get().status == PaymentStatus.SUCCESS


def test_after_a_failed_payment_the_student_can_ask_for_another(payment: Payment, phone: Phone, grace: User) -> None:
    payments.fail(payment, grace)
    phone.taps("pay")
    phone.taps("confirm")
    assert Payment.objects.filter(status=PaymentStatus.PENDING).count() == 1


LEGAL = {("PENDING", after) for after in ("SUCCESS", "FAILED", "CANCELLED")} | {
    ("FAILED", "SUCCESS"),
    ("CANCELLED", "SUCCESS"),
}


@pytest.mark.parametrize("before", PaymentStatus.values)
@pytest.mark.parametrize("after", PaymentStatus.values)
def test_every_change_of_status_is_either_legal_or_refused_and_then_changes_nothing(
    payment: Payment, grace: User, before: str, after: str
) -> None:
    Payment.objects.update(status=before)
    if before == after or (before, after) in LEGAL:
        assert payments.change_status(payment, after, grace).status == after
    else:
        with pytest.raises(InvalidTransition):
            payments.change_status(payment, after, grace)
        assert Payment.objects.get().status == before


def test_a_subscription_can_be_extended_by_hand_and_the_student_is_told(
    payment: Payment, phone: Phone, grace: User
) -> None:
    with time_machine.travel(NOON, tick=False):
        payments.confirm(payment, grace)
        phone.waits()
        payments.extend(Subscription.objects.get(), 3, grace)
        told = phone.waits()
    assert Subscription.objects.get().active_until == NOON + timedelta(days=33)
    assert "3 April 2026" in told[0].text


@pytest.mark.parametrize("days", [-1, 0, 367, 10**9])
def test_an_absurd_extension_is_refused(payment: Payment, grace: User, days: int) -> None:
    payments.confirm(payment, grace)
    before = Subscription.objects.get().active_until
    with pytest.raises(ValueError, match="1 to 366"):
        payments.extend(Subscription.objects.get(), days, grace)
    assert Subscription.objects.get().active_until == before


@pytest.mark.django_db(transaction=True)
def test_confirming_from_several_sides_at_once_counts_once(payment: Payment, phone: Phone) -> None:
    start = Barrier(4)

    def work() -> None:
        start.wait()
        payments.confirm(payment, None)
        connection.close()

    _at_once([work] * 4)
    subscription = Subscription.objects.get()
    assert subscription.active_until - subscription.started_at == timedelta(days=30)
    assert len(phone.waits()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_payments_confirmed_at_once_both_count(payment: Payment, phone: Phone) -> None:
    start, second = Barrier(2), another(payment)

    def confirm(which: Payment) -> None:
        start.wait()
        payments.confirm(which, None)
        connection.close()

    _at_once([lambda: confirm(payment), lambda: confirm(second)])
    subscription = Subscription.objects.get()
    assert subscription.active_until - subscription.started_at == timedelta(days=60)


def _at_once(works: list[Callable[[], None]]) -> None:
    threads = [Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_payment_confirmed_after_the_24_hours_is_told_when_the_student_next_writes(
    payment: Payment, phone: Phone, channel: MemoryChannel, grace: User
) -> None:
    channel.verdicts[131047] = Verdict.WINDOW_CLOSED
    channel.failures.append(SendError(Verdict.WINDOW_CLOSED, "More than 24 hours have passed.", code=131047))
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))
    payments.confirm(payment, grace)
    assert phone.waits() == []
    assert "has arrived, thank you!" in phone.says("hello")[0].text
