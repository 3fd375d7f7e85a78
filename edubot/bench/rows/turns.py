"""From a student's message to the reply at the Graph API: alone, and as many as go through."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from itertools import cycle

import uvloop

from edubot.bench import database, figures, load
from edubot.bench.bench import Bench
from edubot.bench.cost import Meter
from edubot.bench.figures import Figure
from edubot.bench.load import PATIENCE, Caller
from edubot.bench.service import Service
from edubot.processes import NotReadyError, eventually

WORDS = ("menu", "help", "hi", "homework", "cancel", "faq", "status", "thanks")  # each has one reply
CROWD = 64  # students who talk at the same time
DELAY = 0.1  # seconds that the Graph API takes
DRAWN = {"worker": "profile-worker", "web": "profile-web-turns"}
REST = 20  # times as many who talk by turns: nobody writes as fast as the flood limit


def alone(bench: Bench) -> list[Figure]:
    """One message at a time, with nothing else to do."""
    database.empty()
    people = cycle(database.students(100))
    with bench.service() as one:
        for _ in range(5):
            reply_time(one, next(people), "hi")
        database.analyse()
        times = [1000 * reply_time(one, next(people), "hi") for _ in range(bench.some(150))]
    return [
        figures.at_most(
            "from POST to the reply at the Graph API, p50",
            figures.percentile(times, 50),
            60,
            "ms",
            digits=1,
            spread=times,
        ),
        figures.at_most("p99", figures.percentile(times, 99), 250, "ms", digits=1),
    ]


def reply_time(one: Service, phone: str, words: str) -> float:
    """Seconds from the POST of a text to the next message at the Graph API. Raises NotReadyError."""
    return post_time(one, phone, one.webhooks.post(one.webhooks.text(phone, words)))


def post_time(one: Service, phone: str, post: bytes) -> float:
    """Seconds from this POST to the next message to `phone` at the Graph API. Raises NotReadyError."""
    arrived, began = one.graph.expect(phone), time.perf_counter()
    load.one_by_one(one.port, [post])
    eventually(arrived.is_set, "a reply", 20)
    sent = next(sent for sent in reversed(one.graph.sent) if sent.to == phone)
    threading.Event().wait(0.05)  # the worker goes to sleep again
    return sent.at - began


def many(bench: Bench) -> list[Figure]:
    """As many students as get replies, with a Graph API that takes 100 ms for each message; what one turn costs.

    Then the same with two worker processes, which share the cores.
    """
    database.empty()
    phones = database.students(CROWD * REST)
    with bench.service(delay=DELAY, draws=DRAWN) as one:
        _warm_up(one, phones)
        meter = Meter(one, bench.home)
        rates, waits = _rounds(bench, one, phones, 5)
        cost = [*meter.figures(len(waits)), _statements(bench, one, phones)]
    with bench.service(delay=DELAY, workers=2) as two:
        _warm_up(two, phones)
        shared, _ = _rounds(bench, two, phones, 3)
    return [
        figures.at_least("turns, Graph API answering in 100 ms", rates, 200, "/s"),
        figures.plain(f"from POST to reply with {CROWD} students at a time", waits, "s", digits=2),
        *cost,
        figures.plain("turns with two worker processes", shared, "/s"),
    ]


def _warm_up(one: Service, phones: Sequence[str]) -> None:
    talk(one, phones, 2.0)
    database.analyse()


def _rounds(bench: Bench, one: Service, phones: Sequence[str], count: int) -> tuple[list[float], list[float]]:
    """Turns a second of each round, from its first message to its last reply, and the seconds of every reply."""
    rates, waits = [], []
    for _ in range(bench.some(count)):
        began = time.perf_counter()
        replies = talk(one, phones, bench.seconds(5))
        rates.append(len(replies) / (time.perf_counter() - began))
        waits += replies
        bench.say(f"{rates[-1]:,.0f} turns/s")
    return rates, waits


def _statements(bench: Bench, one: Service, phones: Sequence[str]) -> Figure:
    """How many statements a turn takes, sending included, among as many students as before."""
    with database.statements(bench.home) as heard:
        turns = len(talk(one, phones, 1.0))
    return figures.plain("SQL statements a turn, BEGIN and COMMIT among them", [len(heard) / turns], "", digits=1)


def talk(one: Service, phones: Sequence[str], seconds: float, most: int = load.MOST) -> list[float]:
    """Let students talk for so long, each again after the reply, at most so many turns; the seconds of every reply.

    Raises NotReadyError where a reply does not come.
    """
    return uvloop.run(_Crowd(one, most).talk(phones, seconds))


class _Crowd:
    """Students in groups; of a group one talks at a time."""

    def __init__(self, one: Service, most: int) -> None:
        self._one, self._most = one, most
        self._replies: list[float] = []
        self._begun = 0

    async def talk(self, phones: Sequence[str], seconds: float) -> list[float]:
        """All groups at once."""
        end = time.perf_counter() + seconds
        await asyncio.gather(*(self._group(phones[number::CROWD], end) for number in range(CROWD)))
        return self._replies

    async def _group(self, phones: Sequence[str], end: float) -> None:
        caller = Caller(self._one.port)
        for words, phone in ((words, phone) for words in cycle(WORDS) for phone in phones):
            if time.perf_counter() > end or self._begun >= self._most:
                break
            self._begun += 1
            await self._turn(caller, phone, words)
        caller.close()

    async def _turn(self, caller: Caller, phone: str, words: str) -> None:
        arrived, loop, began = asyncio.Event(), asyncio.get_running_loop(), time.perf_counter()
        self._one.graph.listen(phone, lambda _: loop.call_soon_threadsafe(arrived.set))
        answer = await caller.ask(self._one.webhooks.post(self._one.webhooks.text(phone, words)))
        try:
            async with asyncio.timeout(PATIENCE):
                await arrived.wait()
        except TimeoutError:
            raise NotReadyError(f"no reply to {words!r} in {PATIENCE:.0f} s (POST: {answer.status})") from None
        self._one.graph.forget(phone)
        self._replies.append(time.perf_counter() - began)
