"""Blue ticks, and the dots that say that somebody is typing. Nice to have: kept in memory, never retried."""

from __future__ import annotations

import logging
import threading
from collections import deque
from functools import partial

from django.conf import settings
from django.core.cache import cache
from django.db import Error, transaction
from django.utils import timezone

from conversations import gates
from conversations.channel import SendError, get_channel
from conversations.models import Conversation, Sender

log = logging.getLogger(__name__)

DOTS_LAST = 20  # seconds; WhatsApp shows them for at most 25
MOST_AT_ONCE = 2  # requests to the provider per process: typing must not take the threads that answer staff

_slots = threading.BoundedSemaphore(MOST_AT_ONCE)
_read: deque[str] = deque(maxlen=1000)


def has_read(provider_id: str) -> None:
    """The bot read this message; the student may be told once the present transaction is committed."""
    if settings.BOT_MARK_READ:
        transaction.on_commit(partial(_read.append, provider_id))


def take() -> str | None:
    """The oldest message that may be ticked, or None."""
    return _read.popleft() if _read else None


def typing(conversation: Conversation) -> bool:
    """Show the student that somebody is typing; whether they were shown, now or in the seconds before.

    Speaks to the provider: never call it in a transaction. What stands in the way (the window, a shut gate, a provider
    that is slow or refuses) is no error of whoever types: it is logged, and nothing is shown.
    """
    if not conversation.is_window_open(timezone.now()) or gates.closed():
        return False
    last = conversation.messages.filter(sender=Sender.USER).exclude(provider_id=None).order_by("-pk").first()
    if last is None or last.provider_id is None:
        return False
    if not _first_in_a_while(conversation):
        return True
    return _show(conversation, last.provider_id)


def _first_in_a_while(conversation: Conversation) -> bool:
    """Whether the dots are not shown yet; they are not worth an error of whatever store CACHE_URL names."""
    try:
        return cache.add(f"typing:{conversation.pk}", 1, timeout=DOTS_LAST)
    except Error:
        raise
    except Exception as error:  # noqa: BLE001
        log.warning("The store of CACHE_URL is away.", extra={"error": type(error).__name__})
        return False


def _show(conversation: Conversation, provider_id: str) -> bool:
    if not _slots.acquire(blocking=False):
        return False
    try:
        get_channel().mark_read(provider_id, typing=True)
    except SendError as error:
        log.info("Typing was not shown.", extra={"conversation_id": conversation.pk, "verdict": error.verdict})
        return False
    finally:
        _slots.release()
    return True
