"""The state of the two neighbours, and sending a message again."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from conversations import gates, outbox, sender
from conversations.channel import MemoryChannel, SendError, Verdict
from conversations.models import Conversation, DeliveryStatus, Gate, Message
from support import services
from support.audit import AuditEntry
from tests.conversations.conftest import Phone, locked
from tests.support.api.conftest import ClientFor

WHATSAPP = "/api/admin/status/whatsapp"


class TestWhatsApp:
    """connected / configured / disconnected."""

    def test_it_is_connected_when_meta_was_heard_lately(
        self, agent: User, client_for: ClientFor, lead: Conversation
    ) -> None:
        data = client_for(agent).get(WHATSAPP).json()["data"]
        assert data["status"] == "connected"
        assert data["last_heard_at"].endswith("Z")

    def test_it_is_configured_while_meta_is_silent(self, agent: User, client_for: ClientFor) -> None:
        data = client_for(agent).get(WHATSAPP).json()["data"]
        assert (data["status"], data["last_heard_at"]) == ("configured", None)

    def test_a_missing_setting_is_named(self, agent: User, client_for: ClientFor, settings: Settings) -> None:
        settings.WHATSAPP_ACCESS_TOKEN = ""
        data = client_for(agent).get(WHATSAPP).json()["data"]
        assert data["status"] == "disconnected"
        assert "WHATSAPP_ACCESS_TOKEN" in data["detail"]

    def test_it_is_disconnected_when_meta_refuses_us(
        self, agent: User, client_for: ClientFor, lead: Conversation
    ) -> None:
        gates.stop(SendError(Verdict.AUTH, "The access token has expired.", code=190))
        data = client_for(agent).get(WHATSAPP).json()["data"]
        assert (data["status"], data["detail"]) == ("disconnected", "The access token has expired.")

    def test_it_is_disconnected_when_nothing_has_left_for_minutes_and_not_for_a_second(
        self, agent: User, client_for: ClientFor, lead: Conversation
    ) -> None:
        told = []
        for _ in range(8):
            gates.slow_down(gates.NETWORK, SendError(Verdict.UNREACHABLE, "Meta is away."), timezone.now())
            told.append(client_for(agent).get(WHATSAPP).json()["data"]["detail"])
            Gate.objects.update(closed_until=timezone.now(), closed_at=timezone.now())
        assert (told[0], told[-1]) == ("WhatsApp works.", "Meta is away.")


def test_the_database_is_there(agent: User, client_for: ClientFor) -> None:
    data = client_for(agent).get("/api/admin/status/database").json()["data"]
    assert data["status"] == "connected"
    assert int(data["version"].split(".")[0]) >= 16


class TestRetry:
    """POST /api/admin/messages/{id}/retry."""

    @pytest.fixture
    def failed(self, lead: Conversation, channel: MemoryChannel) -> Message:
        """A message of the bot that WhatsApp did not take."""
        with locked(lead) as conversation:
            message = outbox.post(conversation, "Hello again")
        Message.objects.filter(pk=message.pk).update(delivery_status=DeliveryStatus.FAILED, failed_at=timezone.now())
        return message

    @pytest.mark.parametrize("written", ["msg_{}", "{}"])
    def test_a_failed_message_really_goes_out(
        self, agent: User, client_for: ClientFor, failed: Message, phone: Phone, written: str
    ) -> None:
        answer = client_for(agent).post(f"/api/admin/messages/{written.format(failed.pk)}/retry")
        assert answer.status_code == 200
        assert answer.json()["data"] == {"id": f"msg_{failed.pk}", "delivery_status": "queued"}
        sender.deliver_all()
        assert phone.channel.sent[-1].text == "Hello again"

    def test_it_is_noted(self, agent: User, client_for: ClientFor, failed: Message) -> None:
        client_for(agent).post(f"/api/admin/messages/{failed.pk}/retry")
        entry = AuditEntry.objects.get(verb="message.retry")
        assert (entry.username, entry.object_type, entry.object_id) == (
            "grace",
            "conversations.message",
            str(failed.pk),
        )

    def test_a_message_that_arrived_is_not_sent_again(
        self, agent: User, client_for: ClientFor, lead: Conversation
    ) -> None:
        sent = lead.messages.exclude(delivery_status=None).earliest("pk")
        answer = client_for(agent).post(f"/api/admin/messages/{sent.pk}/retry")
        assert (answer.status_code, answer.json()["error_code"]) == (409, "NOT_RETRYABLE")
        assert not AuditEntry.objects.filter(verb="message.retry").exists()

    def test_what_a_colleague_is_talking_about_is_left_to_them(
        self, agent: User, supervisor: User, client_for: ClientFor, failed: Message
    ) -> None:
        ticket = services.open_ticket(failed.conversation, supervisor).ticket
        services.take(ticket, supervisor)
        answer = client_for(agent).post(f"/api/admin/messages/{failed.pk}/retry")
        assert (answer.status_code, answer.json()["error_code"]) == (409, "ASSIGNED_TO_OTHER")
        assert client_for(supervisor).post(f"/api/admin/messages/{failed.pk}/retry").status_code == 200

    @pytest.mark.parametrize("wrong", ["999", "0", "msg_", "msg_0", "x", "-1", "%00", "9" * 19, "9" * 30, "1.0", "１"])
    def test_an_unknown_or_misshapen_id_is_404(self, agent: User, client_for: ClientFor, wrong: str) -> None:
        answer = client_for(agent).post(f"/api/admin/messages/{wrong}/retry")
        assert (answer.status_code, answer.json()["error_code"]) == (404, "NOT_FOUND")
