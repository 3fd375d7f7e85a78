"""Directories for servers, and members of them."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from edubot import postgres
from tests.edubot.postgres.members import Join, Member, NewMember, is_server, server_of


@pytest.fixture
def ground() -> Iterator[Path]:
    """A fresh directory. Not pytest's own: that one is closed to the user who runs the server where we are root."""
    with tempfile.TemporaryDirectory(prefix="ground-") as name:
        ground = Path(name).resolve()
        ground.chmod(0o755)
        yield ground
        for record in ground.rglob("postmaster.pid"):  # what a failed test leaves behind
            if is_server(pid := server_of(record.parents[1])):
                os.kill(pid, signal.SIGQUIT)


@pytest.fixture
def directory(ground: Path) -> Path:
    """The place of a server that does not exist yet."""
    return ground / "var" / "postgres"


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """What initdb makes, once: it takes longer than most of these tests."""
    with tempfile.TemporaryDirectory(prefix="template-") as name:
        Path(name).chmod(0o755)
        Member(Path(name) / "postgres").wait_until_joined().leave()
        yield Path(name) / "postgres" / "data"


@pytest.fixture
def used(directory: Path, template: Path) -> Path:
    """The place of a server that has run before, and is stopped."""
    shutil.copytree(template, directory / "data")
    return directory


@pytest.fixture
def join(monkeypatch: pytest.MonkeyPatch) -> Iterator[Join]:
    """`join` of this process, apart from what the suite itself has joined; left when the test ends."""
    monkeypatch.setattr(postgres, "_memberships", postgres._Memberships())
    yield postgres.join
    postgres.leave()


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """The directory of one running server, for tests that leave it as it is."""
    with tempfile.TemporaryDirectory(prefix="shared-") as name:
        Path(name).chmod(0o755)
        with Member(Path(name) / "postgres").wait_until_joined().process:
            yield Path(name) / "postgres"


@pytest.fixture
def member() -> Iterator[NewMember]:
    """Starts other processes; those still there when the test ends leave then."""
    with ExitStack() as at_the_end:

        def start(directory: Path, **options: Any) -> Member:
            member = Member(directory, **options)
            at_the_end.enter_context(member.process)
            return member

        yield start
