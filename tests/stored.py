"""What the database holds, to see whether a request changed any of it."""

from __future__ import annotations

from django.db import connection
from psycopg import sql

COUNTERS = "edubot_counter"  # of rate limits: every request counts
_ROWS = sql.SQL("SELECT md5(string_agg(row::text, E'\\n' ORDER BY row::text)) FROM {} AS row")


def contents() -> dict[str, str | None]:
    """Every table's rows as one hash; None for a table without rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> %s", [COUNTERS])
        return {name: _hash(name) for (name,) in cursor.fetchall()}


def _hash(table: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS.format(sql.Identifier(table)))
        found: str | None = cursor.fetchone()[0]
    return found
