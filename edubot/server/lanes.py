"""Threads for requests, and the point at which waiting makes no sense any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from edubot.server.bodies import RefusedError

T = TypeVar("T")


class Job(Generic[T]):
    """A piece of work on its way into a thread and its result on the way back."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self.result: asyncio.Future[T] = self._loop.create_future()

    def run(self) -> None:
        """Do it, in a thread."""
        if self.result.cancelled():  # nobody waits for it any more
            return
        try:
            value = self._work()
        except BaseException as error:  # noqa: BLE001  (raised again where the job is awaited)
            self._loop.call_soon_threadsafe(self._settle, None, error)
        else:
            self._loop.call_soon_threadsafe(self._settle, value, None)

    def _settle(self, value: T | None, error: BaseException | None) -> None:
        if self.result.done():
            return
        if error is not None:
            self.result.set_exception(error)
        else:
            self.result.set_result(value)  # type: ignore[arg-type]


class Lane:
    """`threads` requests at work, at most `waiting` behind them, at most `memory` bytes of bodies held for them.

    Lanes keep kinds of requests apart: a heavy report must not hold up a webhook, nor a flood of webhooks the probes.
    The threads are daemons, unlike those of an executor: one that hangs must not keep the process from ending.
    """

    def __init__(self, name: str, *, threads: int, waiting: int, memory: int) -> None:
        self.name = name
        self.refused = 0  # requests, since this process began
        self.room = threads + waiting
        self.memory = memory
        self.taken = 0
        self.held = 0
        self._jobs: SimpleQueue[Job[object]] = SimpleQueue()
        for number in range(threads):
            Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    @property
    def is_full(self) -> bool:
        """Whether too many wait already."""
        return self.taken >= self.room

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, done in a thread. Raises RefusedError at once when too many wait already."""
        if self.is_full:
            raise overloaded()
        self.taken += 1
        job = Job(work)
        job.result.add_done_callback(self._free)
        self._jobs.put(job)  # type: ignore[arg-type]
        return await job.result

    @contextmanager
    def holding(self) -> Iterator[Callable[[int], None]]:
        """A function that notes bytes kept for one request, and raises RefusedError where the lane holds too many."""
        kept = 0

        def hold(size: int) -> None:
            nonlocal kept
            if self.held + size > self.memory:
                raise overloaded()
            kept += size
            self.held += size

        try:
            yield hold
        finally:
            self.held -= kept

    def _free(self, _: object) -> None:
        self.taken -= 1

    def _work(self) -> None:
        while True:
            self._jobs.get().run()


def overloaded() -> RefusedError:
    """503: more requests than we can answer in good time."""
    return RefusedError(503, "OVERLOADED", "Too many requests at this moment: please try again.")
