"""Two hundred consoles listen while staff write and webhooks come in."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvloop

from edubot.bench import database, figures
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.load import HOST, PATIENCE, Caller, hammer
from edubot.bench.rows.intake import CALLERS, speed
from edubot.bench.rows.turns import post_time
from edubot.bench.service import Service, request
from edubot.processes import NotReadyError

CONSOLES, PEOPLE = 200, 20
EVERY = 0.4  # seconds between two answers of staff
_MARK = re.compile(rb"mark-(\d+)-")


@dataclass
class _Room:
    """Consoles that listen; `heard` has when each console first saw each mark."""

    one: Service
    heard: dict[tuple[int, int], float] = field(default_factory=dict)
    open: int = 0

    async def listen(self, number: int, token: str) -> None:
        """One console, until it is cancelled."""
        reader, writer = await asyncio.open_connection(HOST, self.one.port)
        writer.write(request("GET", "/api/admin/events", token))
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise NotReadyError(f"a console was refused: {head[:40]!r}")
        self.open += 1
        rest = b""
        try:
            while piece := await reader.read(65536):
                now, text = time.perf_counter(), rest + piece
                for mark in _MARK.findall(text):
                    self.heard.setdefault((number, int(mark)), now)
                rest = text[-40:]
        finally:
            writer.close()

    @asynccontextmanager
    async def full(self, tokens: Sequence[str]) -> AsyncIterator[None]:
        """All consoles listen during the block."""
        self.open = 0
        listening = [
            asyncio.create_task(self.listen(number, tokens[number % len(tokens)])) for number in range(CONSOLES)
        ]
        try:
            async with asyncio.timeout(PATIENCE):
                while self.open < CONSOLES:
                    await asyncio.sleep(0.05)
                    if failed := next((one for one in listening if one.done()), None):
                        failed.result()
            yield
        finally:
            for one in listening:
                one.cancel()
            await asyncio.gather(*listening, return_exceptions=True)


def consoles(bench: Bench) -> list[Figure]:
    """How soon everybody sees what somebody wrote, and how fast webhooks are taken in meanwhile."""
    database.empty()
    tokens = database.agents(PEOPLE)
    phones = database.students(1)
    with bench.service() as one:
        post_time(one, phones[0], one.webhooks.post(one.webhooks.tap(phones[0], "support", "Support")))
        times = uvloop.run(_talk(one, tokens, phones[0], bench.some(40)))
    return [*_figures(times), _intake(bench, tokens)]


def _figures(times: Sequence[float]) -> list[Figure]:
    shown = [1000 * each for each in times]
    return [
        figures.plain(f"event at one of {CONSOLES} consoles, from the POST that caused it", shown, "ms"),
        figures.at_most("p99", figures.percentile(shown, 99), 500, "ms"),
    ]


async def _talk(one: Service, tokens: Sequence[str], phone: str, count: int) -> list[float]:
    room, caller, began = _Room(one), Caller(one.port), {}
    async with room.full(tokens):
        for mark in range(count):
            await asyncio.sleep(EVERY)
            began[mark] = time.perf_counter()
            body = json.dumps({"message": f"mark-{mark}-"}).encode()
            path = f"/api/admin/conversations/{phone}/chat-support/send"
            answer = await caller.ask(request("POST", path, tokens[0], body))
            if answer.status != 200:
                raise AssertionError(f"send was answered {answer.status}")
        await asyncio.sleep(2)
    missing = CONSOLES * count - len(room.heard)
    if missing:
        raise NotReadyError(f"{missing} events did not reach a console")
    return [at - began[mark] for (_, mark), at in room.heard.items()]


def _intake(bench: Bench, tokens: Sequence[str]) -> Figure:
    """What webhooks gain or lose when consoles listen, by turns."""
    with bench.service(workers=0) as one:
        ratios = uvloop.run(_compare(one, tokens, bench.some(3), bench.seconds(2)))
    return figures.at_least("webhook intake with consoles, of that without", ratios, 0.9, "×", digits=2)


async def _compare(one: Service, tokens: Sequence[str], rounds: int, seconds: float) -> list[float]:
    posts, room, ratios = one.webhooks.posts(), _Room(one), []
    await hammer(one.port, posts, CALLERS, 1.0)
    for _ in range(rounds):
        without = speed(await hammer(one.port, posts, CALLERS, seconds))
        async with room.full(tokens):
            ratios.append(speed(await hammer(one.port, posts, CALLERS, seconds)) / without)
    return ratios
