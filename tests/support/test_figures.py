"""The figures: what each counts, what it leaves out, and that the rows behind it say the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Contact, Conversation, Message, Payment, Subscription
from support import figures, services
from support.figures import FIGURES
from support.models import By, Status, SupportTicket
from tests.conversations.admin.conftest import homework_of, payment_of, person
from tests.conversations.conftest import Phone

MEASURE = import_module("support.figures.measure")  # the package's own `measure` is the function
MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


@pytest.fixture
def monday(db: None, settings: Settings) -> Any:
    """A Monday at nine, on a desk that is open from eight to six in UTC; the clock stands until it is moved."""
    settings.SUPPORT_HOURS, settings.TIME_ZONE = "Mon-Fri 08:00-18:00", "UTC"
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def values() -> dict[str, float | None]:
    """All figures of the last days, this moment included."""
    now = timezone.now()
    found = figures.measure(now - timedelta(days=3), now + timedelta(microseconds=1))
    return {name: value.value for name, value in found.items()}


def ticket_of(conversation: Conversation, at: datetime, **fields: object) -> SupportTicket:
    """A ticket as it stands in the database."""
    return SupportTicket.objects.create(conversation=conversation, created_at=at, status=Status.CLOSED, **fields)


def test_nothing_to_measure_is_not_zero(db: None) -> None:
    found = values()
    assert found["active_chats"] == found["waiting"] == found["unassigned"] == 0
    assert {found[name] for name in ("first_response", "resolution", "delivery_rate", "satisfaction")} == {None}


def test_a_whole_chat_is_measured(monday: Any, student: Conversation, phone: Phone, grace: User) -> None:
    phone.taps("support")
    ticket = SupportTicket.objects.get()
    monday.shift(timedelta(minutes=4))
    phone.says("Hello?")
    assert (values()["waiting"], values()["longest_wait"], values()["unassigned"]) == (1, 240, 1)
    services.reply(ticket, grace, "Hello!")
    phone.waits()
    assert (values()["waiting"], values()["longest_wait"], values()["active_chats"]) == (0, None, 1)
    monday.shift(timedelta(minutes=6))
    phone.says("Thank you!")
    phone.taps("end_chat")
    services.ask_rating(ticket.pk)
    phone.waits()
    phone.taps("rate_4")
    found = values()
    assert (found["first_response"], found["chat_duration"], found["resolution"]) == (240, 600, 600)
    assert (found["satisfaction"], found["active_chats"]) == (4, 0)


def test_closed_hours_and_the_bots_answers_do_not_count(
    monday: Any, student: Conversation, phone: Phone, grace: User
) -> None:
    monday.move_to(MONDAY.replace(hour=17, minute=58))
    phone.taps("support")
    phone.says("Hello?")  # acknowledged by the bot
    monday.move_to(MONDAY + timedelta(days=1, minutes=-57))  # three minutes after eight
    services.reply(SupportTicket.objects.get(), grace, "Good morning!")
    assert values()["first_response"] == 300


def test_tickets_that_staff_opened_are_no_responses(
    monday: Any, student: Conversation, phone: Phone, grace: User
) -> None:
    services.start_chat(student, grace, "Hello Ada!")
    assert values()["first_response"] is None


def test_tickets_that_nobody_answered_are_no_resolutions(monday: Any, student: Conversation, phone: Phone) -> None:
    phone.taps("support")
    phone.taps("end_chat")
    assert (values()["resolution"], values()["chat_duration"]) == (None, None)


@pytest.mark.parametrize(
    ("statuses", "delivered", "failed"),
    [
        (["delivered", "read", "played", "sent"], 75, 0),
        (["read", "failed", "unknown", "delivered"], 50, 50),
        (["delivered", "queued", "sending", "cancelled", None], 100, 0),
    ],
)
def test_rates_are_of_what_was_tried(db: None, statuses: list[str | None], delivered: float, failed: float) -> None:
    conversation = Conversation.objects.create(contact=Contact.objects.create(phone="+2348012345678"))
    for number, status in enumerate(statuses):
        chat = conversation if status != "sending" else person(number)  # one in flight at a time
        Message.objects.create(conversation=chat, sender="bot", delivery_status=status)
    Message.objects.filter(delivery_status="failed", error_code=131047).delete()  # what `person` brings along
    assert (values()["delivery_rate"], values()["error_rate"]) == (delivered, failed)


def test_a_target_is_met_or_not(settings: Settings) -> None:
    settings.SUPPORT_TARGET_FIRST_RESPONSE, settings.SUPPORT_TARGET_SATISFACTION = 5, 4
    met = {figure.name: figure.is_met for figure in FIGURES}
    assert (met["first_response"](300), met["first_response"](301)) == (True, False)
    assert (met["satisfaction"](4), met["satisfaction"](3.9)) == (True, False)
    assert (met["first_response"](None), met["waiting"](7)) == (None, None)


def test_every_figure_says_what_it_is() -> None:
    assert len({figure.definition for figure in FIGURES}) == len(FIGURES)
    assert all(figure.definition.endswith(".") and figure.title for figure in FIGURES)


def test_a_report_has_every_day_and_the_rows_say_the_same(db: None, settings: Settings) -> None:
    ada = person()
    for hour, seconds in ((9, 60), (11, 180)):
        at = MONDAY.replace(hour=hour)
        ticket_of(ada, at, first_response_at=at, first_response_seconds=seconds)
    ticket_of(ada, MONDAY, first_response_at=MONDAY, first_response_seconds=9000, opened_by=By.STAFF)
    days = figures.days("first-response", date(2026, 3, 8), date(2026, 3, 10))
    assert [(day.day.day, day.count, day.value) for day in days] == [(8, 0, None), (9, 2, 120), (10, 0, None)]
    behind = figures.rows("first-response", date(2026, 3, 8), date(2026, 3, 10))
    assert [ticket.first_response_seconds for ticket in behind] == [60, 180]


def test_a_day_is_the_teams_day(db: None, settings: Settings) -> None:
    settings.TIME_ZONE = "Africa/Lagos"  # an hour ahead of UTC
    ticket_of(person(), datetime(2026, 3, 8, 23, 30, tzinfo=UTC))
    days = figures.days("volume", date(2026, 3, 8), date(2026, 3, 9))
    assert [(day.count, day.value) for day in days] == [(0, None), (1, 1)]


@pytest.mark.parametrize("name", sorted(figures.REPORTS))
def test_reports_ask_a_fixed_number_of_queries(db: None, name: str, django_assert_num_queries: Any) -> None:
    ada = person()
    for number in range(3):
        at = MONDAY + timedelta(days=number)
        ticket_of(
            ada,
            at,
            first_response_at=at,
            resolved_at=at,
            rated_at=at,
            rating=5,
            first_response_seconds=1,
            resolution_seconds=1,
        )
    with django_assert_num_queries(1):
        assert sum(day.count for day in figures.days(name, date(2026, 3, 9), date(2026, 3, 11))) == 3
    with django_assert_num_queries(1):
        assert [ticket.conversation.contact.name for ticket in figures.rows(name, date(2026, 3, 9), date(2026, 3, 9))]


def test_the_dashboard_asks_a_fixed_number_of_queries(
    monday: Any, student: Conversation, phone: Phone, django_assert_num_queries: Any
) -> None:
    phone.taps("support")
    with django_assert_num_queries(8):
        figures.measure_lately()
    with django_assert_num_queries(7):
        figures.totals()


def test_what_became_of_many_messages_is_asked_once_a_minute(
    monday: Any, student: Conversation, phone: Phone, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MEASURE, "MANY", 1)
    MEASURE.KEPT.clear()
    monday.shift(1)
    before = figures.measure_lately()["delivery_rate"].count
    phone.says("menu")
    with django_assert_num_queries(6):
        assert figures.measure_lately()["delivery_rate"].count == before
    monday.shift(61)
    assert figures.measure_lately()["delivery_rate"].count == before + 1
    MEASURE.KEPT.clear()


def test_the_totals_count_what_there_is(student: Conversation, other_phone: Phone) -> None:
    other_phone.says("hi")
    homework_of(student)
    payment_of(student)
    Payment.objects.create(
        reference="PAY9", contact=student.contact, amount=Decimal(5000), currency="NGN", days=30, status="SUCCESS"
    )
    Subscription.objects.create(contact=student.contact, active_until=timezone.now() + timedelta(days=1))
    other_phone.says("support")
    found = figures.totals()
    assert found["tickets"] == {"OPEN": 1, "IN_PROGRESS": 0, "RESOLVED": 0, "CLOSED": 0}
    assert found["payments"] == {"PENDING": 1, "SUCCESS": 1, "FAILED": 0, "CANCELLED": 0}
    assert found["homework"]["PENDING"] == found["total_homework_submissions"] == 1
    named = ("students", "leads", "active_chats", "active_subscribers", "total_payments", "total_revenue")
    assert [found[name] for name in named] == [1, 1, 1, 1, 2, 5000]
