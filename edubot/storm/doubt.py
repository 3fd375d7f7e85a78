"""When nobody can know whether a send was taken because its sender died, and how often that may have happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from edubot.storm.plan import WORKERS, Pace
from edubot.storm.service import POSTGRES, Death

LAG = 1.0  # seconds by which what a dead sender wrote may be read late, and its death be seen late
AWAY = 30.0  # seconds for which a PostgreSQL that crashed may be away, on a machine that has much to write


@dataclass(frozen=True, slots=True)
class Doubt:
    """The deaths of a phase as excuses, in a service of this pace.

    A worker sends, and notes what it was answered, within the time limit of a send and its lease; both last as long as
    the lease. A dead web process excuses nothing. Nor does PostgreSQL: its death keeps the answer in the worker's hands
    a little longer, and only a worker that dies meanwhile takes it along.
    """

    deaths: Sequence[Death]
    pace: Pace
    thaws: bool = False  # whether it froze rather than died, and may send what it had in hand long afterwards

    def over(self, at: float, sender: str) -> bool:
        """Whether the worker `sender`, answered at this moment, may have died, or frozen, before it had noted that."""
        until = at + 2 * self.pace.lease
        if any(at - AWAY <= crash <= until for crash in self._of(POSTGRES)):
            until += AWAY
        since = -inf if self.thaws else at - LAG
        return any(since <= death <= until for death in self._of(sender))

    def most(self, ambiguous: int) -> int:
        """How many sends may have been made anew, where so many answers were `ambiguous` (T4): for each of them, and
        for everything that a worker had under way when it died.
        """
        return ambiguous + self.pace.slots * sum(1 for _ in self._of(*WORKERS))

    def _of(self, *names: str) -> Iterator[float]:
        return (death.at for death in self.deaths if death.name in names)
