"""Blue ticks: telling a student that the bot has read their message. Nice to have: kept in memory, never retried."""

from __future__ import annotations

from collections import deque
from functools import partial

from django.conf import settings
from django.db import transaction

_read: deque[str] = deque(maxlen=1000)


def has_read(provider_id: str) -> None:
    """The bot read this message; the student may be told once the present transaction is committed."""
    if settings.BOT_MARK_READ:
        transaction.on_commit(partial(_read.append, provider_id))


def take() -> str | None:
    """The oldest message that may be ticked, or None."""
    return _read.popleft() if _read else None
