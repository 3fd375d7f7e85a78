"""GET /metrics: who may read it, and what it says of the service and of the process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from conversations import gates
from conversations.models import Heartbeat, InboxItem, Message, UnreadablePost
from edubot import health
from edubot.processes import process_name
from support.models import SupportTicket
from tests.conversations.conftest import Phone, channel, other_phone, phone, student

__all__ = ["channel", "other_phone", "phone", "student"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> Iterator[None]:
    """A token is set, and nothing is remembered of other tests."""
    settings.METRICS_TOKEN = "scrape-me"
    health._figures.forget()
    yield
    health._figures.forget()


def scrape(client: Client, **headers: str) -> Any:
    """The answer to a scraper with the token."""
    return client.get("/metrics", headers={"Authorization": "Bearer scrape-me"} | headers)


def figures(client: Client) -> dict[tuple[str, ...], float]:
    """Name and labels (without the process) → value."""
    families = text_string_to_metric_families(scrape(client).content.decode())
    return {
        (sample.name, *(value for label, value in sample.labels.items() if label != "process")): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic scrape-me", "scrape-me"])
def test_without_the_token_nothing_is_told(client: Client, authorization: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": authorization})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert b"edubot_" not in answer.content


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer "])
def test_where_no_token_is_set_there_is_nothing(client: Client, settings: Settings, authorization: str) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": authorization}).status_code == 404


def test_a_scraper_comes_by_address_and_is_not_redirected(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = scrape(client, Host="10.0.0.7:8000")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert client.post("/metrics").status_code == 405


def test_what_waits_is_counted(client: Client, student: Any, phone: Phone, other_phone: Phone) -> None:
    phone.taps("support")
    other_phone.post(other_phone.message(text="hi"))
    InboxItem.objects.filter(handled_at=None).update(received_at=timezone.now() - timedelta(minutes=5))
    Message.objects.filter(pk=student.messages.latest("pk").pk).update(delivery_status="unknown", hold_until=None)
    UnreadablePost.objects.create(digest="x", body=b"x", reason="no JSON", times=3)
    gates.pause("Restored")
    Heartbeat.objects.create(name="worker-1", seen_at=timezone.now() - timedelta(seconds=10))
    found = figures(client)
    assert found["edubot_database_up",] == 1
    assert (found["edubot_inbox_waiting",], found["edubot_inbox_dead",]) == (1, 0)
    assert 300 <= found["edubot_inbox_oldest_seconds",] < 360
    assert (found["edubot_unknown_sends",], found["edubot_outbox_messages", "unknown"]) == (1, 0)
    assert (found["edubot_gate_shut", "paused"], found["edubot_gate_shut", "account"]) == (1, 0)
    assert (found["edubot_tickets", "OPEN"], found["edubot_tickets", "CLOSED"]) == (1, 0)
    assert (found["edubot_active_chats",], found["edubot_unreadable_webhooks",]) == (1, 3)
    assert found["edubot_workers_alive",] == 1
    assert 10 <= found["edubot_worker_heartbeat_seconds",] < 60


def test_what_is_queued_has_an_age(client: Client, student: Any) -> None:
    Message.objects.filter(pk=student.messages.latest("pk").pk).update(
        delivery_status="queued", created_at=timezone.now() - timedelta(minutes=2)
    )
    found = figures(client)
    assert found["edubot_outbox_messages", "queued"] == 1
    assert 120 <= found["edubot_outbox_oldest_seconds",] < 180


def test_an_impatient_scraper_asks_the_database_once(client: Client, django_assert_num_queries: Any) -> None:
    before = figures(client)["edubot_tickets", "OPEN"]
    with django_assert_num_queries(0):
        assert figures(client)["edubot_tickets", "OPEN"] == before
    assert not SupportTicket.objects.exists()


def test_without_a_database_the_process_still_tells(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    client.get("/api/admin/me")
    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", refuse)
        found = figures(client)
    assert found["edubot_database_up",] == 0
    assert ("edubot_inbox_waiting",) not in found
    assert found["edubot_http_requests_total", "GET", "api/admin/me", "401"] >= 1


def test_requests_are_counted_by_template_and_never_by_path(client: Client) -> None:
    key = ("edubot_http_requests_total", "GET", "api/admin/conversations/<phone:phone>", "401")
    before = figures(client).get(key, 0)
    client.get("/api/admin/conversations/+2348012345678")
    text = scrape(client).content.decode()
    assert figures(client)[key] == before + 1
    assert "2348012345678" not in text
    assert f'process="{process_name()}"' in text
