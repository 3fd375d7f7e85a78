"""One PostgreSQL server: initialise its data, start it, find it, stop it."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple, TypedDict

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from edubot.postgres.errors import EmbeddedPostgresError
from edubot.postgres.place import PORT, Place
from edubot.postgres.processes import PATIENCE, command_line, reason, run
from edubot.postgres.programs import Programs, runnable_by

_SETTINGS = {
    "listen_addresses": "",  # the socket alone, in a directory closed to others
    "port": str(PORT),
    "max_connections": "200",
    # A small machine: 512 MiB for the whole product.
    "shared_buffers": "64MB",
    "io_method": "sync",
    "jit": "off",
    "random_page_cost": "1.1",  # pages come from memory or an SSD: a look at an index is cheap
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "max_logical_replication_workers": "0",
    # A new table grows a hundredfold in a minute: prepared statements are planned anew when its figures are.
    "autovacuum_naptime": "15s",
    # Files in the data directory: /dev/shm is tiny in containers, and logind empties it when the user logs out.
    "dynamic_shared_memory_type": "mmap",
    # A message that was answered 200 is never lost.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    # One file for each day of the week, overwritten a week later.
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %e %a ",
    # Deadlocks and long waits show as a line each. Statements and details never do: they hold what people wrote.
    "log_lock_waits": "on",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
_INITDB = (
    *("--username=postgres", "--auth-local=trust", "--auth-host=reject"),
    *(
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ),  # on a bare machine too
)
# The shell ends at once and leaves the server to init, so that we never have a child to wait for.
_IN_BACKGROUND = ("/bin/sh", "-c", 'log=$1; shift; "$@" >"$log" 2>&1 & echo $!', "sh")
_PAUSE = 0.02  # seconds between two looks at the server

logger = logging.getLogger(__name__)


class Connection(TypedDict):
    """What psycopg needs to connect to the server's maintenance database."""

    host: str
    port: int
    user: str
    dbname: str


class _Record(NamedTuple):
    """What postmaster.pid says: true of the last server, which may be long dead."""

    pid: int
    status: str


def connection(place: Place) -> Connection:
    """How to connect to the server of `place`."""
    return Connection(host=str(place.sockets), port=PORT, user="postgres", dbname="postgres")


def is_ready(place: Place) -> bool:
    """Whether the server of `place` runs and accepts connections, as far as can be told without asking it."""
    record = _record(place)
    return record is not None and record.status == "ready" and _is_postmaster(record.pid, place)


def ensure_running(place: Place) -> None:
    """Return when the server of `place` accepts connections; initialise and start it where that is needed.

    One caller at a time: hold the start lock. `EmbeddedPostgresError` where it fails or takes longer than `PATIENCE`.
    """
    deadline = time.monotonic() + PATIENCE
    launched = None
    while (answer := _ask(place)) != Ping.OK:
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"PostgreSQL in {place.home} (process {_postmaster(place) or 'unknown'}) accepts no connection: "
                "read start.log and the newest file of log/ there, and end it or try again."
            )
        if answer == Ping.NO_RESPONSE and not _postmaster(place) and not (launched and command_line(launched)):
            # A start that failed beside the record of an older server met that one's last processes: try again.
            if launched and not _record(place):
                raise EmbeddedPostgresError(
                    f"PostgreSQL did not start ({_last_words(place)}): read {place.logs} and mend what it names."
                )
            launched = _launch(place)
        time.sleep(_PAUSE)


def stop(place: Place) -> None:
    """Stop the server of `place`, if one runs, and wait until it is gone. Open transactions are rolled back."""
    pid = _postmaster(place)
    if pid is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)  # "fast": does not wait for clients to leave
    deadline = time.monotonic() + PATIENCE
    while _is_postmaster(pid, place):
        if time.monotonic() > deadline:
            logger.warning("The embedded PostgreSQL is still stopping", extra={"server_pid": pid})
            return
        time.sleep(_PAUSE)
    if place.sockets != place.home:
        with contextlib.suppress(OSError):
            place.sockets.rmdir()


def _ask(place: Place) -> Ping:
    """What a client would hear. A server known to be starting or stopping is not asked: it logs each such call."""
    record = _record(place)
    if record and record.status != "ready" and _is_postmaster(record.pid, place):
        return Ping.REJECT
    return Ping(PGconn.ping(make_conninfo(**connection(place), connect_timeout=5).encode()))


def _launch(place: Place) -> int:
    """Start the server and return its process number, without waiting for it."""
    programs = runnable_by(place.account)
    _ensure_initialised(place, programs)
    for leftover in place.sockets.glob(".s.PGSQL.*"):
        leftover.unlink()
    sockets = str(place.sockets).replace('"', '""')
    settings = _SETTINGS | {"unix_socket_directories": f'"{sockets}"', "log_directory": str(place.logs)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    # PostgreSQL takes any live process with the recorded number for its predecessor, except its own grandparent. We
    # know better whose number it is. Its other protection, a look at who still uses the old shared memory, stays on.
    record = _record(place)
    stale = {"PG_GRANDPARENT_PID": str(record.pid)} if record and not _is_postmaster(record.pid, place) else {}
    command: list[str | Path] = [programs.directory / "postgres", "-D", place.data, *options]
    pid = int(run([*_IN_BACKGROUND, place.home / "start.log", *command], place.account, **stale).stdout)
    logger.info("Started the embedded PostgreSQL", extra={"directory": str(place.home), "server_pid": pid})
    return pid


def _ensure_initialised(place: Place, programs: Programs) -> None:
    """Have the data directory made by initdb, complete or not at all: beside its place, then renamed."""
    version = place.data / "PG_VERSION"
    if version.exists():
        _check_version(place, version.read_text().strip(), programs.major)
        return
    for interrupted in place.home.glob("data.new-*"):
        shutil.rmtree(interrupted, ignore_errors=True)
    # A name of its own: an initdb whose parent was killed goes on for a while in the old one.
    draft = place.home / f"data.new-{secrets.token_hex(4)}"
    try:
        run([programs.directory / "initdb", "-D", draft, *_INITDB], place.account).check_returncode()
        draft.rename(place.data)
        _sync(place.home)
    except (subprocess.SubprocessError, OSError) as error:
        raise EmbeddedPostgresError(
            f"The embedded database could not be created in {place.home} ({reason(error)}): "
            "mend that and try again, or set DATABASE_URL."
        ) from error


def _sync(directory: Path) -> None:
    """Make a renaming in `directory` survive a power failure."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _check_version(place: Place, found: str, ours: str) -> None:
    if found != ours:
        raise EmbeddedPostgresError(
            f"{place.data} was made by PostgreSQL {found} and cannot be read by PostgreSQL {ours}: "
            f"dump it with version {found}, or move the directory away to begin anew."
        )


def _postmaster(place: Place) -> int | None:
    """The process number of the running server of `place`, None where none runs."""
    record = _record(place)
    return record.pid if record and _is_postmaster(record.pid, place) else None


def _is_postmaster(pid: int, place: Place) -> bool:
    """Whether `pid` is a postgres of this very directory; after a kill -9 or a reboot it may be anybody."""
    return f"postgres -D {place.data} " in command_line(pid)


def _record(place: Place) -> _Record | None:
    """The first and the eighth line of postmaster.pid: number and status."""
    try:
        lines = (place.data / "postmaster.pid").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return None
    pid, *others = lines or ["0"]
    return _Record(int(pid) if pid.isdecimal() else 0, status="".join(others[6:7]).strip())


def _last_words(place: Place) -> str:
    """Why the server gave up, as far as it said so before its log was open."""
    try:
        lines = (place.home / "start.log").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        lines = []
    return next((line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line), "no reason given")
