"""Looking into values of unknown shape: each function answers whatever it is given."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

ID_LENGTH = 256  # the longest provider id our tables hold; Meta's have about 60 to 130 characters
EARLIEST = datetime(2009, 1, 1, tzinfo=UTC).timestamp()  # before that there was no WhatsApp
AHEAD = 24 * 3600  # seconds by which a sender's clock may run ahead of ours
LATEST_DIGITS = 10**13


def mapping(value: object) -> dict[str, Any]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """`value` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object, limit: int | None = None) -> str:
    """`value` if it is a string, cut to `limit` characters, else an empty one."""
    return value[:limit] if isinstance(value, str) else ""


def identifier(value: object) -> str | None:
    """`value` if it can be a provider's id, else None."""
    return value if isinstance(value, str) and 0 < len(value) <= ID_LENGTH else None


def timestamp(value: object) -> datetime | None:
    """Unix time, as text or number, in UTC. None where it is not believable.

    Seconds, or milliseconds, which Meta has been seen to send. Only ASCII digits: `str.isdigit` alone takes Arabic ones
    too. A time before WhatsApp or more than a day ahead is a broken clock.
    """
    if isinstance(value, int) and 0 <= value < LATEST_DIGITS:
        value = str(value)
    if not isinstance(value, str) or not 10 <= len(value) <= 13 or not (value.isascii() and value.isdigit()):
        return None
    seconds = int(value) / (1000 if len(value) == 13 else 1)
    if not EARLIEST <= seconds <= time.time() + AHEAD:
        return None
    return datetime.fromtimestamp(seconds, UTC)
