"""Taking a backup while everything goes on: all of it is of one snapshot."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

from edubot.recovery import archive, programs
from edubot.recovery.archive import Manifest
from edubot.recovery.errors import RecoveryError

# Of this server and this hour: rate limits, signs of life, events (whose transaction numbers mean nothing elsewhere).
# Nobody stays logged in: who has logged out, or was shown the door, since the backup would be in again.
LEFT_OUT = (
    "conversations_heartbeat",
    "conversations_liveevent",
    "django_session",
    "edubot_counter",
    "support_tokenfamily",
)


def backup(address: programs.Address, path: Path, progress: Callable[[int], None]) -> Manifest:
    """Write the database at `address` to `path`; `progress` hears of the bytes. Raises RecoveryError."""
    try:
        with psycopg.connect(**address) as connection:  # type: ignore[arg-type]
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            snapshot, taken_at = _one(connection, "SELECT pg_export_snapshot(), statement_timestamp()")
            migrations = applied(connection)
            rows = count(connection)
            pieces = _heard(_dump(address, snapshot), progress)
            moment = taken_at.astimezone(UTC).isoformat()
            return archive.write(path, pieces, lambda sha256, size: Manifest(moment, migrations, rows, sha256, size))
    except psycopg.Error as error:
        raise RecoveryError(f"The database could not be read ({type(error).__name__}).") from error


def applied(connection: psycopg.Connection) -> list[str]:
    """The migrations of a database, as `app.name`."""
    found = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id").fetchall()
    return [name for (name,) in found]


def count(connection: psycopg.Connection) -> dict[str, int]:
    """How many rows each saved table holds."""
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s) ORDER BY 1",
        [list(LEFT_OUT)],
    ).fetchall()
    return {name: _one(connection, _COUNT.format(sql.Identifier(name)))[0] for (name,) in tables}


_COUNT = sql.SQL("SELECT count(*) FROM {}")


def size(connection: psycopg.Connection) -> int:
    """Bytes of the database's tables: more than a backup of it will have."""
    query = "SELECT COALESCE(sum(pg_table_size(c.oid)), 0)::bigint FROM pg_class c WHERE relkind = 'r'"
    return int(_one(connection, query)[0])


def _one(connection: psycopg.Connection, query: str | sql.Composed) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101  (each of these queries has exactly one)
    return row


def _heard(pieces: Iterator[bytes], progress: Callable[[int], None]) -> Iterator[bytes]:
    done = 0
    for piece in pieces:
        done += len(piece)
        progress(done)
        yield piece


def _dump(address: programs.Address, snapshot: str) -> Iterator[bytes]:
    left_out = [f"--exclude-table-data=public.{table}" for table in LEFT_OUT]
    command: list[str | Path] = [
        *(programs.newest("pg_dump"), "--format=custom", "--compress=gzip:6", "--no-owner", "--no-privileges"),
        *(f"--snapshot={snapshot}", *left_out),
    ]
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(  # noqa: S603  (PostgreSQL's own)
            command, env=programs.environment(address), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said
        ) as process:
            yield from iter(lambda: _read(process.stdout), b"")
        if process.returncode:
            said.seek(0)
            raise RecoveryError(f"The database could not be read: {programs.complaint(said.read())}")


def _read(stream: IO[bytes] | None) -> bytes:
    return stream.read(archive.CHUNK) if stream else b""
