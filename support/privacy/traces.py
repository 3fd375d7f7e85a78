"""Looking for somebody everywhere: every column of every table that can hold words, as the catalogue lists them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from django.db import connection
from psycopg import sql

from support.privacy.mentions import pattern

_COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'simulator_%%'
AND data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'ARRAY', 'tsvector', 'xml')
ORDER BY table_name, ordinal_position
"""


def traces(words: Iterable[str], progress: Callable[[int], None] = lambda _done: None) -> list[str]:
    """The columns (`table.column`) in which any of these words stands; empty when nothing is left of somebody.

    Reads every row of the database: for proof, not for every day. The simulator's pretend phones are not looked at.
    """
    needles = [word for word in words if word]
    found: list[str] = []
    for number, (table, columns) in enumerate(_tables().items(), start=1):
        found += (f"{table}.{column}" for column in _holding(table, columns, needles))
        progress(number)
    return found


def count() -> int:
    """How many tables there are to look through."""
    return len(_tables())


def _tables() -> dict[str, list[tuple[str, str]]]:
    tables: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        for table, column, kind in cursor.fetchall():
            tables[table].append((column, kind))
    return tables


def _holding(table: str, columns: list[tuple[str, str]], needles: list[str]) -> Iterator[str]:
    """The columns of one table that hold a needle, found in one pass over it."""
    tests = [
        sql.SQL("COALESCE(bool_or({}), false)").format(sql.SQL(" OR ").join(_test(*column, one) for one in needles))
        for column in columns
    ]
    query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(tests), sql.Identifier(table))
    with connection.cursor() as cursor:
        cursor.execute(query.as_string(cursor.connection))
        (held,) = cursor.fetchall()
    yield from (name for (name, _), holds in zip(columns, held, strict=True) if holds)


def _test(column: str, kind: str, needle: str) -> sql.Composable:
    name = sql.Identifier(column)
    if kind == "bytea":
        near, text = sql.SQL("position({} IN {})").format(needle.encode(), name), sql.SQL("encode({}, 'escape')")
    else:
        near, text = sql.SQL("position(lower({}) IN lower({}::text))").format(needle, name), sql.SQL("{}::text")
    return sql.SQL("({} > 0 AND {} ~* {})").format(near, text.format(name), pattern(needle))
