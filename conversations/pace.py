"""A token bucket: at most so many sends a second, evenly."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Lets `rate` things a second pass, with a burst of a fifth of a second. Not thread-safe: one loop owns it."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rate = rate
        self._tokens = 1.0
        self._filled_at = clock()

    def set_rate(self, rate: float) -> None:
        """From now on this many a second."""
        self._fill()
        self._rate = rate

    def allowed(self) -> int:
        """How many may pass now."""
        self._fill()
        return int(self._tokens)

    def spend(self, count: int) -> None:
        """So many have passed."""
        self._tokens -= count

    def wait(self) -> float:
        """Seconds until the next one may pass; 0 when one may now."""
        self._fill()
        return max(0.0, (1.0 - self._tokens) / self._rate)

    def _fill(self) -> None:
        now = self._clock()
        most = max(1.0, self._rate / 5)
        self._tokens = min(most, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
