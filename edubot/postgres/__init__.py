"""The embedded PostgreSQL: a real server from a pip wheel, shared by all commands that use one data directory.

Theory of operation
-------------------
There is no supervisor. The commands (web, worker, tests, shell) are equals: each calls `join` before it connects. What
they have to agree on is carried by the kernel's file locks, on two files in the server's directory.

`members.lock`  Held shared by every process that uses the server, for as long as it lives; the kernel lets go of it
                however the process ends. Whoever leaves lets go of it, then tries to get it exclusively: who succeeds
                was the last and stops the server, while newcomers wait for the lock. Letting go comes first, so that
                of two who leave together at least one finds it free.
`start.lock`    Held exclusively from "is it running?" to "it accepts connections". Of four first commands one
                initialises and starts the server; three wait and find it running.

After a kill -9 of a member its lock is gone and the server is still there. Nothing has to be cleaned up: the next
command joins it like any other, and stops it if it is the last. After a kill -9 of the server every member finds it
gone at its next `join`, and one of them starts it again: that is why `join` looks each time.

A lock belongs to an open file, and a fork shares open files: a child would have no lock of its own and lean on its
parent's. So a child forgets its parent's memberships (closing its copy of the file leaves the parent's lock alone;
unlocking it would not) and joins for itself when it first connects.

A process that ends in order leaves: at its exit, which SIGTERM leads to as well (`manage.py`), and a web process when
it has answered its last request (`edubot.server.life`). From then on it joins nothing any more.

What is subtle about one server (a recorded process number that belongs to somebody else by now, a predecessor that is
not quite dead) is told in `server`; which user runs it, and where, in `place`.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from edubot.postgres import server
from edubot.postgres.errors import EmbeddedPostgresError
from edubot.postgres.place import LOCK, Place, prepare
from edubot.postgres.programs import program
from edubot.postgres.server import Connection

__all__ = ["Connection", "EmbeddedPostgresError", "join", "leave", "leave_for_good", "program"]


_ENDINGS = (signal.SIGINT, signal.SIGTERM)


class _Membership(NamedTuple):
    place: Place
    lock: int  # the open file that holds members.lock


class _Memberships:
    """What this process has joined."""

    def __init__(self) -> None:
        self.guard = threading.RLock()
        self.held: dict[Path, _Membership] = {}
        self.over = False

    def forget(self) -> None:
        """In a forked child: the locks are the parent's, and the guard may have been held by one of its threads."""
        for membership in self.held.values():
            os.close(membership.lock)
        self.guard = threading.RLock()
        self.held = {}


_memberships = _Memberships()
os.register_at_fork(after_in_child=_memberships.forget)


def join(directory: Path) -> Connection:
    """Make sure that the server of `directory` runs, and keep it running as long as this process lives.

    Returns what psycopg needs to connect to its maintenance database. The first call initialises and starts the server
    where nobody else has (seconds); later ones cost a look at its process. Safe in threads and after a fork.
    `EmbeddedPostgresError` where the server cannot be had.
    """
    with _memberships.guard:
        if _memberships.over:
            raise EmbeddedPostgresError("This process is ending and uses the embedded database no more.")
        membership = _memberships.held.get(directory) or _become_member(directory)
        if not server.is_ready(membership.place):
            with _undisturbed(), _start_lock(membership.place):
                server.ensure_running(membership.place)
        return server.connection(membership.place)


def leave(*directories: Path) -> None:
    """Let go of the servers of these directories, or of all this process has joined; stop those nobody else uses."""
    with _memberships.guard:
        for directory in directories or tuple(_memberships.held):
            place, lock = _memberships.held.pop(directory)
            try:
                fcntl.flock(lock, fcntl.LOCK_UN)
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                server.stop(place)
            except BlockingIOError:
                pass  # others go on using it
            finally:
                os.close(lock)


@atexit.register
def leave_for_good() -> None:
    """Leave, and join nothing any more: a thread that still works would start a server which nobody stops."""
    with _memberships.guard:
        _memberships.over = True
        leave()


def _become_member(directory: Path) -> _Membership:
    place = prepare(directory)
    membership = _Membership(place, _open(place, LOCK))
    fcntl.flock(membership.lock, fcntl.LOCK_SH)  # waits while the last member stops the server
    _memberships.held[directory] = membership
    return membership


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off what tells this process to end: of a server whose start is interrupted nobody knows that it is to be
    stopped. Only the main thread is interrupted; others are waited for by whoever leaves.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told: list[int] = []
    before = {number: signal.signal(number, lambda which, _: told.append(which)) for number in _ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for which in told:
            signal.raise_signal(which)


@contextmanager
def _start_lock(place: Place) -> Iterator[None]:
    lock = _open(place, "start.lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)  # closing would not do: another thread may just have forked a copy
        os.close(lock)


def _open(place: Place, name: str) -> int:
    try:
        lock = os.open(place.home / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"{place.home / name} cannot be opened ({error.strerror}): end all commands that use the embedded database "
            "and try again."
        ) from error
    if place.account:
        os.fchown(lock, place.account.uid, place.account.gid)
    return lock
