"""Other processes that share a server, and questions about servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import LiteralString

import psycopg

from edubot.postgres import Connection, processes
from edubot.postgres.processes import Account

CHECKOUT = Path(__file__).resolve().parents[3]
ROOT = os.geteuid() == 0
ACCOUNT = Account.unprivileged() if ROOT else None
MEMBER = """
import sys
from pathlib import Path
from edubot.postgres import join
print(join(Path(sys.argv[1]))["host"], flush=True)
sys.stdin.read()
"""
FORKING_MEMBER = """
import os, sys
from pathlib import Path
from edubot.postgres import join
join(Path(sys.argv[1]))
child_has_joined, say_so = os.pipe()
if os.fork():
    os.read(child_has_joined, 1)
    sys.exit()
print(join(Path(sys.argv[1]))["host"], flush=True)
os.write(say_so, b"!")
sys.stdin.read()
"""
Join = Callable[[Path], Connection]
NewMember = Callable[..., "Member"]


class Member:
    """Another process that has joined the server of a directory and stays until it is told to leave."""

    def __init__(self, directory: Path, *, script: str = MEMBER, uid: int | None = None) -> None:
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", script, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(CHECKOUT), *sys.path])},
            start_new_session=True,
            user=uid,
            group=uid,
            extra_groups=None if uid is None else (),
        )

    def wait_until_joined(self) -> Member:
        assert self.process.stdout
        assert self.process.stdout.readline()
        return self

    def leave(self) -> str:
        """End in good order, and return what it had to complain about."""
        return self.process.communicate(timeout=60)[1]

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        os.killpg(self.process.pid, number)
        self.process.communicate(timeout=60)


def server_of(directory: Path) -> int:
    """The process number of the server of `directory`."""
    return int((directory / "data" / "postmaster.pid").read_bytes().split()[0])


def is_server(pid: int) -> bool:
    return "postgres -D" in processes.command_line(pid)


def kill_server_of(directory: Path) -> int:
    os.kill(pid := server_of(directory), signal.SIGKILL)
    assert eventually(lambda: not is_server(pid))
    return pid


def log_of(directory: Path) -> str:
    return "".join(file.read_text() for file in (directory / "log").iterdir())


def ask(connection: Connection, question: LiteralString) -> object:
    with psycopg.connect(**connection) as session:
        row = session.execute(question).fetchone()
    return row and row[0]


def eventually(is_true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return is_true()
