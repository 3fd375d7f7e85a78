"""People's time: the clock that the desk is measured with stands still while the desk is closed."""

from __future__ import annotations

from datetime import datetime

from support import hours
from support.desk import configured_hours, holidays


def open_seconds(since: datetime, until: datetime) -> int:
    """For how many seconds between two moments the desk was open, by today's hours and holidays."""
    return round(hours.open_time(configured_hours(), since, until, holidays()).total_seconds())
