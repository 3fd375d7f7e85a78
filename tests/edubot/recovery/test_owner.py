"""The service works as a user of the database who cannot change its tables (ASVS 13.2.2)."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from edubot import owner
from edubot.recovery import programs, restore
from tests.processes import CHECKOUT, environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture
def owners() -> Iterator[programs.Address]:
    """An empty database, as its owner reaches it."""
    with restore.scratch(owner.address()) as address:
        yield address


@pytest.fixture
def service(owners: programs.Address) -> Iterator[programs.Address]:
    """The same database as a user without any right of its own."""
    name, password = f"service_{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    with psycopg.connect(**owners, autocommit=True) as connection:  # type: ignore[arg-type]
        try:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), password))
        except psycopg.errors.InsufficientPrivilege:
            pytest.skip("this database user may not make another one")
        yield {**owners, "user": name, "password": password}
        connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_the_release_changes_tables_and_the_service_cannot(owners: programs.Address, service: programs.Address) -> None:
    addresses = {"DATABASE_URL": programs.url(service), "MIGRATE_DATABASE_URL": programs.url(owners)}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--noinput", "-v0"],
        cwd=CHECKOUT,
        env=environment(**addresses),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    with psycopg.connect(**service, autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute("INSERT INTO edubot_counter (key, value, expires_at) VALUES ('a', 1, now())")
        assert connection.execute("DELETE FROM edubot_counter").rowcount == 1
        for statement in (
            "DROP TABLE edubot_counter",
            "ALTER TABLE conversations_message DISABLE TRIGGER ALL",
            "TRUNCATE conversations_message",
            "CREATE TABLE mine (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
