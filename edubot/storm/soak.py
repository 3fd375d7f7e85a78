"""What must not change however long the service is at work: how soon it acknowledges, how many connections it has
open, what the processes that nobody restarts hold, and how much of the tables is dead rows; and what a message costs
PostgreSQL.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple, TypeVar

import psycopg

from edubot.bench import machine
from edubot.bench.figures import percentile
from edubot.storm.meta import Acknowledged
from edubot.storm.service import Service

SLOWED, CROWDED, SWOLLEN = "acknowledged later and later", "more and more connections", "processes that grew"
BLOATED = "tables full of dead rows"
KINDS = (SLOWED, CROWDED, SWOLLEN, BLOATED)
STEP = 5.0  # seconds between two samples
PART = 1 / 6  # of the time, at either end: ten minutes of an hour
LATER, NOISE = 1.2, 0.010  # times the first part's, and seconds of difference that say nothing
MORE = 2  # connections that come and go
WARM = 1 / 3  # of the time: caches fill, pools grow
GROWTH = 1.0  # MiB an hour
ENOUGH = 600.0  # seconds once warm, before a slope tells growth from noise
PURGED = ("conversations_inboxitem", "conversations_liveevent", "procrastinate_jobs")  # of which old rows are deleted
DEAD, SPARE = 0.5, 5_000  # dead rows that a table may hold: beside each living one, and besides
SWEPT = 60.0  # seconds in which a vacuum must have come by, at least once
_LOOK = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = d.datname), d.xact_commit,
    pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')
FROM pg_stat_database d WHERE d.datname = current_database()
"""
_TABLES = "SELECT relname, n_live_tup, n_dead_tup, pg_total_relation_size(relid) FROM pg_stat_user_tables"


class Table(NamedTuple):
    """Rows that are there, rows that are gone and still take up room, and bytes with indexes."""

    live: int
    dead: int
    size: int


class Sample(NamedTuple):
    """What PostgreSQL had to do, what each process shared with nobody (MiB), and the tables by name."""

    at: float  # seconds, time.monotonic()
    connections: int
    commits: int  # since it began
    log: int  # bytes of write-ahead log since it began
    held: Mapping[str, float]
    tables: Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Soak:
    """What was seen from the first minute to the last, while so many `messages` came in."""

    messages: int
    acknowledged: Sequence[Acknowledged]
    samples: Sequence[Sample]

    @property
    def acknowledging(self) -> tuple[float, float]:
        """Seconds to an acknowledgement (p99), in the first part and in the last."""
        first, last = _ends(self.acknowledged)
        return percentile([one.took for one in first], 99), percentile([one.took for one in last], 99)

    @property
    def connections(self) -> tuple[int, int]:
        """The most connections at once, in the first part and in the last."""
        first, last = _ends(self.samples)
        return max(one.connections for one in first), max(one.connections for one in last)

    @property
    def growth(self) -> Mapping[str, float]:
        """MiB an hour by which each process grew once warm: the median slope between any two moments (Theil–Sen).

        What leaks goes on. A moment busier than all before it leaves one step, which would tilt a least squares line.
        """
        pairs = list(itertools.combinations(self._warm, 2))
        if not pairs:
            return {}
        names = pairs[0][0].held
        return {name: median(_rise(one, other, name) for one, other in pairs) for name in names}

    @property
    def bloat(self) -> Mapping[str, Table]:
        """Each table at the best moment of the last part: vacuum comes and goes, and what it does not catch up with
        grows.
        """
        _, last = _ends(self.samples)
        return {name: min((one.tables[name] for one in last), key=_dead) for name in last[0].tables}

    @property
    def _warm(self) -> Sequence[Sample]:
        return self.samples[int(len(self.samples) * WARM) :]

    @property
    def _lasted(self) -> float:
        return self.samples[-1].at - self.samples[0].at

    def breaches(self) -> Counter[str]:
        """What changed and should not have."""
        early, late = self.acknowledging
        few, many = self.connections
        long_enough = self._warm[-1].at - self._warm[0].at >= ENOUGH
        swollen = sum(growth > GROWTH for growth in self.growth.values()) if long_enough else 0
        bloated = sum(_dead(table) > SPARE for table in self.bloat.values()) if self._lasted * PART >= SWEPT else 0
        slowed, crowded = late > LATER * early and late - early > NOISE, many > few + MORE
        found = {SLOWED: slowed, CROWDED: crowded, SWOLLEN: swollen, BLOATED: bloated}
        return Counter({kind: int(number) for kind, number in found.items()})

    def __str__(self) -> str:
        early, late = (1000 * seconds for seconds in self.acknowledging)
        few, many = self.connections
        warm = self._warm
        held = [
            f"{name} {warm[0].held[name]:.1f} → {warm[-1].held[name]:.1f} MiB ({growth:+.2f} an hour)"
            for name, growth in self.growth.items()
        ]
        first, last = self.samples[0], self.samples[-1]
        cost = (
            f"{(last.commits - first.commits) / self.messages:.1f} commits and "
            f"{(last.log - first.log) / self.messages / 1000:.1f} kB of log a message with its answer and reports"
        )
        acknowledged = f"acknowledged in {early:.0f} ms (p99) at first and {late:.0f} ms at last"
        return ", ".join([acknowledged, f"{few} and {many} connections at most", *held, cost, *self._rows()])

    def _rows(self) -> Iterator[str]:
        """What is told of tables: the fullest of dead rows, and how large those are of which old rows are deleted."""
        if self.bloat:
            name, table = max(self.bloat.items(), key=lambda one: _dead(one[1]))
            yield f"at last {table.dead:,} dead rows beside {table.live:,} living ones in {name}"
        first, last = self.samples[0].tables, self.samples[-1].tables
        for name in PURGED:
            if name in first and name in last:
                yield f"{name} {first[name].size / 2**20:.1f} → {last[name].size / 2**20:.1f} MiB"


@dataclass
class Watch:
    """Looks at `service` and its processes `names` every few seconds."""

    service: Service
    names: Sequence[str]
    samples: list[Sample] = field(default_factory=list)

    async def go_on(self) -> None:
        """Take samples, for ever; none while PostgreSQL is away."""
        while True:
            with suppress(psycopg.Error):
                connections, commits, log = (await asyncio.to_thread(self.service.ask, _LOOK))[0]
                held = {name: machine.private(machine.family(self.service.pid(name))) for name in self.names}
                tables = {name: Table(*counts) for name, *counts in await asyncio.to_thread(self.service.ask, _TABLES)}
                self.samples.append(Sample(time.monotonic(), connections, commits, int(log), held, tables))
            await asyncio.sleep(STEP)


def _rise(one: Sample, other: Sample, name: str) -> float:
    """MiB an hour from one moment to another."""
    return (other.held[name] - one.held[name]) / (other.at - one.at) * 3600


def _dead(table: Table) -> float:
    """How many more rows are dead than may be beside the living ones."""
    return table.dead - DEAD * table.live


_Timed = TypeVar("_Timed", Acknowledged, Sample)


def _ends(series: Sequence[_Timed]) -> tuple[Sequence[_Timed], Sequence[_Timed]]:
    """The first and the last part of what has been seen."""
    began, ended = series[0].at, series[-1].at
    part = (ended - began) * PART
    return [one for one in series if one.at <= began + part], [one for one in series if one.at >= ended - part]
