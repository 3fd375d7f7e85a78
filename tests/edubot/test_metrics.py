"""GET /metrics: who may read it, and what it says of the service and of the process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django import app
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from conversations import gates
from conversations.models import Heartbeat, InboxItem, Message, UnreadablePost
from edubot import health
from edubot.processes import process_name
from support.models import SupportTicket
from tests.conversations.conftest import Phone, channel, other_phone, phone, student
from tests.processes import CHECKOUT

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


class TestJobs:
    """Background jobs carry the mails about everything else: nothing but the figures tells of them."""

    @pytest.fixture(autouse=True)
    def _no_jobs(self) -> None:
        """None of other tests."""
        sql("DELETE FROM procrastinate_jobs; DELETE FROM procrastinate_workers")

    @pytest.mark.parametrize(
        ("status", "scheduled", "age"),
        [
            ("todo", None, 400),
            ("doing", None, 400),
            ("todo", -60, 60),
            ("doing", -60, 60),
            ("todo", 60, 0),
            ("failed", None, 0),
            ("cancelled", None, 0),
            ("aborted", None, 0),
        ],
    )
    def test_one_that_is_due_ages_until_it_is_done(
        self, client: Client, status: str, scheduled: int | None, age: int
    ) -> None:
        job = app.configure_task("tell_critical").defer()
        sql("UPDATE procrastinate_events SET at = now() - interval '400 s'")
        sql(
            "UPDATE procrastinate_jobs SET status = %s, scheduled_at = now() + make_interval(secs => %s) WHERE id = %s",
            *(status, scheduled, job),
        )
        assert age <= figures(client)["edubot_jobs_oldest_seconds",] < age + 30

    def test_the_oldest_of_several_tells_the_age(self, client: Client) -> None:
        app.configure_task("tell_critical").defer()
        sql("UPDATE procrastinate_events SET at = now() - interval '100 s'")
        app.configure_task("tell_critical").defer()
        assert 100 <= figures(client)["edubot_jobs_oldest_seconds",] < 130

    def test_one_that_failed_counts_for_a_day_or_until_somebody_has_settled_it(self, client: Client) -> None:
        jobs = [app.configure_task("tell_critical").defer() for _ in range(3)]
        sql("UPDATE procrastinate_jobs SET status = 'doing'")
        sql("UPDATE procrastinate_jobs SET status = 'failed'")
        assert figures(client)["edubot_jobs_failed",] == 3
        sql("UPDATE procrastinate_events SET at = now() - interval '25 h' WHERE job_id = %s", jobs[0])
        sql("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE id = %s", jobs[1])
        assert asked_anew(client)["edubot_jobs_failed",] == 1
        sql("UPDATE procrastinate_jobs SET status = 'todo' WHERE id = %s", jobs[2])
        assert asked_anew(client)["edubot_jobs_failed",] == 0

    def test_their_runner_gives_signs_of_life_of_its_own(self, client: Client) -> None:
        Heartbeat.objects.create(name="worker-1", seen_at=timezone.now())
        assert figures(client)["edubot_jobs_heartbeat_seconds",] == float("inf")
        for seconds in (500, 20):
            sql(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))", seconds
            )
        assert 20 <= asked_anew(client)["edubot_jobs_heartbeat_seconds",] < 50


def sql(statement: str, *values: str | int | None) -> None:
    """Have the database do something."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def asked_anew(client: Client) -> dict[tuple[str, ...], float]:
    """The figures of this very moment."""
    health._figures.forget()
    return figures(client)


def test_operators_are_told_of_figures_that_there_are() -> None:
    watching = (CHECKOUT / "docs" / "operations.md").read_text().partition("## Watching")[2].partition("\n## ")[0]
    told = set(re.findall(r"\bedubot_\w+", watching))
    sources = "".join(path.read_text() for path in (CHECKOUT / "edubot" / "metrics").glob("*.py"))
    there = set(re.findall(r'"(edubot_\w+)"', sources))
    assert {name.removesuffix("_total") for name in told} <= there
    assert {name for name in there if "_jobs_" in name} <= told


def test_a_service_that_says_nothing_at_all_is_alerted_of() -> None:
    """It is scraped under the name by which the rule asks for it; without a value no other part of the rule speaks."""
    page = " ".join((CHECKOUT / "docs" / "operations.md").read_text().split())
    (name,) = re.findall(r"- job_name: (\w+)", page)
    (rule,) = re.findall(r"- alert: Edubot .*? expr: (.*?) Its first line", page)
    assert {f'up{{job="{name}"}} == 0', "absent(edubot_database_up)"} < set(rule.split(" or "))
