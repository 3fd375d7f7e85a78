"""Opening hours: when the desk answers, and how long of a stretch of time it was open. Pure; times are the team's.

`Mon-Fri 08:00-18:00; Sat 09:00-13:00`. An empty text means always open.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ENTRY = re.compile(r"^([a-z]{3})(?:-([a-z]{3}))? (\d{1,2}:\d{2})-(\d{1,2}:\d{2})$")


@dataclass(frozen=True, slots=True)
class Hours:
    """The opening times of a week: for each weekday (0 is Monday) its spans, from and to."""

    spans: tuple[tuple[int, time, time], ...]
    zone: ZoneInfo
    words: str

    @property
    def always_open(self) -> bool:
        """Whether no hours were given at all."""
        return not self.spans


def parse(words: str, zone: str) -> Hours:
    """Read opening hours. Raises ValueError that names the entry which cannot be read."""
    spans: list[tuple[int, time, time]] = []
    for entry in filter(None, (part.strip() for part in words.split(";"))):
        found = _ENTRY.match(entry.lower())
        if not found or found[1] not in DAYS or (found[2] or found[1]) not in DAYS:
            raise ValueError(f"SUPPORT_HOURS: cannot read {entry!r}; write it like 'Mon-Fri 08:00-18:00'.")
        opens, closes = time.fromisoformat(found[3].zfill(5)), time.fromisoformat(found[4].zfill(5))
        if opens >= closes:
            raise ValueError(f"SUPPORT_HOURS: {entry!r} closes before it opens.")
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        days = range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
        spans += [(day, opens, closes) for day in days]
    return Hours(tuple(sorted(spans)), ZoneInfo(zone), words.strip())


def is_open(hours: Hours, at: datetime, holidays: Container[date] = ()) -> bool:
    """Whether the desk is open at this moment."""
    if hours.always_open:
        return True
    local = at.astimezone(hours.zone)
    if local.date() in holidays:
        return False
    return any(day == local.weekday() and opens <= local.time() < closes for day, opens, closes in hours.spans)


def open_time(hours: Hours, since: datetime, until: datetime, holidays: Container[date] = ()) -> timedelta:
    """How long the desk was open between two moments: the clock that response times are measured with."""
    if until <= since:
        return timedelta(0)
    if hours.always_open:
        return until - since
    total, day = timedelta(0), since.astimezone(hours.zone).date()
    last = until.astimezone(hours.zone).date()
    while day <= last:
        if day not in holidays:
            total += _open_on(hours, day, since, until)
        day += timedelta(days=1)
    return total


def _open_on(hours: Hours, day: date, since: datetime, until: datetime) -> timedelta:
    total = timedelta(0)
    for weekday, opens, closes in hours.spans:
        if weekday == day.weekday():
            begin = max(datetime.combine(day, opens, hours.zone), since)
            end = min(datetime.combine(day, closes, hours.zone), until)
            total += max(end - begin, timedelta(0))
    return total
