"""Child processes of ours: watched and started again (`manage.py dev`), or kept for the time of a block."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError

from django.conf import settings

LEASH = "EDUBOT_LEASH"  # the variable that names the child's end of the pipe
GRACE = 10.0  # seconds between asking a process to end and ending it
LONGEST_PAUSE = 30.0  # seconds between restarts of a child that keeps dying
HEALTHY_AFTER = 10.0  # seconds of life after which a child's earlier deaths are forgotten


def process_name() -> str:
    """This process's name among those of the service, wherever they run."""
    return f"{socket.gethostname()}:{os.getpid()}"[:120]


def settle() -> None:
    """Say that start-up is over: what it has made stays, and is not looked through for garbage any more.

    Such a look takes 50 ms, in which everybody waits.
    """
    gc.collect()
    gc.freeze()


TERMINATED, INTERRUPTED = 143, 130  # exit codes, as a shell counts them
_asked_to_end: list[int] = []  # by which of them


def end_when_asked() -> None:
    """Let SIGTERM end this process by an exception, as Ctrl-C does: what is to be done at exit is done."""
    signal.signal(signal.SIGTERM, _end)
    # Ctrl-C keeps Python's own handler, by which asyncio knows that it may put its own in the place.
    sys.unraisablehook = _note


def _end(*_: object) -> None:
    _asked_to_end.append(TERMINATED)
    sys.exit(TERMINATED)


def _note(dropped: sys.UnraisableHookArgs) -> None:
    if dropped.exc_type is KeyboardInterrupt:
        _asked_to_end.append(INTERRUPTED)
    sys.__unraisablehook__(dropped)


def end_if_asked() -> None:
    """End where a signal came before and did not: Python drops an exception that is raised while something is freed.

    Call it when you listen to SIGTERM and SIGINT in a way of your own.
    """
    if _asked_to_end:
        sys.exit(_asked_to_end[0])


def follow_parent() -> None:
    """End this process soon after the one that started it, however that one ended.

    The parent alone holds the writing end of a pipe, so reading from it returns when the parent is gone: also after a
    kill -9, and on every Unix. Does nothing in a process that nobody put on a leash.
    """
    if leash := os.environ.pop(LEASH, ""):
        threading.Thread(target=_end_with, args=(int(leash),), daemon=True).start()


def _end_with(leash: int) -> None:
    os.read(leash, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Child:
    """One program, started again whenever it dies. `say(name, line)` gets each line that it prints."""

    name: str
    command: Sequence[str]
    say: Callable[[str, str], None]
    pass_fds: Sequence[int] = ()
    environment: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None
    _leash: int = -1
    _started: float = 0.0
    _pause: float = 0.0
    _due: float = 0.0

    def start(self) -> None:
        """Start the program, in a session of its own: Ctrl-C is for us to pass on."""
        theirs, self._leash = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603  (our own commands)
            self.command,
            env=os.environ | self.environment | {LEASH: str(theirs), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=(*self.pass_fds, theirs),
            start_new_session=True,
        )
        os.close(theirs)
        self._started = time.monotonic()
        threading.Thread(target=self._forward, args=(self._process,), daemon=True).start()

    def keep_alive(self) -> None:
        """Start the program again if it has died: at once the first time, then after growing pauses."""
        if self._process is not None and self._process.poll() is not None:
            self._note_death(self._process.returncode)
        if self._process is None and time.monotonic() >= self._due:
            self.start()

    def ask_to_end(self) -> None:
        """SIGTERM."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def end(self, seconds: float) -> None:
        """Wait that long for the program to end, then kill it."""
        if self._process is None:
            return
        try:
            self._process.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            self.say(self.name, "does not stop, so it is killed")
            self._process.kill()
            self._process.wait()
        os.close(self._leash)
        self._process = None

    def _note_death(self, code: int) -> None:
        lived = time.monotonic() - self._started
        self._pause = 0.0 if lived > HEALTHY_AFTER else min(max(1.0, self._pause * 2), LONGEST_PAUSE)
        self._due = time.monotonic() + self._pause
        self.say(self.name, f"ended with code {code}; it is started again" + _in_seconds(self._pause))
        os.close(self._leash)
        self._process = None

    def _forward(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            self.say(self.name, line.rstrip("\n"))


def supervise(children: Sequence[Child]) -> None:
    """Keep the children alive until SIGINT, SIGTERM or SIGHUP, then end them all."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    end_if_asked()
    try:
        while not stop.wait(0.2):
            for child in children:
                child.keep_alive()
    finally:
        for child in children:
            child.ask_to_end()
        deadline = time.monotonic() + GRACE
        for child in children:
            child.end(deadline - time.monotonic())


class NotReadyError(Exception):
    """Something that should have come about did not, in good time."""


def eventually(probe: Callable[[], object], what: str, seconds: float) -> None:
    """Wait until `probe` says yes. Raises NotReadyError, naming `what`."""
    deadline = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > deadline:
            raise NotReadyError(f"{what}: not within {seconds:.0f} s")
        threading.Event().wait(0.02)


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], log: Path, pass_fds: Sequence[int] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A program with just this environment until the end of the block, and no longer than we live; it writes `log`."""
    theirs, leash = os.pipe()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as lines:
        started = subprocess.Popen(  # noqa: S603  (our own commands)
            command,
            cwd=settings.BASE_DIR,
            env={**environment, LEASH: str(theirs), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
            pass_fds=(*pass_fds, theirs),
            start_new_session=True,
        )
    os.close(theirs)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(GRACE)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
        os.close(leash)


def manage(*arguments: str, checkout: Path | None = None) -> list[str]:
    """The command line of one of our own management commands, wherever one stands; or of another checkout's."""
    return [sys.executable, str((checkout or settings.BASE_DIR) / "manage.py"), *arguments]


def _in_seconds(pause: float) -> str:
    return f" in {pause:.0f} s" if pause else ""


def is_ready(address: str) -> bool:
    """Whether the service at `address` answers and has a worker."""
    try:
        with urllib.request.urlopen(f"{address}/health/ready", timeout=5) as answer:  # noqa: S310  (our own)
            return bool(json.load(answer)["worker"] == "ok")
    except (URLError, TimeoutError, ConnectionError):
        return False
