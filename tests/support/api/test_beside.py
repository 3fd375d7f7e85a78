"""What stands beside a thread: notes, who else is there, and the typing dots."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from conversations import events, gates
from conversations.channel import SendError, Verdict
from conversations.models import Conversation
from support import services
from support.models import EntryKind, SupportMessage, SupportTicket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import ClientFor

ADA = "/api/admin/conversations/+2348012345678"
NOTES, PRESENCE, TYPING = f"{ADA}/notes", f"{ADA}/presence", f"{ADA}/typing"


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

    def test_a_retry_after_the_ticket_was_closed_writes_it_once(
        self, agent: User, client_for: ClientFor, ticket: SupportTicket
    ) -> None:
        desk = client_for(agent)
        first = desk.post(NOTES, {"message": "Call", "client_id": "n1"}).json()["data"]
        services.close(ticket, agent)
        assert desk.post(NOTES, {"message": "Call", "client_id": "n1"}).json()["data"] == first
        assert SupportMessage.objects.filter(kind=EntryKind.NOTE).count() == 1

    def test_all_notes_about_a_person_are_read_newest_first_with_a_ticket_or_without(
        self, agent: User, client_for: ClientFor, lead: Conversation, phone: Phone
    ) -> None:
        desk = client_for(agent)
        desk.post(NOTES, {"message": "Beside the conversation"})
        ticket = services.open_ticket(lead, agent).ticket
        desk.post(NOTES, {"message": "On the ticket"})
        services.reply(ticket, agent, "Not a note")
        services.close(ticket, agent)
        answer = desk.get(NOTES).json()
        told = [(one["message"], one["ticket_id"], one["sender_name"]) for one in answer["data"]]
        assert told == [("On the ticket", ticket.pk, "grace"), ("Beside the conversation", None, "grace")]
        assert (answer["total"], answer["data"][0]["internal"]) == (2, True)

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


class TestTyping:
    """POST …/{phone}/typing."""

    def test_the_student_sees_the_dots_below_their_last_words(
        self, agent: User, client_for: ClientFor, ticket: SupportTicket, phone: Phone
    ) -> None:
        phone.says("Hello?")
        last = ticket.conversation.messages.filter(sender="user").latest("pk")
        assert client_for(agent).post(TYPING).json()["data"] == {"shown": True}
        assert phone.channel.typed == [last.provider_id]

    def test_whatsapp_is_told_every_twenty_seconds_whoever_types(
        self, agent: User, other_agent: User, client_for: ClientFor, ticket: SupportTicket, phone: Phone
    ) -> None:
        for user in (agent, other_agent, agent):
            assert client_for(user).post(TYPING).json()["data"] == {"shown": True}
        assert len(phone.channel.typed) == 1

    def test_no_transaction_is_open_while_whatsapp_is_asked(
        self, agent: User, client_for: ClientFor, ticket: SupportTicket, phone: Phone
    ) -> None:
        desk, open_blocks = client_for(agent), len(connection.savepoint_ids)
        seen: list[int] = []
        phone.channel.mark_read = lambda *_, **__: seen.append(len(connection.savepoint_ids))  # type: ignore[method-assign]
        desk.post(TYPING)
        assert seen == [open_blocks]

    def test_a_failure_is_logged_and_nobodys_error(
        self,
        agent: User,
        client_for: ClientFor,
        ticket: SupportTicket,
        phone: Phone,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level("INFO")
        phone.channel.failures.append(SendError(Verdict.UNREACHABLE, "WhatsApp cannot be reached."))
        answer = client_for(agent).post(TYPING)
        assert (answer.status_code, answer.json()["data"]) == (200, {"shown": False})
        assert "Typing was not shown." in caplog.messages

    def test_nothing_is_asked_of_whatsapp_while_a_gate_is_shut(
        self, agent: User, client_for: ClientFor, ticket: SupportTicket, phone: Phone
    ) -> None:
        gates.pause("Restored")
        assert client_for(agent).post(TYPING).json()["data"] == {"shown": False}
        assert phone.channel.typed == []

    def test_outside_a_live_chat_nobody_is_typing(self, agent: User, client_for: ClientFor, lead: Conversation) -> None:
        answer = client_for(agent).post(TYPING)
        assert (answer.status_code, answer.json()["error_code"]) == (409, "CHAT_NOT_ACTIVE")


@pytest.mark.parametrize("path", [NOTES, PRESENCE, TYPING])
def test_an_unknown_phone_is_404(agent: User, client_for: ClientFor, path: str) -> None:
    assert client_for(agent).post(path, {"message": "Hello"}).status_code == 404
