"""A storm from the first message to the verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from edubot.storm import audit, school
from edubot.storm.audit import Verdict, judge
from edubot.storm.desk import Desk
from edubot.storm.graph import Accepted, Graph
from edubot.storm.meta import Meta
from edubot.storm.plan import BY_HAND, Pace, Phase
from edubot.storm.school import Student
from edubot.storm.service import Service
from edubot.storm.soak import Soak, Watch

Say = Callable[[str], None]


class Storm:
    """A service, a Graph API and Meta, all in `directory` and on ports of this machine. See `opened`."""

    def __init__(self, service: Service, graph: Graph) -> None:
        self.service, self.graph = service, graph
        self.numbers: set[str] = set()
        self.meta: Meta | None = None

    async def play(self, phase: Phase, **variables: str) -> Verdict:
        """Play one phase. `variables` are put into the environment of the processes."""
        began, deaths = time.monotonic(), len(self.service.deaths)
        restarts, watch = self.service.restarts, Watch(self.service, phase.spared)
        around = await asyncio.to_thread(audit.look_around, self.service, self.numbers)
        students = school.enrol(phase, first=len(self.numbers))
        self.numbers |= {student.number for student in students}
        self.service.arm(phase, **variables)
        meta = self.meta = Meta(phase, self.service.port, self.graph)
        self.graph.begin(phase)
        async with beside(self.service.keep_alive()):
            try:
                await self.service.ready()
                async with beside(watch.go_on()):
                    await self._said(phase, meta, students)
                await self._settle(phase, lambda: sum(audit.pending(self.service)))
                # From here on nothing is sent, but some reports may not have reached us yet.
                await self._settle(phase, lambda: meta.under_way + sum(audit.pending(self.service)))
            finally:
                await meta.close()
        verdict = await asyncio.to_thread(
            judge,
            phase,
            students,
            self.service,
            graph=self.graph,
            heard=meta.heard,
            deaths=self.service.deaths[deaths:],
        )
        verdict.found += await asyncio.to_thread(audit.look_around, self.service, self.numbers) - around
        if phase.spared:
            verdict.soak = Soak(verdict.said, meta.heard.acknowledged, watch.samples)
            verdict.found += verdict.soak.breaches()
        verdict.restarts = self.service.restarts - restarts
        verdict.seconds = time.monotonic() - began
        return verdict

    async def _said(self, phase: Phase, meta: Meta, students: Sequence[Student]) -> None:
        """Everything is said. Where the Graph API is away meanwhile, it comes back once all replies wait for it."""
        began = time.monotonic()
        if phase.outage:
            await self.graph.leave(phase.outage)
        desk = Desk(phase, self.service.port, meta.heard)
        await desk.open(students)
        async with beside(self.service.trouble(phase)):
            await asyncio.gather(meta.play(students), desk.play())
        if phase.outage:
            await self._settle(phase, lambda: audit.pending(self.service)[0])
            await asyncio.sleep(began + phase.outage_lasts - time.monotonic())
            await self.graph.come_back()
        if phase.outage in BY_HAND:
            await asyncio.to_thread(self.service.open_gates)

    async def _settle(self, phase: Phase, waiting: Callable[[], int]) -> None:
        """Wait until nothing waits any more, or nothing has become less for as long as the phase's patience lasts."""
        least, deadline = None, 0.0
        while left := await asyncio.to_thread(waiting):  # which starts PostgreSQL first where it is down
            if least is None or left < least:
                least, deadline = left, time.monotonic() + phase.patience
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(0.2)

    async def report(self, accepted: Accepted) -> None:
        """Meta reports what the Graph API accepted."""
        if self.meta:
            await self.meta.report(accepted)


@asynccontextmanager
async def beside(endless: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Let something endless go on for the time of a block. Where it breaks, the block is left with its error."""
    block, task = asyncio.current_task(), asyncio.ensure_future(endless)

    def leave(ended: asyncio.Task[None]) -> None:
        if block and not ended.cancelled() and ended.exception():
            block.cancel()

    task.add_done_callback(leave)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def opened(directory: Path, pace: Pace) -> AsyncIterator[Storm]:
    """A storm that is ready to be played, in an empty directory; everything it started is ended."""
    storms: list[Storm] = []

    async def report(accepted: Accepted) -> None:
        await storms[0].report(accepted)

    graph = Graph(directory / "graph.jsonl", report)
    await graph.start()
    service = Service(directory, graph.port, pace)
    storms.append(Storm(service, graph))
    try:
        await asyncio.to_thread(service.migrate)
        yield storms[0]
    finally:
        await asyncio.to_thread(service.close)  # another storm may be in full swing
        await graph.stop()


async def play(directory: Path, phases: Sequence[Phase], pace: Pace, say: Say) -> bool:
    """Play the phases one after the other in one service and tell how each went; whether all was well."""
    async with opened(directory, pace) as storm:
        well = True
        for phase in phases:
            verdict = await storm.play(phase)
            well &= verdict.passed
            say(str(verdict))
        proved, told = await asyncio.to_thread(storm.service.proves)
        say(told)
        return well and proved


async def play_all(directory: Path, storms: Sequence[Sequence[Phase]], pace: Pace, say: Say) -> bool:
    """Play storms at the same time, each in a service and a directory of its own; whether all was well."""

    async def one(number: int, phases: Sequence[Phase]) -> bool:
        own = directory / str(number)
        own.mkdir()
        own.chmod(0o711)  # PostgreSQL may run as another user
        return await play(own, phases, pace, say)

    return all(await asyncio.gather(*(one(number, phases) for number, phases in enumerate(storms, start=1))))
