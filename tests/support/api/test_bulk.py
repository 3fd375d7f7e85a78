"""POST /api/support/tickets/bulk: an outcome for each ticket."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from support import services
from support.audit import AuditEntry
from support.models import Category, SupportTicket
from tests.support.api.conftest import Api, ClientFor

BULK = "/api/support/tickets/bulk"


@pytest.fixture
def desk(supervisor: User, client_for: ClientFor) -> Api:
    """Somebody who may act in bulk."""
    return client_for(supervisor)


def test_each_ticket_is_done_or_says_why_not(desk: Api, ticket: SupportTicket) -> None:
    answer = desk.post(BULK, {"ids": [4711, ticket.pk], "action": "resolve"})
    body = answer.json()
    assert (answer.status_code, body["done"], body["failed"]) == (200, 1, 1)
    assert [(one["ticket_id"], one["done"], one["error_code"]) for one in body["data"]] == [
        (4711, False, "NOT_FOUND"),
        (ticket.pk, True, None),
    ]
    assert AuditEntry.objects.get(verb="ticket.bulk").details == {"action": "resolve", "ids": [ticket.pk]}


@pytest.mark.parametrize(
    ("action", "name", "value", "shown"),
    [("priority", "priority", "URGENT", "priority"), ("category", "category", "Billing", "category")],
)
def test_an_action_gets_its_value(  # noqa: PLR0917
    desk: Api, ticket: SupportTicket, action: str, name: str, value: str, shown: str
) -> None:
    Category.objects.create(name="Billing")
    assert desk.post(BULK, {"ids": [ticket.pk], "action": action, name: value}).json()["done"] == 1
    assert desk.get(f"/api/support/tickets/{ticket.pk}").json()["data"][shown] == value


def test_tickets_are_given_to_a_colleague_and_back_to_nobody(desk: Api, ticket: SupportTicket, agent: User) -> None:
    for whom, name in ((agent.pk, "grace"), (None, None)):
        desk.post(BULK, {"ids": [ticket.pk], "action": "assign", "assigned_admin_id": whom})
        assert desk.get(f"/api/support/tickets/{ticket.pk}").json()["data"]["assigned_to"] == name


@pytest.mark.parametrize(
    "body",
    [
        {"action": "resolve"},
        {"ids": [], "action": "resolve"},
        {"ids": list(range(1, 202)), "action": "resolve"},
        {"ids": ["1"], "action": "resolve"},
        {"ids": [0], "action": "resolve"},
        {"ids": [1], "action": "delete"},
        *({"ids": [1], "action": action} for action in ("assign", "priority", "category")),
        {"ids": [1], "action": "assign", "assigned_admin_id": 4711},
        {"ids": [1], "action": "priority", "priority": None},
    ],
)
def test_what_cannot_be_meant_is_422(desk: Api, body: dict[str, Any]) -> None:
    assert desk.post(BULK, body).status_code == 422


def test_every_action_can_be_asked_for(desk: Api, ticket: SupportTicket) -> None:
    values = {"assigned_admin_id": None, "priority": "LOW", "category": None}
    for action in services.ACTIONS:
        assert desk.post(BULK, {"ids": [ticket.pk], "action": action} | values).status_code == 200
