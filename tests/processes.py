"""Starting the project's commands as real processes, and waiting for what they do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import psutil

from edubot.server.run import listen
from tests import log_scan

CHECKOUT = Path(__file__).resolve().parents[1]
T = TypeVar("T")


def eventually(probe: Callable[[], T], seconds: float = 30) -> T:
    """The first true value of `probe`, asked again and again. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := probe()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        threading.Event().wait(0.02)
    return value


def environment(**variables: str) -> dict[str, str]:
    """This process's environment with `variables` on top; an empty value takes one away."""
    merged = os.environ | variables
    return {name: value for name, value in merged.items() if value}


def free_port() -> int:
    """A port at which nobody listens."""
    with closing(listen("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Command:
    """A running `manage.py` command and what it has printed so far."""

    def __init__(self, arguments: Sequence[str], variables: Mapping[str, str], pass_fds: Sequence[int] = ()) -> None:
        self.output = ""
        self.process = subprocess.Popen(  # noqa: S603  (our own commands)
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=environment(**{"LOG_LEVEL": "INFO", **variables}),  # as operators have it
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=pass_fds,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as lines:
            for line in lines:
                self.output += line

    def says(self, text: str, seconds: float = 60) -> bool:
        """Wait until it has printed `text`; fails when it ends before, or does not."""

        def heard() -> bool:
            assert self.process.poll() is None or text in self.output, self.output
            return text in self.output

        return eventually(heard, seconds)

    def stop(self, signal_number: int, seconds: float = 20) -> tuple[int, float]:
        """Send a signal; the exit code and the seconds until the end."""
        began = time.monotonic()
        self.process.send_signal(signal_number)
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code, time.monotonic() - began


@contextmanager
def running(*arguments: str, pass_fds: Sequence[int] = (), **variables: str) -> Iterator[Command]:
    """`manage.py ARGUMENTS` with these environment variables; asked to end, then killed, if it is still there.

    What it has printed is looked at as the log is: nobody's number, word or token may stand in it.
    """
    command = Command(arguments, variables, pass_fds)
    try:
        yield command
    finally:
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            command.stop(signal.SIGTERM, seconds=15)
        command.process.kill()
        command.process.wait()
        command._reader.join(5)
        log_scan.heard(" ".join(arguments), command.output)


@contextmanager
def home() -> Iterator[Path]:
    """A directory for all that a service keeps, its PostgreSQL included, which must have stopped with the service.

    Not pytest's own: that one is closed to the user who runs the server where we are root.
    """
    with TemporaryDirectory(prefix="edubot-home-") as name:
        Path(name).chmod(0o711)
        try:
            yield Path(name)
        finally:
            left = servers_in(Path(name))
            for server in left:
                server.send_signal(signal.SIGQUIT)
            psutil.wait_procs(left, timeout=10)
        assert not left, f"PostgreSQL stayed behind: {left}"


def servers_in(directory: Path) -> list[psutil.Process]:
    """The PostgreSQL servers whose data lie below `directory`."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if f"-D {directory.resolve()}/" in " ".join(process.info["cmdline"] or ())
    ]
