"""Statements that are sent the same a thousand times a minute: written by hand, parsed and planned once by each
connection.

Django's cursor writes the values into the text, so that PostgreSQL meets a new statement every time, and of the time
that a turn takes most would go into the ORM's writing of it. Everything else in the service goes through the ORM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from json import loads
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import JSONField, Model
from psycopg import Cursor, adapters
from psycopg.pq import Format

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

M = TypeVar("M", bound=Model)
Row = tuple[Any, ...]
Values = Sequence[Any] | Mapping[str, Any]


def cursor() -> CursorWrapper:
    """A cursor like Django's, with its errors, whose values travel beside the statement. JSON comes back as text.

    A statement is prepared when it has been sent often enough (`prepare_threshold` of the settings).
    """
    wrapper = connections[DEFAULT_DB_ALIAS]
    if wrapper.connection is None:
        wrapper.ensure_connection()
    kept: Cursor[Row] | None = vars(wrapper).get(_KEPT)
    if kept is None or kept.connection is not wrapper.connection:
        kept = vars(wrapper)[_KEPT] = _cursor_of(wrapper)
    wrap = wrapper.make_debug_cursor if wrapper.queries_logged else wrapper.make_cursor
    return wrap(cast("Any", kept))  # whose base the stubs do not know for one


_KEPT = "edubot_prepared_cursor"  # of a thread's connection: making one costs as much as sending a statement
_TIME = "timestamptz"


def _cursor_of(wrapper: BaseDatabaseWrapper) -> Cursor[Row]:
    """Times are read by psycopg itself: Django's reader is ten times slower, and our connections speak UTC anyway."""
    made: Cursor[Row] = Cursor(wrapper.connection)
    oid = adapters.types[_TIME].oid
    reader = adapters.get_loader(oid, Format.TEXT)
    assert reader  # noqa: S101  (psycopg knows what a time is)
    made.adapters.register_loader(oid, reader)
    return made


def rows(statement: str, values: Values) -> list[Row]:
    """All rows that a statement gives."""
    asked = cursor()
    asked.execute(statement, values)
    found: list[Row] = asked.fetchall()
    return found


def row(statement: str, values: Values) -> Row | None:
    """The first row that a statement gives."""
    asked = cursor()
    asked.execute(statement, values)
    found: Row | None = asked.fetchone()
    return found


def run(statement: str, values: Values) -> int:
    """How many rows a statement changed."""
    asked = cursor()
    asked.execute(statement, values)
    changed: int = asked.rowcount
    return changed


@cache
def columns(model: type[Model], alias: str) -> str:
    """All columns of a model, as `made` takes them."""
    return ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)  # noqa: SLF001  (public)


def made(model: type[M], values: Sequence[Any]) -> M:
    """The instance of a row of `columns`."""
    names, documents = _shape(model)
    told = list(values)
    for place in documents:
        told[place] = None if told[place] is None else loads(told[place])
    return model.from_db("default", names, told)


@cache
def _shape(model: type[Model]) -> tuple[list[str], list[int]]:
    """The names of a model's columns, and the places of those that hold JSON."""
    fields = model._meta.concrete_fields  # noqa: SLF001
    return [field.attname for field in fields], [n for n, field in enumerate(fields) if isinstance(field, JSONField)]


def added(instance: Model, *, without: Sequence[str] = ()) -> dict[str, object]:
    """Column → value of a new row, as the database takes them. What it fills in itself is left out, and so is NULL."""
    database = connections[DEFAULT_DB_ALIAS]
    fields = [field for field in instance._meta.concrete_fields if field.name not in without]  # noqa: SLF001
    values = ((field, field.pre_save(instance, add=True)) for field in fields)
    return {str(field.column): field.get_db_prep_save(value, database) for field, value in values if value is not None}
