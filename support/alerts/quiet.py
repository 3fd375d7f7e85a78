"""Quiet hours: `22:00-07:00` in the team's time zone. Pure."""

from __future__ import annotations

import re
from datetime import time

_SPAN = re.compile(r"^(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$")


def parse(words: str) -> tuple[time, time] | None:
    """From when to when it is quiet; None for no words. Raises ValueError for what is no such span."""
    if not words.strip():
        return None
    found = _SPAN.match(words.strip())
    try:
        begins, ends = (time.fromisoformat(part.zfill(5)) for part in found.groups()) if found else (None, None)
    except ValueError:
        begins = ends = None
    if begins is None or ends is None or begins == ends:
        raise ValueError(f"SUPPORT_ALERT_QUIET: cannot read {words!r}; write it like '22:00-07:00'.")
    return begins, ends


def is_quiet(words: str, at: time) -> bool:
    """Whether a time of the day, the team's, is within the quiet hours. They may go past midnight."""
    span = parse(words)
    if span is None:
        return False
    begins, ends = span
    return begins <= at < ends if begins < ends else at >= begins or at < ends
