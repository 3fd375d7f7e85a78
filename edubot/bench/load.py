"""Callers: kept connections on loopback that ask again and again, as fast as they are answered or at a given pace."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import uvloop

HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds for one answer
MOST = 250_000  # requests of one load

Requests = Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """How one request went. `seconds` counts from when it was due, so that a caller who had to wait is counted too;
    `late` of these had passed when it was sent. `number` says which of the load's requests it answers, from 0.
    """

    status: int
    seconds: float
    began: float
    body: bytes = b""
    late: float = 0.0
    number: int = 0


def http(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A request as it goes over the wire. Underscores in the names of headers become hyphens."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Caller:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes, due: float | None = None, number: int = 0) -> Answer:
        """Send a request and read its answer; status 0 where none came."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                status, body = await self._exchange(request)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            self.close()
            status, body = 0, b""
        due = due or began
        return Answer(status, time.perf_counter() - due, began, body, began - due, number)

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._stream is None:
            self._stream = await asyncio.open_connection(HOST, self._port)
        reader, writer = self._stream
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        _, found, rest = head.partition(b"content-length:")
        body = await reader.readexactly(int(rest.split(b"\r\n", 1)[0])) if found else b""
        if b"connection: close" in head:
            self.close()
        return int(head[9:12]), body

    def close(self) -> None:
        """Hang up."""
        if self._stream:
            with suppress(OSError):
                self._stream[1].close()
        self._stream = None


async def hammer(port: int, requests: Requests, callers: int, seconds: float) -> list[Answer]:
    """So many callers, each with one request at a time, for so long."""
    answers: list[Answer] = []
    end = time.perf_counter() + seconds

    async def one() -> None:
        caller = Caller(port)
        while time.perf_counter() < end and len(answers) < MOST:
            answers.append(await caller.ask(next(requests)))
        caller.close()

    await asyncio.gather(*(one() for _ in range(callers)))
    return answers


def as_fast_as_answered(port: int, requests: Requests, callers: int, seconds: float) -> list[Answer]:
    """`hammer`, for a caller without an event loop."""
    return uvloop.run(hammer(port, requests, callers, seconds))


def at_pace(port: int, requests: Requests, rate: float, seconds: float, most_callers: int = 64) -> list[Answer]:
    """`rate` requests a second whatever the answers take, over at most so many connections."""

    async def play() -> list[Answer]:
        answers: list[Answer] = []
        due: asyncio.Queue[float | None] = asyncio.Queue()
        numbered = enumerate(requests)

        async def one() -> None:
            caller = Caller(port)
            while (moment := await due.get()) is not None:
                number, request = next(numbered)
                answers.append(await caller.ask(request, moment, number))
            caller.close()

        callers = [asyncio.create_task(one()) for _ in range(most_callers)]
        await _clock(rate, min(int(rate * seconds), MOST), due.put_nowait)
        for _ in callers:
            due.put_nowait(None)
        await asyncio.gather(*callers)
        return answers

    gc.disable()  # looking through a hundred thousand answers takes longer than some of them took
    try:
        return uvloop.run(play())
    finally:
        gc.enable()


async def _clock(rate: float, count: int, tick: Callable[[float], None]) -> None:
    """Call `tick` with the moment for which each request was due."""
    began = time.perf_counter()
    for number in range(count):
        moment = began + number / rate
        if (early := moment - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tick(moment)


def one_by_one(port: int, requests: list[bytes]) -> list[Answer]:
    """Each request after the answer to the one before, over one connection."""

    async def play() -> list[Answer]:
        caller = Caller(port)
        answers = [await caller.ask(request) for request in requests]
        caller.close()
        return answers

    return uvloop.run(play())
