"""What to tell a person whose command found no database."""

from __future__ import annotations

from django.conf import settings
from django.db import OperationalError
from psycopg import Error as DriverError

from edubot.logs import mask
from edubot.postgres import EmbeddedPostgresError


def explain(error: OperationalError) -> str | None:
    """One sentence about a database that cannot be reached, without credentials; None when it was reached."""
    if isinstance(error, EmbeddedPostgresError):
        return str(error)
    cause = error.__cause__
    if isinstance(cause, DriverError) and cause.sqlstate:  # the server answered: this is another trouble
        return None
    database = settings.DATABASES["default"]
    where = ":".join(str(database[part]) for part in ("HOST", "PORT") if database.get(part)) or "the local socket"
    reason = (str(error).strip().splitlines() or ["no reason given"])[0].strip()
    return (
        f"The database at {where} cannot be reached ({mask(reason)}): start it, correct DATABASE_URL, "
        "or unset DATABASE_URL to use the embedded PostgreSQL."
    )
