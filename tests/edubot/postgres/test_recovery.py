"""What may have happened before: kills, interruptions, other versions."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest

from edubot.postgres import EmbeddedPostgresError
from tests.edubot.postgres.members import ACCOUNT, Join, NewMember, ask, eventually, kill_server_of

pytestmark = pytest.mark.processes


def test_a_killed_server_is_started_again_with_all_it_had_promised(used: Path, join: Join) -> None:
    with psycopg.connect(**join(used)) as session:
        session.execute("CREATE TABLE promise AS SELECT 'kept' AS word")
    kill_server_of(used)
    assert ask(join(used), "SELECT word FROM promise") == "kept"


def test_a_recorded_process_number_that_somebody_else_has_by_now_is_not_believed(used: Path, join: Join) -> None:
    join(used)
    pid = kill_server_of(used)
    with subprocess.Popen(["/bin/sleep", "60"], user=ACCOUNT.uid if ACCOUNT else None) as stranger:
        record = used / "data" / "postmaster.pid"
        record.write_text(record.read_text().replace(str(pid), str(stranger.pid), 1))
        assert ask(join(used), "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.kill()


def test_an_interrupted_initialisation_is_begun_anew(directory: Path, join: Join, member: NewMember) -> None:
    interrupted = member(directory)
    assert eventually(lambda: any(directory.glob("data.new-*/base")))
    interrupted.kill()
    assert not (directory / "data").exists()
    assert ask(join(directory), "SELECT 1") == 1


def test_data_of_another_major_version_is_refused_by_name(used: Path, join: Join) -> None:
    (used / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedPostgresError, match="was made by PostgreSQL 15 and cannot be read by PostgreSQL 18"):
        join(used)


def test_a_server_that_cannot_start_says_why(used: Path, join: Join) -> None:
    (used / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match=r"did not start .*contains errors"):
        join(used)
