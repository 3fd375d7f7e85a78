"""How often something may be asked for. Counted in the cache (PostgreSQL unless CACHE_URL says otherwise)."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import Error

from edubot.api.errors import RateLimited

log = logging.getLogger(__name__)

WINDOW = 60  # seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """So many a minute for one person. `setting` names the figure in settings."""

    name: str
    setting: str

    def hit(self, who: object) -> None:
        """Count one. Raises RateLimited when it was one too many, with the seconds until the minute is over."""
        now = time.time()
        count = _counted_if_possible(f"limit:{self.name}:{who}:{int(now // WINDOW)}")
        if count > getattr(settings, self.setting):
            raise RateLimited(retry_after=WINDOW - int(now % WINDOW))


def _counted_if_possible(key: str) -> int:
    """`_counted`, or 0 where another store than PostgreSQL (CACHE_URL) is away: staff go on, though nobody counts.

    The catcher of whatever such a store's driver raises. A database that is away is told as such.
    """
    try:
        return _counted(key)
    except Error:
        raise
    except Exception as error:  # noqa: BLE001
        log.warning("The store of CACHE_URL is away: requests are not counted.", extra={"error": type(error).__name__})
        return 0


def _counted(key: str) -> int:
    """One more under this key; how many there are. One statement, but for the first of a minute."""
    try:
        return int(cache.incr(key))
    except ValueError:
        return 1 if cache.add(key, 1, timeout=2 * WINDOW) else int(cache.incr(key))


REQUESTS = Limit("requests", "API_REQUESTS_PER_MINUTE")
SENDS = Limit("send", "API_SENDS_PER_MINUTE")
