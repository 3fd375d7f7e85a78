"""Priorities rise with the time that a student waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from pytest_django import Settings

from conversations.models import Conversation
from support import services
from support.escalation import escalate
from support.models import EscalationRule, Priority, SupportTicket
from tests.conversations.conftest import Phone

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def rules(db: None) -> None:
    """Medium becomes high after half an hour, high becomes urgent after an hour."""
    EscalationRule.objects.create(priority="MEDIUM", minutes=30, raised_to="HIGH")
    EscalationRule.objects.create(priority="HIGH", minutes=60, raised_to="URGENT")


def waits(ticket: SupportTicket, how_long: timedelta) -> str:
    """The priority of a ticket whose student has waited for so long."""
    assert ticket.waiting_since is not None
    escalate(ticket.waiting_since + how_long)
    return SupportTicket.objects.get(pk=ticket.pk).priority


@pytest.mark.parametrize(
    ("minutes", "priority"), [(29, "MEDIUM"), (30, "HIGH"), (59, "HIGH"), (60, "URGENT"), (600, "URGENT")]
)
def test_a_ticket_climbs_as_far_as_the_rules_say(ticket: SupportTicket, minutes: int, priority: str) -> None:
    assert waits(ticket, timedelta(minutes=minutes)) == priority


def test_every_step_is_written_down_once(ticket: SupportTicket) -> None:
    waits(ticket, HOUR)
    waits(ticket, 2 * HOUR)
    steps = list(ticket.changes.filter(field="priority").order_by("id").values_list("before", "after", "by"))
    assert steps == [("MEDIUM", "HIGH", "rule"), ("HIGH", "URGENT", "rule")]


def test_who_lowers_a_priority_by_hand_has_the_last_word(ticket: SupportTicket, grace: User) -> None:
    waits(ticket, HOUR / 2)
    services.set_priority(ticket, Priority.MEDIUM, grace)
    assert waits(ticket, 3 * HOUR) == Priority.MEDIUM


def test_a_ticket_that_was_answered_does_not_climb(ticket: SupportTicket, grace: User) -> None:
    services.reply(ticket, grace, "Hello!")
    assert waits(ticket, 3 * HOUR) == Priority.MEDIUM


def test_the_wait_counts_anew_after_an_answer(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.reply(ticket, grace, "Hello!")
    phone.says("One more thing")
    ticket.refresh_from_db()
    assert waits(ticket, HOUR / 3) == Priority.MEDIUM
    assert waits(ticket, HOUR) == Priority.URGENT


def test_closed_hours_are_no_wait(student: Conversation, phone: Phone, settings: Settings) -> None:
    settings.SUPPORT_HOURS, settings.TIME_ZONE = "Mon-Fri 08:00-18:00", "UTC"
    with time_machine.travel(datetime(2026, 3, 6, 17, 50, tzinfo=UTC)):  # a Friday
        phone.taps("support")
        ticket = SupportTicket.objects.get()
        assert waits(ticket, timedelta(days=2, hours=12)) == Priority.MEDIUM  # Monday, before eight
        assert waits(ticket, timedelta(days=2, hours=15)) == Priority.URGENT


def test_a_rule_that_is_switched_off_does_nothing(ticket: SupportTicket) -> None:
    EscalationRule.objects.update(is_active=False)
    assert waits(ticket, 3 * HOUR) == Priority.MEDIUM


def test_a_rule_never_lowers() -> None:
    with pytest.raises(ValidationError, match="raises"):
        EscalationRule(priority="HIGH", minutes=5, raised_to="LOW").full_clean()
