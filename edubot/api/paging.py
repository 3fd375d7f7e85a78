"""Lists, a page at a time: by `skip`, or by a cursor that stays right while rows are added above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.core import signing
from django.core.cache.backends.locmem import LocMemCache
from django.core.exceptions import EmptyResultSet
from django.db.models import IntegerField, Model, Q, QuerySet, Subquery
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from edubot.api import etags
from edubot.api.serializers import Query

DEFAULT_LIMIT, MOST = 20, 100
DEEPEST = 1_000_000_000
COUNTED = 1_000  # rows that are counted anew for every page; of more, the number is kept for a while
KEPT_FOR = 60  # seconds
Row = TypeVar("Row", bound=Model)
TOTALS = LocMemCache("totals", {"TIMEOUT": KEPT_FOR, "OPTIONS": {"MAX_ENTRIES": 500}})  # of this process


class PageQuery(Query):
    """Which part of a list. Lists add their filters to it."""

    never_empty = frozenset({"limit", "skip", "cursor"})

    limit = serializers.IntegerField(
        min_value=1, max_value=MOST, default=DEFAULT_LIMIT, help_text="How many rows at most."
    )
    skip = serializers.IntegerField(
        min_value=0, max_value=DEEPEST, required=False, help_text="How many rows to leave out first."
    )
    cursor = serializers.CharField(max_length=2048, required=False, help_text="`next` of the page before.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Either a number or a cursor says where the page begins."""
        if "skip" in attrs and "cursor" in attrs:
            raise ValidationError({"cursor": ["Give either skip or cursor."]})
        return attrs


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: its rows, how many there are in all, and where the next part begins (None: nowhere)."""

    rows: Sequence[Any]
    total: int
    next: str | None
    skip: int
    limit: int

    @property
    def figures(self) -> dict[str, Any]:
        """What stands beside `data` in the answer."""
        return {
            "count": len(self.rows),
            "total": self.total,
            "next": self.next,
            "skip": self.skip,
            "limit": self.limit,
        }


class PageFigures(serializers.Serializer[Any]):
    """Where this part of the list stands."""

    count = serializers.IntegerField(help_text="Rows of this page.")
    total = serializers.IntegerField(help_text=f"Rows in all; of more than {COUNTED:,}, as of the last minute.")
    next = serializers.CharField(allow_null=True, help_text="The next page's `cursor`; null on the last one.")
    skip = serializers.IntegerField()
    limit = serializers.IntegerField()


def page(rows: QuerySet[Row], query: Mapping[str, Any], *, by: str, total: int | None = None) -> Page:
    """The part of `rows` that `query` (a PageQuery's values) asks for. One statement, now and then two.

    `by` is the column that orders the list, descending with a `-`; it must not be NULL. The id decides among equals, so
    an index on both answers any page. `total`: where the caller knows a cheaper way than counting. Raises
    ValidationError for a cursor that we did not give for such a list.
    """
    limit, skip = query["limit"], query.get("skip", 0)
    part: QuerySet[Any, Any] = rows.order_by(by, "-pk" if by.startswith("-") else "pk")
    if "cursor" in query:
        part = _after(part, by, query["cursor"])
    keys = part.values("pk")[skip : skip + limit + 1]
    total = _kept(rows) if total is None else total
    if total is None:
        part = part.annotate(counted_rows=_Count(rows.order_by().values("pk")[: COUNTED + 1]))
    # What a list shows of each row is found out for none of the rows that are left out.
    found = list(part.filter(pk__in=keys) if skip else part[: limit + 1])
    shown, more = found[:limit], len(found) > limit
    return Page(
        rows=shown,
        total=_counted(rows, found) if total is None else total,
        next=_cursor(shown[-1], by) if more else None,
        skip=skip,
        limit=limit,
    )


class _Count(Subquery):
    """How many rows a query has, beside the rows of another."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


# Counting is a walk over all rows: of a list ten times as long it would take ten times as long. Of a long list it is
# done once in KEPT_FOR.


def _kept(rows: QuerySet[Row]) -> int | None:
    """How many rows there are of a long list that was counted lately."""
    known: int | None = TOTALS.get(_key(rows))
    return known


def _counted(rows: QuerySet[Row], found: Sequence[Any]) -> int:
    """How many rows there are; `found` are some of them, with their number as far as it was counted."""
    counted: int | None = found[0].counted_rows if found else None
    if counted is not None and counted <= COUNTED:
        return counted
    total = rows.order_by().values("pk").count()
    if total > COUNTED:
        TOTALS.set(_key(rows), total)
    return total


def _key(rows: QuerySet[Row]) -> str:
    try:
        return etags.tag(*rows.order_by().values("pk").query.sql_with_params())
    except EmptyResultSet:  # PostgreSQL is not even asked
        return ""


def _cursor(row: Model, by: str) -> str:
    """The place after this row. Signed, so that nobody can ask for the place after values they made up."""
    value = getattr(row, by.removeprefix("-"))
    place = {"at": value.isoformat()} if isinstance(value, datetime) else {"value": value}
    return signing.dumps(place | {"pk": row.pk}, salt=_salt(type(row), by))


def _after(rows: QuerySet[Row], by: str, cursor: str) -> QuerySet[Row]:
    try:
        place = signing.loads(cursor, salt=_salt(rows.model, by))
    except signing.BadSignature:
        raise ValidationError({"cursor": ["This is no cursor of this list."]}) from None
    value = datetime.fromisoformat(place["at"]) if "at" in place else place["value"]
    column, beyond = by.removeprefix("-"), "lt" if by.startswith("-") else "gt"
    # The first condition lets PostgreSQL enter the index at the right place, the second settles the equals.
    return rows.filter(**{f"{column}__{beyond}e": value}).filter(
        Q(**{f"{column}__{beyond}": value}) | Q(**{f"pk__{beyond}": place["pk"]})
    )


def _salt(model: type[Model], by: str) -> str:
    return f"cursor:{model._meta.label}:{by}"  # noqa: SLF001  (public API in spite of its name)
