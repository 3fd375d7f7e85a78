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


def manage(*command: str, service: programs.Address, owner: programs.Address) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  (our own commands)
        [sys.executable, "manage.py", *command],
        cwd=CHECKOUT,
        env=environment(DATABASE_URL=programs.url(service), MIGRATE_DATABASE_URL=programs.url(owner)),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", [("migrate", "--noinput"), ("backup", "never.edubot")])
def test_an_owner_who_may_not_log_in_is_told_of_in_one_sentence(
    command: tuple[str, ...], owners: programs.Address
) -> None:
    done = manage(*command, "--skip-checks", service=owners, owner={**owners, "user": "nobody_of_this_name"})
    assert done.returncode == 1
    assert "correct MIGRATE_DATABASE_URL" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_release_changes_tables_and_the_service_cannot(owners: programs.Address, service: programs.Address) -> None:
    done = manage("migrate", "--noinput", "-v0", service=service, owner=owners)
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
