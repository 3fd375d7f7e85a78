"""One action on many tickets: each stands for itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from conversations.models import Conversation
from support import services
from support.errors import Forbidden
from support.models import Category, Priority, Status, SupportTicket
from support.services import Outcome
from tests.conversations.conftest import Phone


@pytest.fixture
def tickets(ticket: SupportTicket, other_phone: Phone) -> list[SupportTicket]:
    """Two students who wait."""
    other_phone.says("support")
    return list(SupportTicket.objects.order_by("id"))


def told(outcomes: list[Outcome]) -> list[str]:
    """The outcomes in a word each."""
    return [outcome.error.code if outcome.error else "done" for outcome in outcomes]


def test_each_ticket_is_done_or_says_why_not(tickets: list[SupportTicket], amina: User) -> None:
    services.close(tickets[0], amina)
    outcomes = services.bulk([tickets[0].pk, 4711, tickets[1].pk, tickets[1].pk], "resolve", amina)
    assert told(outcomes) == ["INVALID_TRANSITION", "NOT_FOUND", "done"]
    assert [outcome.ticket_id for outcome in outcomes] == [tickets[0].pk, 4711, tickets[1].pk]
    tickets[1].refresh_from_db()
    assert tickets[1].status == Status.RESOLVED


@pytest.mark.parametrize(
    ("action", "value", "field", "after"),
    [
        ("assign", lambda: User.objects.get(username="grace"), "assigned_admin", "grace"),
        ("priority", lambda: Priority.URGENT, "priority", "URGENT"),
        ("category", lambda: Category.objects.create(name="Billing"), "category", "Billing"),
        ("resolve", lambda: None, "status", "RESOLVED"),
        ("close", lambda: None, "status", "CLOSED"),
    ],
)
def test_every_action_changes_every_ticket_and_is_written_down(  # noqa: PLR0917
    tickets: list[SupportTicket],
    amina: User,
    grace: User,
    action: str,
    value: Callable[[], object],
    field: str,
    after: str,
) -> None:
    outcomes = services.bulk([ticket.pk for ticket in tickets], action, amina, value())
    assert told(outcomes) == ["done", "done"]
    for ticket in tickets:
        change = ticket.changes.filter(field=field).latest("id")
        assert (change.after, change.staff, change.by) == (after, amina, "staff")


def test_every_action_has_been_tried(tickets: list[SupportTicket], amina: User) -> None:
    services.close(tickets[0], amina)
    assert told(services.bulk([tickets[0].pk], "reopen", amina)) == ["done"]
    assert set(services.ACTIONS) == {"assign", "priority", "category", "resolve", "close", "reopen"}


def test_closing_many_ends_their_chats(
    tickets: list[SupportTicket], phone: Phone, other_phone: Phone, amina: User
) -> None:
    services.bulk([ticket.pk for ticket in tickets], "close", amina)
    assert phone.waits()[0].text == "Thank you for contacting support! This chat session has ended."
    assert not Conversation.objects.filter(state="chat_support_active").exists()


def test_bulk_is_for_supervisors(tickets: list[SupportTicket], grace: User) -> None:
    with pytest.raises(Forbidden):
        services.bulk([tickets[0].pk], "resolve", grace)


def test_more_than_anybody_has_looked_at_are_refused_together(db: None, amina: User) -> None:
    with pytest.raises(ValueError, match="200"):
        services.bulk(range(1, 202), "close", amina)
