"""A figure day by day, and the tickets it was computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Avg, Count, F, FloatField, QuerySet, Value
from django.db.models.functions import Cast, TruncDate
from django.utils import timezone

from support.figures.table import BY_NAME, Source, Unit
from support.models import SupportTicket


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its name in an address, what it is called and means, the unit of its values, and its rows."""

    name: str
    title: str
    definition: str
    unit: Unit
    source: Source


@dataclass(frozen=True, slots=True)
class Day:
    """One day in the team's time zone: how many tickets, and their average (of `volume` their number).

    `value` is None on a day without any.
    """

    day: date
    count: int
    value: float | None


def _of_figure(name: str, figure_name: str) -> Report:
    figure = BY_NAME[figure_name]
    if figure.source is None:
        raise ValueError(f"{figure_name} has no rows to report.")
    return Report(name, figure.title, figure.definition, figure.unit, figure.source)


_VOLUME = Report("volume", "Volume", "How many tickets were opened, by whomever.", Unit.COUNT, Source("created_at"))
REPORTS = {
    report.name: report
    for report in (
        _VOLUME,
        _of_figure("first-response", "first_response"),
        _of_figure("resolution", "resolution"),
        _of_figure("satisfaction", "satisfaction"),
    )
}


def days(name: str, first: date, last: date) -> list[Day]:
    """A report by the day, from `first` to `last`, both included, days without a ticket too. One query.

    Raises KeyError for a report that there is not.
    """
    source = REPORTS[name].source
    tickets = _tickets(source, first, last).order_by()
    by_day = tickets.values(day=TruncDate(source.at, tzinfo=timezone.get_default_timezone()))
    average = Avg(source.value) if source.value else Count("pk")
    found = {row["day"]: row for row in by_day.annotate(number=Count("pk"), average=average)}
    return [_day(first + timedelta(days=number), found) for number in range((last - first).days + 1)]


def rows(name: str, first: date, last: date) -> QuerySet[SupportTicket]:
    """The tickets behind a report, in order, with what is shown of each. Raises KeyError.

    `at` is the moment that brings a ticket into the report, `value` what it adds to the average (of `volume`: None).
    """
    source = REPORTS[name].source
    found = _tickets(source, first, last).select_related("conversation__contact", "assigned_admin", "category")
    value = F(source.value) if source.value else Value(None)
    return found.annotate(at=F(source.at), value=Cast(value, FloatField()))


def whole(name: str, found: Iterable[Day]) -> Day:
    """The days of a report as one, dated the last of them: their number, and the average over all their tickets."""
    known = list(found)
    count = sum(day.count for day in known)
    if not REPORTS[name].source.value:
        return replace(known[-1], count=count, value=count)
    total = sum(day.count * day.value for day in known if day.value is not None)
    return replace(known[-1], count=count, value=total / count if count else None)


def _tickets(source: Source, first: date, last: date) -> QuerySet[SupportTicket]:
    return source.tickets(_midnight(first), _midnight(last + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_default_timezone())


def _day(day: date, found: Mapping[date, Mapping[str, Any]]) -> Day:
    row = found.get(day)
    return Day(day, row["number"], float(row["average"])) if row else Day(day, 0, None)
