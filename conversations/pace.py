"""How fast messages may leave: so many a second in all, and so many a minute to one person."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

PERSON_BURST = 45  # messages to one person at once


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


class PersonPace:
    """Lets `rate` messages a minute go to one person, after a burst; of those that may not, nobody else is held up.

    Meta lends a burst from the time to come: whoever got 45 at once gets the next one six seconds later ("Throughput:
    pair rate limits", Cloud API). Of several workers each has its share, which nobody has to look up in the database.
    Not thread-safe: one loop owns it.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rate = rate
        self._workers = 1
        self._paid_until: dict[int, float] = {}  # conversation -> when what it got is paid for
        self._resting: dict[int, float] = {}  # conversation -> when it may get the next one
        self._tidied_at = clock()

    def share(self, workers: int) -> None:
        """From now on so many workers share the rate."""
        self._workers = workers

    def spend(self, conversations: Iterable[int]) -> None:
        """Each of these conversations got one."""
        now, pause = self._clock(), 60 * self._workers / self._rate
        for one in conversations:
            paid_until = self._paid_until[one] = max(self._paid_until.get(one, now), now) + pause
            free_at = paid_until - (max(1, PERSON_BURST // self._workers) - 1) * pause
            if free_at > now:
                self._resting[one] = free_at
        self._tidy(now)

    def resting(self) -> list[int]:
        """The conversations that may get nothing at this moment."""
        now = self._clock()
        self._resting = {one: free_at for one, free_at in self._resting.items() if free_at > now}
        return list(self._resting)

    def _tidy(self, now: float) -> None:
        """Forget, once a minute, whoever has paid."""
        if now > self._tidied_at + 60:
            self._paid_until = {one: until for one, until in self._paid_until.items() if until > now}
            self._tidied_at = now
