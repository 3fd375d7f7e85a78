"""The stream's address where the server is not ours: an answer that ends, and a client that comes again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from conversations import events
from conversations.models import Conversation
from support.models import SupportTicket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Api, ClientFor

PATH = "/api/admin/events"
TICKETS = "/api/support/tickets"

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(agent: User, client_for: ClientFor) -> Api:
    return client_for(agent)


def told(api: Api, kind: str, after: int) -> list[dict[str, Any]]:
    """The data of the events of this kind that a client is told which saw this one last."""
    pieces = api.get(PATH, last_event_id=str(after)).content.decode().split("\n\n")
    events_of = [dict(line.split(": ", 1) for line in piece.split("\n") if ": " in line) for piece in pieces]
    return [json.loads(one["data"]) for one in events_of if one.get("event") == kind and int(one["id"]) > after]


def test_the_past_alone_is_a_stream_too(grace: Api) -> None:
    answer = grace.get(PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")
    lines = answer.content.decode().splitlines()
    assert lines[:3] == ["retry: 2000", "", f"id: {events.newest_id()}"]
    assert "event: heartbeat" in lines
    assert "event: notifications" in lines


def test_it_goes_on_from_the_last_event(grace: Api) -> None:
    assert b"event: reset" in grace.get(PATH, last_event_id="12345").content


@pytest.mark.django_db(transaction=True)  # a transaction tells of a conversation once
class TestConversations:
    """The list of conversations hears what becomes of their tickets."""

    def test_who_takes_a_ticket_lets_it_go_or_resolves_it(self, grace: Api, ticket: SupportTicket, agent: User) -> None:
        steps: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"assigned_admin_id": agent.pk}, {"assigned_to": "grace", "ticket_id": ticket.pk}),
            ({"assigned_admin_id": None}, {"assigned_to": None, "ticket_id": ticket.pk}),
            ({"status": "RESOLVED"}, {"waiting_since": None, "ticket_id": ticket.pk}),
        ]
        for change, row in steps:
            seen = events.newest_id()
            assert grace.patch(f"{TICKETS}/{ticket.pk}", change).status_code == 200
            (data,) = told(grace, "conversation", seen)
            assert data.items() >= row.items(), change

    def test_a_ticket_that_an_integrator_opens(self, grace: Api, student: Conversation) -> None:
        seen = events.newest_id()
        ticket_id = grace.post(TICKETS, {"phone_number": "+2348012345678"}).json()["data"]["id"]
        (data,) = told(grace, "conversation", seen)
        assert (data["conversation_id"], data["ticket_id"]) == (student.pk, ticket_id)


@pytest.mark.django_db(transaction=True)
def test_a_ticket_is_told_as_the_list_shows_it(grace: Api, ticket: SupportTicket, phone: Phone) -> None:
    seen = events.newest_id()
    phone.says("I cannot see my homework")
    (row,) = grace.get(TICKETS).json()["data"]
    assert row["message_count"] == 1
    assert told(grace, "ticket", seen)[-1].items() >= row.items()
