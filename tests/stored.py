"""What the database holds, to see whether a request changed any of it."""

from __future__ import annotations

from django.db import connection
from psycopg import sql

COUNTERS = "edubot_counter"  # of rate limits: every request counts
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> %s"
_ROWS = sql.SQL("SELECT {}, md5(string_agg(row::text, E'\\n' ORDER BY row::text)) FROM {} AS row")


def contents() -> dict[str, str | None]:
    """Every table's rows as one hash, but the counters; None for a table without rows."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [COUNTERS])
        each = [_ROWS.format(sql.Literal(name), sql.Identifier(name)) for (name,) in cursor.fetchall()]
        cursor.execute(sql.SQL(" UNION ALL ").join(each))
        return dict(cursor.fetchall())
