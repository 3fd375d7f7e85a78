"""What kind of server it is."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.edubot.postgres.members import Join, eventually, log_of

pytestmark = pytest.mark.processes


def test_it_is_durable_private_and_the_same_on_every_machine(shared: Path, join: Join) -> None:
    with psycopg.connect(**join(shared)) as session:
        row = session.execute(
            "SELECT current_setting('fsync'), current_setting('listen_addresses'), current_setting('server_encoding'),"
            " current_setting('TimeZone'), lower('ÄÑ'), current_setting('max_connections')::int >= 200"
        ).fetchone()
    assert row == ("on", "", "UTF8", "UTC", "äñ", True)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o700


def test_a_deadlock_shows_in_the_log_but_nothing_that_people_wrote(shared: Path, join: Join) -> None:
    server = join(shared)
    with psycopg.connect(**server) as one, psycopg.connect(**server) as other:
        one.execute("SELECT pg_advisory_xact_lock(1)")
        other.execute("SELECT pg_advisory_xact_lock(2)")
        one.pgconn.send_query(b"SELECT pg_advisory_xact_lock(2), 'a confession'")
        with suppress(psycopg.errors.DeadlockDetected):  # one of the two
            other.execute("SELECT pg_advisory_xact_lock(1), 'a confession'")
        one.pgconn.finish()
    assert eventually(lambda: "deadlock detected" in log_of(shared))
    assert "confession" not in log_of(shared)
