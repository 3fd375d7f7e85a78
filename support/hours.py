"""Opening hours: when the desk answers, and how long of a stretch of time it was open. Pure; times are the team's.

`Mon-Fri 08:00-18:00; Sat 09:00-13:00`; 24:00 is a day's end. An empty text means always open, but for the holidays.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = "((?:[01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)"
_ENTRY = re.compile(rf"^([a-z]{{3}})(?:-([a-z]{{3}}))? {_TIME}-{_TIME}$")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """The opening times of a week: for each weekday (0 is Monday) its spans, from and to, since midnight."""

    spans: tuple[tuple[int, timedelta, timedelta], ...]
    zone: ZoneInfo
    words: str

    @property
    def always_open(self) -> bool:
        """Whether no hours were given at all."""
        return not self.spans


def parse(words: str, zone: str) -> Hours:
    """Read opening hours. Raises ValueError that names the entry which cannot be read."""
    spans: list[tuple[int, timedelta, timedelta]] = []
    for entry in filter(None, (part.strip() for part in words.split(";"))):
        found = _ENTRY.match(entry.lower())
        if not found or found[1] not in DAYS or (found[2] or found[1]) not in DAYS:
            raise ValueError(f"SUPPORT_HOURS: cannot read {entry!r}; write it like 'Mon-Fri 08:00-18:00'.")
        opens, closes = _since_midnight(found[3]), _since_midnight(found[4])
        if opens >= closes:
            raise ValueError(f"SUPPORT_HOURS: {entry!r} closes before it opens.")
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        days = range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
        spans += [(day, opens, closes) for day in days]
    return Hours(tuple(_joined(spans)), ZoneInfo(zone), words.strip())


def _since_midnight(clock: str) -> timedelta:
    hours, minutes = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _joined(spans: Iterable[tuple[int, timedelta, timedelta]]) -> list[tuple[int, timedelta, timedelta]]:
    """The spans in their order, those that overlap as one: no minute counts twice."""
    found: list[tuple[int, timedelta, timedelta]] = []
    for day, opens, closes in sorted(spans):
        if found and found[-1][0] == day and opens <= found[-1][2]:
            _, began, ended = found.pop()
            found.append((day, began, max(ended, closes)))
        else:
            found.append((day, opens, closes))
    return found


def is_open(hours: Hours, at: datetime, holidays: Container[date] = ()) -> bool:
    """Whether the desk is open at this moment; on a holiday it never is."""
    today = at.astimezone(hours.zone).date()
    return today not in holidays and any(opens <= at < closes for opens, closes in _open_on(hours, today))


def open_time(hours: Hours, since: datetime, until: datetime, holidays: Container[date] = ()) -> timedelta:
    """How long the desk was open between two moments: the clock that response times are measured with."""
    total, day = timedelta(0), since.astimezone(hours.zone).date()
    last = until.astimezone(hours.zone).date()
    while day <= last:
        if day not in holidays:
            spans = _open_on(hours, day)
            total += sum((max(min(end, until) - max(begin, since), timedelta(0)) for begin, end in spans), timedelta(0))
        day += _DAY
    return total


def _open_on(hours: Hours, day: date) -> Iterator[tuple[datetime, datetime]]:
    """From when to when the desk is open on a day that is no holiday.

    In UTC: between two times of one zone Python counts by the wall clock, and a day on which it is changed would come
    out an hour wrong.
    """
    if hours.always_open:
        yield _moment(hours, day, timedelta(0)), _moment(hours, day, _DAY)
    for weekday, opens, closes in hours.spans:
        if weekday == day.weekday():
            yield _moment(hours, day, opens), _moment(hours, day, closes)


def _moment(hours: Hours, day: date, at: timedelta) -> datetime:
    return (datetime.combine(day, time.min, hours.zone) + at).astimezone(UTC)
