"""However the commands of a service are told to end: their server ends with the last of them."""

from __future__ import annotations

import signal
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest

from edubot import postgres
from edubot.postgres import EmbeddedPostgresError
from tests.edubot.postgres.members import Join
from tests.processes import Command, eventually, free_port, home, running, servers_in

pytestmark = pytest.mark.processes

WEB, WEB_OF_TWO, WORKER = ("web", "--processes", "1"), ("web", "--processes", "2"), ("worker",)
SHELL = (
    *("shell", "-v", "0", "-c"),
    "import threading; from django.db import connection; connection.connect(); threading.Event().wait()",
)


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """Everything of a service whose tables are made and of which nothing runs."""
    with home() as directory:
        with running("migrate", "--noinput", EDUBOT_VAR_DIR=str(directory), DATABASE_URL="") as migrating:
            assert migrating.process.wait(60) == 0, migrating.output
        assert servers_in(directory) == []
        yield directory


def begin(stack: ExitStack, var: Path, command: Sequence[str]) -> Command:
    """Start a command and wait until it, or a child of it, uses the server."""
    port = str(free_port())
    started = stack.enter_context(running(*command, EDUBOT_VAR_DIR=str(var), DATABASE_URL="", PORT=port))
    first = psutil.Process(started.process.pid)

    def uses_it() -> bool:
        if command[0] == "web":
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                pass
        with suppress(psutil.NoSuchProcess):  # a helper that is through
            family = (first, *first.children(recursive=True))
            return any(file.path.endswith("members.lock") for one in family for file in one.open_files())
        return False

    eventually(uses_it)
    return started


@pytest.mark.parametrize("command", [WEB, WEB_OF_TWO, WORKER, SHELL], ids=["web", "web-of-two", "worker", "shell"])
def test_a_command_that_is_told_to_end_takes_its_server_along(var: Path, command: Sequence[str]) -> None:
    with ExitStack() as stack:
        begin(stack, var, command).stop(signal.SIGTERM)
        assert servers_in(var) == []


def test_web_and_worker_that_end_in_the_same_moment_leave_no_server(var: Path) -> None:
    with ExitStack() as stack:
        ending = [begin(stack, var, command) for command in (WEB, WEB_OF_TWO, WORKER)]
        for one in ending:
            one.process.send_signal(signal.SIGTERM)
        for one in ending:
            one.process.wait(20)
        assert servers_in(var) == []


def test_the_last_to_end_stops_a_server_whose_others_were_killed(var: Path) -> None:
    with ExitStack() as stack:
        web, worker = (begin(stack, var, command) for command in (WEB, WORKER))
        worker.stop(signal.SIGKILL)
        assert len(servers_in(var)) == 1
        web.stop(signal.SIGTERM)
        assert servers_in(var) == []


def test_a_process_that_has_left_for_good_starts_no_server_again(used: Path, join: Join) -> None:
    join(used)
    postgres.leave_for_good()
    with pytest.raises(EmbeddedPostgresError, match="is ending"):
        join(used)
    assert servers_in(used.parent) == []
