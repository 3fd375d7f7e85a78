"""What stands beside a thread: notes, and who else is there."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from conversations import events
from conversations.models import Conversation
from support.models import EntryKind, SupportMessage, SupportTicket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import ClientFor

ADA = "/api/admin/conversations/+2348012345678"
NOTES, PRESENCE = f"{ADA}/notes", f"{ADA}/presence"


class TestNotes:
    """POST …/{phone}/notes."""

    def test_a_note_stands_on_the_present_ticket_and_never_leaves(
        self, agent: User, client_for: ClientFor, ticket: SupportTicket, phone: Phone
    ) -> None:
        answer = client_for(agent).post(NOTES, {"message": "Her mother will call."})
        note = ticket.entries.get(kind=EntryKind.NOTE)
        assert (answer.status_code, answer.json()["data"]["id"]) == (201, note.pk)
        assert (note.text, note.staff) == ("Her mother will call.", agent)
        assert phone.waits() == []

    def test_without_a_ticket_it_stands_beside_the_conversation(
        self, agent: User, client_for: ClientFor, lead: Conversation
    ) -> None:
        client_for(agent).post(NOTES, {"message": "Her mother will call."})
        assert SupportMessage.objects.get().conversation == lead

    def test_a_retry_writes_it_once(self, agent: User, client_for: ClientFor, lead: Conversation) -> None:
        desk = client_for(agent)
        first, second = (desk.post(NOTES, {"message": "Call"}, idempotency_key="n1").json()["data"] for _ in range(2))
        assert first == second
        assert SupportMessage.objects.count() == 1

    @pytest.mark.parametrize("message", ["", " ", "x" * 4001, None])
    def test_empty_or_too_long_is_422(
        self, agent: User, client_for: ClientFor, lead: Conversation, message: Any
    ) -> None:
        assert client_for(agent).post(NOTES, {"message": message}).status_code == 422


class TestPresence:
    """POST …/{phone}/presence."""

    @pytest.mark.django_db(transaction=True)  # a transaction tells of a conversation once
    def test_colleagues_see_each_other_until_they_leave(
        self, agent: User, other_agent: User, client_for: ClientFor, lead: Conversation
    ) -> None:
        grace, tunde = client_for(agent), client_for(other_agent)
        assert grace.post(PRESENCE, {"doing": "typing"}).json()["data"] == []
        (seen,) = tunde.post(PRESENCE).json()["data"]
        assert (seen["username"], seen["doing"]) == ("grace", "typing")
        grace.post(PRESENCE, {"doing": "gone"})
        assert tunde.post(PRESENCE).json()["data"] == []
        assert [sign.data and sign.data["username"] for sign in events.present(lead)] == ["tunde"]

    def test_anything_else_is_422(self, agent: User, client_for: ClientFor, lead: Conversation) -> None:
        assert client_for(agent).post(PRESENCE, {"doing": "sleeping"}).status_code == 422


@pytest.mark.parametrize("path", [NOTES, PRESENCE])
def test_an_unknown_phone_is_404(agent: User, client_for: ClientFor, path: str) -> None:
    assert client_for(agent).post(path, {"message": "Hello"}).status_code == 404
