"""Django's side of the embedded server: the backend `edubot.db_embedded`."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker, Settings

from edubot.postgres import Connection
from tests.edubot.postgres.members import Join, ask

pytestmark = pytest.mark.processes


@pytest.fixture
def backend(shared: Path, join: Join, settings: Settings) -> BaseDatabaseWrapper:
    """A Django connection of its own, to a database that does not exist yet."""
    settings.EMBEDDED_POSTGRES_DIR = shared
    name = f"edubot_{secrets.token_hex(4)}"
    return ConnectionHandler({"default": {"ENGINE": "edubot.db_embedded", "NAME": name}})["default"]


def test_nothing_is_started_before_django_connects(
    backend: BaseDatabaseWrapper, directory: Path, settings: Settings
) -> None:
    settings.EMBEDDED_POSTGRES_DIR = directory
    assert backend.vendor == "postgresql"
    assert not directory.exists()
    backend.get_connection_params()
    assert directory.exists()


def test_the_parameters_alone_lead_to_a_database_that_was_missing(backend: BaseDatabaseWrapper) -> None:
    """Procrastinate connects so, with psycopg and without Django."""
    params = backend.get_connection_params()
    address = Connection(host=params["host"], port=params["port"], user=params["user"], dbname=params["dbname"])
    assert ask(address, "SELECT current_database()") == backend.settings_dict["NAME"]


def test_the_maintenance_database_is_there_for_the_test_runner(
    backend: BaseDatabaseWrapper, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), backend._nodb_cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [backend.settings_dict["NAME"]])
        assert cursor.fetchone() == (0,)


def test_dbshell_opens_the_database_with_the_bundled_psql(
    backend: BaseDatabaseWrapper, capfd: pytest.CaptureFixture[str]
) -> None:
    backend.get_connection_params()
    backend.client.runshell(["-Atc", "SELECT current_database()"])
    assert capfd.readouterr().out.strip() == backend.settings_dict["NAME"]
