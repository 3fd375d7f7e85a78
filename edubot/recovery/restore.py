"""Putting a backup back: in one transaction, with sending shut."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import IO

import psycopg
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from conversations import aftermath
from edubot.recovery import archive, dump, programs
from edubot.recovery.archive import Manifest
from edubot.recovery.errors import RecoveryError

_HEADER = 60  # lines at the beginning of a dump in which settings stand
_LOCKED_OUT = "30s"  # who still works with the old tables must not hold us up for ever


def check_version(manifest: Manifest) -> None:
    """Raise RecoveryError for a backup whose tables this EduBot does not know: it was made by a newer one."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations or {}}
    if foreign := sorted(set(manifest.migrations) - known):
        raise RecoveryError(
            f"This backup was made by another EduBot (migrations {', '.join(foreign[:3])} are unknown here): "
            "restore it with the version and settings that made it."
        )


def check_target(address: programs.Address, *, replace: bool) -> None:
    """Raise RecoveryError when somebody is at work in the database, or it holds people and `replace` was not said."""
    with psycopg.connect(**address) as connection:  # type: ignore[arg-type]
        busy = connection.execute(_AT_WORK).fetchone()
        if busy and busy[0]:
            raise RecoveryError(f"{busy[0]} connections of web or worker processes are open: stop these first.")
        if not replace and _holds_data(connection):
            raise RecoveryError(
                "The database is not empty. --replace-everything deletes what is in it, for good; nothing was changed."
            )


_AT_WORK = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'edubot%'
"""


def _holds_data(connection: psycopg.Connection) -> bool:
    """Whether there is anything that migrations alone do not make: people, staff, or tables of somebody else's."""
    tables = {name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    if "django_migrations" not in tables:
        return bool(tables)
    return any(
        table in tables and connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table))).rowcount
        for table in ("auth_user", "conversations_contact", "conversations_inboxitem", "conversations_unreadablepost")
    )


def load(address: programs.Address, path: Path, manifest: Manifest, progress: Callable[[int], None]) -> None:
    """Replace the database at `address` by the backup; `progress` hears of the bytes read.

    One transaction: it ends with the backup in place and sending shut, or with nothing changed and a RecoveryError.
    """
    archive.check(path, manifest, lambda _done: None)
    shut = aftermath.shut_sql(manifest.moment, nothing_newer=True)
    psql: list[str | Path] = [
        *(programs.newest("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
        *("--set=VERBOSITY=terse", f"--command={_CLEAR}", "--file=-", f"--command=SET search_path = public; {shut}"),
    ]
    _pipe(_heard(archive.read_dump(path), progress), psql, programs.environment(address))


_CLEAR = f"""
SET lock_timeout = '{_LOCKED_OUT}'; SET client_min_messages = warning;
DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;
"""
_UNPACK = ("--no-owner", "--no-privileges", "--no-comments", "--file=-")


def _heard(pieces: Iterable[bytes], progress: Callable[[int], None]) -> Iterator[bytes]:
    done = 0
    for piece in pieces:
        yield piece
        done += len(piece)
        progress(done)


def _pipe(pieces: Iterable[bytes], psql: Sequence[str | Path], environment: dict[str, str]) -> None:
    """The archive through pg_restore, which makes SQL of it, into psql. Raises RecoveryError when any of them fails."""
    unpack: list[str | Path] = [programs.newest("pg_restore"), *_UNPACK]
    with tempfile.TemporaryFile() as said:
        target = subprocess.Popen(  # noqa: S603  (PostgreSQL's own, as below)
            psql, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        )
        source = subprocess.Popen(  # noqa: S603
            unpack, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
        )
        forward = Thread(target=_forward, args=(source, target))
        forward.start()
        try:
            _feed(pieces, source)
        except BaseException:
            target.kill()  # what it has got so far must not be committed
            raise
        finally:
            _close(source.stdin)
            forward.join()
            codes = (source.wait(), target.wait())
        if any(codes):
            said.seek(0)
            raise RecoveryError(
                f"The backup could not be restored, nothing was changed: {programs.complaint(said.read())}"
            )


def _feed(pieces: Iterable[bytes], source: subprocess.Popen[bytes]) -> None:
    with suppress(BrokenPipeError):  # its exit code says that it ended before its time
        for piece in pieces:
            _pipe_of(source.stdin).write(piece)


def _forward(source: subprocess.Popen[bytes], target: subprocess.Popen[bytes]) -> None:
    """From pg_restore to psql, which commits when its input ends: so the end is told only of a whole archive."""
    try:
        sql_lines, into = _pipe_of(source.stdout), _pipe_of(target.stdin)
        into.writelines(line for line in islice(sql_lines, _HEADER) if not line.startswith(_TOO_NEW))
        shutil.copyfileobj(sql_lines, into, archive.CHUNK)
    except BrokenPipeError:
        source.kill()
    if source.wait():
        target.kill()
    for stream in (source.stdout, target.stdin):
        _close(stream)


_TOO_NEW = b"SET transaction_timeout"  # a setting of PostgreSQL 17, at its default; older servers refuse it


def _pipe_of(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101  (opened as a pipe)
    return stream


def _close(stream: IO[bytes] | None) -> None:
    with suppress(BrokenPipeError):
        _pipe_of(stream).close()


@contextmanager
def scratch(address: programs.Address) -> Iterator[programs.Address]:
    """An empty database beside ours, dropped afterwards. Raises RecoveryError where we may not make one."""
    name = f"{str(address['dbname'])[:40]}_scratch_{uuid.uuid4().hex[:12]}"  # PostgreSQL keeps 63 bytes of a name
    try:
        _administer(address, sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'"), name)
    except psycopg.Error as error:
        raise RecoveryError(
            "No scratch database could be made: this database user may not. Name an empty one with --scratch."
        ) from error
    try:
        yield {**address, "dbname": name}
    finally:
        _administer(address, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)


@contextmanager
def lent(address: programs.Address) -> Iterator[programs.Address]:
    """A database that somebody named as scratch: empty before, or RecoveryError, and empty again afterwards."""
    check_target(address, replace=False)
    try:
        yield address
    finally:
        with psycopg.connect(**address) as connection:  # type: ignore[arg-type]
            connection.execute(_CLEAR)


def _administer(address: programs.Address, statement: sql.SQL, name: str) -> None:
    with psycopg.connect(**address, autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute(statement.format(sql.Identifier(name)))


def differences(address: programs.Address, manifest: Manifest) -> list[str]:
    """What came out of a backup other than it went in, in words; empty when all is there."""
    with psycopg.connect(**address) as connection:  # type: ignore[arg-type]
        found = dump.count(connection)
        broken = [what for what, query in WHOLE.items() if connection.execute(query).fetchone()]
    expected = manifest.rows | {name: found.get(name, 0) for name in (aftermath.GATES,)}  # the one row that is added
    return [
        *(f"{name}: {found.get(name, 0)} rows of {rows}" for name, rows in expected.items() if found.get(name) != rows),
        *broken,
    ]


WHOLE = {
    "a stored file is missing or cut": """
        SELECT f.id FROM conversations_mediafile f LEFT JOIN conversations_mediachunk c ON c.file_id = f.id
        GROUP BY f.id HAVING f.size <> COALESCE(sum(length(c.data)), 0) LIMIT 1""",
    "sending is not shut": """
        SELECT 1 WHERE NOT EXISTS (
            SELECT FROM conversations_gate WHERE name = 'paused' AND closed_until IS NULL)""",
    "a message is on its way": """
        SELECT id FROM conversations_message WHERE delivery_status IN ('queued', 'sending') LIMIT 1""",
}
