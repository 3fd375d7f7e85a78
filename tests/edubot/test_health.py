"""Signs of life: for load balancers, which come over http and with an address as host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from conversations.models import Heartbeat
from edubot import health

pytestmark = pytest.mark.django_db


def heartbeat(*, seconds_ago: float) -> None:
    Heartbeat.objects.create(name="worker-1", seen_at=Now() - timedelta(seconds=seconds_ago))


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The network's part of a database that is away: connections are refused."""

    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", refuse)
        yield


@pytest.fixture
def migrations_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health._Migrations, "applied", False)


def test_a_process_that_answers_is_live(client: Client) -> None:
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.usefixtures("no_database")
def test_a_process_is_live_without_a_database(client: Client) -> None:
    assert client.get("/health/live").status_code == 200


def test_ready_tells_of_every_part(client: Client) -> None:
    heartbeat(seconds_ago=1)
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "migrations": "ok", "worker": "ok"}


def test_a_stale_worker_is_told_but_webhooks_can_still_be_stored(client: Client) -> None:
    heartbeat(seconds_ago=16)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["worker"]) == (200, "stale")


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("path", ["/health/ready", "/health/worker"])
def test_a_database_that_is_away_is_named(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["database"]) == (503, "unreachable")


@pytest.mark.usefixtures("migrations_unknown")
def test_a_migration_that_is_not_applied_is_named_until_it_is(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'edubot' RETURNING name, applied")
        name, applied = cursor.fetchone()
        answer = client.get("/health/ready")
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('edubot', %s, %s)", [name, applied])
    assert (answer.status_code, answer.json()["migrations"]) == (503, "pending")
    assert client.get("/health/ready").status_code == 200


@pytest.mark.parametrize(("seconds_ago", "status"), [(1, 200), (14, 200), (16, 503)])
def test_a_worker_is_alive_for_15_seconds_after_its_heartbeat(client: Client, seconds_ago: int, status: int) -> None:
    heartbeat(seconds_ago=seconds_ago)
    assert client.get("/health/worker").status_code == status


def test_without_any_worker_the_worker_is_down(client: Client) -> None:
    answer = client.get("/health/worker")
    assert (answer.status_code, answer.json()["worker"]) == (503, "stale")


@pytest.mark.parametrize("path", [path for path in health.VIEWS if path.startswith("/health/")])
def test_probes_meet_no_host_check_and_no_redirect(client: Client, settings: Settings, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    heartbeat(seconds_ago=0)
    answer = client.get(path, headers={"host": "10.1.2.3:9999"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", list(health.VIEWS))
def test_probes_only_look(client: Client, path: str) -> None:
    answer = client.post(path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
