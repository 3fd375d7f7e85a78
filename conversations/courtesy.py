"""Blue ticks, and the dots that say that somebody is typing. Nice to have: kept in memory, never retried.

What the bot read, the worker ticks between two sends (`take`). What staff read is ticked in the process where they did
so, by a thread beside the request: nobody waits for it, and nothing that goes wrong with it is theirs.
"""

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
from conversations.received import QUIET

log = logging.getLogger(__name__)

DOTS_LAST = 20  # seconds; WhatsApp shows them for at most 25
MOST_AT_ONCE = 2  # requests to the provider per process: typing must not take the threads that answer staff
MOST_TICKS = 8  # at once, per process; should the provider be slow, those beyond are left out

_slots = threading.BoundedSemaphore(MOST_AT_ONCE)
_read: deque[str] = deque(maxlen=1000)
_ticks = threading.BoundedSemaphore(MOST_TICKS)


def has_read(provider_id: str) -> None:
    """The bot read this message; the student may be told once the present transaction is committed."""
    if settings.BOT_MARK_READ:
        transaction.on_commit(partial(_read.append, provider_id))


def take() -> str | None:
    """The oldest message that may be ticked, or None."""
    return _read.popleft() if _read else None


def staff_have_read(conversation: Conversation) -> None:
    """Staff read, or answered, what this person wrote: they are shown so once the present transaction is committed."""
    # No partial: Django names what went wrong by the function's name, and a partial has none.
    transaction.on_commit(lambda: _tick(conversation), robust=True)


def _tick(conversation: Conversation) -> None:
    last = _last_heard(conversation)
    if not last or gates.closed() or not _ticks.acquire(blocking=False):
        return
    try:
        _start(last)
    except RuntimeError:  # the machine gives us no more threads
        _ticks.release()
        raise


def _start(provider_id: str) -> None:
    threading.Thread(target=_tell_beside, args=(provider_id,), name="tick", daemon=True).start()


def _tell_beside(provider_id: str) -> None:
    try:
        _tell(provider_id, typing=False)
    finally:
        _ticks.release()


def _last_heard(conversation: Conversation) -> str | None:
    """The provider's id of the last message of the person; what is no message (a new number) has none of its own."""
    heard = conversation.messages.filter(sender=Sender.USER).exclude(provider_id=None).exclude(kind__in=QUIET)
    return heard.order_by("-pk").values_list("provider_id", flat=True).first()


def typing(conversation: Conversation) -> bool:
    """Show the student that somebody is typing; whether they were shown, now or in the seconds before.

    Speaks to the provider: never call it in a transaction. What stands in the way (the window, a shut gate, a provider
    that is slow or refuses) is no error of whoever types: it is logged, and nothing is shown.
    """
    if not conversation.is_window_open(timezone.now()) or gates.closed():
        return False
    last = _last_heard(conversation)
    if last is None:
        return False
    if not _first_in_a_while(conversation):
        return True
    return _show(last)


def _first_in_a_while(conversation: Conversation) -> bool:
    """Whether the dots are not shown yet; they are not worth an error of whatever store CACHE_URL names."""
    try:
        return cache.add(f"typing:{conversation.pk}", 1, timeout=DOTS_LAST)
    except Error:
        raise
    except Exception as error:  # noqa: BLE001
        log.warning("The store of CACHE_URL is away.", extra={"error": type(error).__name__})
        return False


def _show(provider_id: str) -> bool:
    if not _slots.acquire(blocking=False):
        return False
    try:
        return _tell(provider_id, typing=True)
    finally:
        _slots.release()


def _tell(provider_id: str, *, typing: bool) -> bool:
    """Whether the provider took it."""
    try:
        get_channel().mark_read(provider_id, typing=typing)
    except SendError as error:
        said = "Typing was not shown." if typing else "A message could not be marked as read."
        log.info(said, extra={"verdict": error.verdict, "code": error.code})
        return False
    return True
