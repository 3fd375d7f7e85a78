"""Whether the database is there, what a process keeps of it, and what to tell a person whose command found none."""

from __future__ import annotations

from django.conf import settings
from django.db import Error, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Error as DriverError

from edubot.logs import mask
from edubot.postgres import EmbeddedPostgresError

# Beginnings of SQLSTATEs that tell of a server in trouble (no disk, memory or connections left; shutting down; a broken
# file) or of others in the way (40: a deadlock, a conflict; 55P03: a lock not had in time; 57014: a statement that took
# too long), whatever was asked of it: the same may go well in a moment. PostgreSQL, appendix A.
_OUTAGES = ("40", "53", "55P03", "57014", "57P", "58")


def is_outage(error: Error) -> bool:
    """Whether the database is away, in trouble or busy, rather than something wrong with what this thread asked."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return state.startswith(_OUTAGES) or connection.connection is None or not connection.is_usable()


def keep_no_statements() -> None:
    """Let connections that are made from here on keep no log of what they were asked, as Django does while DEBUG is on.

    A request forgets that of the one before; threads that work for weeks would keep nine thousand statements each.
    """
    BaseDatabaseWrapper.queries_limit = 0


def explain(error: OperationalError) -> str | None:
    """One sentence about a database that cannot be reached, without credentials; None when it was reached.

    Only in development it offers the embedded one: a service that runs on it takes in what the real one never hears of.
    """
    if isinstance(error, EmbeddedPostgresError):
        return str(error)
    cause = error.__cause__
    if isinstance(cause, DriverError) and cause.sqlstate:  # the server answered: this is another trouble
        return None
    database = settings.DATABASES["default"]
    where = ":".join(str(database[part]) for part in ("HOST", "PORT") if database.get(part)) or "the local socket"
    reason = (str(error).strip().splitlines() or ["no reason given"])[0].strip()
    name = "DATABASE_URL" if database.get("USER") == settings.SERVICE_DATABASE_USER else "MIGRATE_DATABASE_URL"
    embedded = ", or unset DATABASE_URL to use the embedded PostgreSQL" if settings.DEBUG else ""
    return f"The database at {where} cannot be reached ({mask(reason)}): start it, or correct {name}{embedded}."
