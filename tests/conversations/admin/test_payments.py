"""Payments and subscriptions in Django admin."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import Contact, Conversation, Payment, Subscription
from tests.conversations.admin.conftest import Desk, page, payment_of, person
from tests.conversations.conftest import Phone

pytestmark = pytest.mark.usefixtures("channel")


@pytest.fixture
def payment(student: Conversation, phone: Phone) -> Payment:
    """What a student asked to pay over WhatsApp."""
    phone.taps("pay")
    phone.taps("confirm")
    return Payment.objects.get()


def test_a_payment_that_arrived_is_confirmed_with_a_button(agent: Desk, payment: Payment, phone: Phone) -> None:
    assert agent.does(payment, "confirm")["Location"] == page(payment)
    assert "has arrived" in phone.waits()[0].text
    payment.refresh_from_db()
    assert (payment.status, payment.decided_by) == ("SUCCESS", agent.user)
    assert page(payment, "confirm") not in agent.reads(payment)


def test_a_payment_from_the_list_is_confirmed_only_after_a_second_look(
    agent: Desk, payment: Payment, phone: Phone
) -> None:
    asked = agent.runs("confirm", payment).content.decode()
    assert "Have these payments arrived?" in asked
    assert payment.reference in asked
    assert Payment.objects.get().status == "PENDING"
    agent.runs("confirm", payment, confirmed="yes")
    assert Payment.objects.get().status == "SUCCESS"
    assert len(phone.waits()) == 1


@pytest.mark.parametrize(("verb", "status"), [("fail", "FAILED"), ("cancel", "CANCELLED")])
def test_a_payment_that_did_not_come_is_put_aside_from_page_and_list(agent: Desk, verb: str, status: str) -> None:
    one, other = payment_of(person(1), 1), payment_of(person(2), 2)
    agent.does(one, verb)
    agent.runs(verb, other)
    assert set(Payment.objects.values_list("status", flat=True)) == {status}
    assert page(one, "confirm") in agent.reads(one)
    assert page(one, verb) not in agent.reads(one)


def test_a_payment_that_arrived_cannot_be_taken_back(agent: Desk) -> None:
    payment = payment_of(person())
    agent.does(payment, "confirm")
    told = agent.runs("fail", payment).content.decode()
    assert "PAY0001 cannot go from SUCCESS to FAILED" in told
    assert Payment.objects.get().status == "SUCCESS"


@pytest.fixture
def subscription() -> Subscription:
    """One that ends in a day."""
    contact = person().contact
    ends = timezone.now() + timedelta(days=1)
    return Subscription.objects.create(contact=contact, plan="Monthly", active_until=ends)


def test_a_subscription_is_extended_by_a_supervisor(supervisor: Desk, agent: Desk, subscription: Subscription) -> None:
    before = subscription.active_until
    assert agent.does(subscription, "extend", days=3).status_code == 403
    assert supervisor.does(subscription, "extend", days=3).status_code == 302
    subscription.refresh_from_db()
    assert subscription.active_until - before == timedelta(days=3)
    assert page(subscription, "extend") not in agent.reads(subscription)


def test_a_second_click_gives_no_more_days_and_the_next_visit_does(
    supervisor: Desk, subscription: Subscription
) -> None:
    def extended() -> tuple[int, int]:
        subscription.refresh_from_db()
        return (subscription.active_until - before).days, subscription.contact.conversation.messages.count() - said

    before, said = subscription.active_until, subscription.contact.conversation.messages.count()
    for times in (1, 2):
        found = re.search(r'name="client_id" value="(\w+)"', supervisor.reads(subscription))
        assert found
        for _click in range(2):
            supervisor.does(subscription, "extend", days=30, client_id=found[1])
        assert extended() == (30 * times, times)


@pytest.mark.parametrize("days", ["", "0", "-1", "367", "abc", "1e3", "9" * 30])
def test_an_absurd_extension_is_refused_with_a_word(supervisor: Desk, subscription: Subscription, days: str) -> None:
    before = subscription.active_until
    supervisor.does(subscription, "extend", days=days)
    assert "Days: 1 to 366." in supervisor.reads(subscription)
    subscription.refresh_from_db()
    assert subscription.active_until == before


def test_active_and_ended_subscriptions_are_found_by_a_filter(agent: Desk, subscription: Subscription) -> None:
    over = Subscription.objects.create(
        contact=Contact.objects.create(phone="+1"), plan="Monthly", active_until=timezone.now()
    )
    assert page(subscription) in agent.reads(Subscription, active="yes")
    assert page(over) not in agent.reads(Subscription, active="yes")
    assert page(over) in agent.reads(Subscription, active="no")
