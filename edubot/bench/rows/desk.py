"""Twenty agents, each with a chat: a student asks for a person, is answered, and the chat is ended; again and again."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from random import Random

import uvloop
from asgiref.sync import sync_to_async

from edubot.bench import database, figures
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.load import PATIENCE, Answer, Caller
from edubot.bench.service import Service, request
from edubot.processes import NotReadyError
from support.models import SupportTicket

AGENTS = 20
STUDENTS = 12  # of one agent; each asks for a person once
THINKING = (0.5, 2.5)  # seconds between two actions of an agent: people do not work in step

VERBS = ("send", "end", "ticket detail", "PATCH")
Times = dict[str, list[float]]


def at_work(bench: Bench) -> list[Figure]:
    """The verbs' p95, and from the support button to the welcome at the Graph API."""
    database.empty()
    tokens, phones = database.agents(AGENTS), database.students(AGENTS * STUDENTS)
    with bench.service() as one:
        times = uvloop.run(_shift(one, tokens, phones, bench.seconds(25)))
    found = [_p95(verb, times[verb], 100) for verb in VERBS]
    return [*found, _p95("support button → welcome at the Graph API", times["welcome"], 300)]


def _p95(what: str, seconds: Sequence[float], goal: float) -> Figure:
    times = [1000 * each for each in seconds]
    return figures.at_most(f"{what}, p95", figures.percentile(times, 95), goal, "ms", digits=1, spread=times)


async def _shift(one: Service, tokens: Sequence[str], phones: Sequence[str], seconds: float) -> Times:
    times: Times = defaultdict(list)
    end = time.perf_counter() + seconds
    moods = map(Random, range(AGENTS))
    agents = [_Agent(one, token, times, mood) for token, mood in zip(tokens, moods, strict=True)]
    await asyncio.gather(
        *(agent.work(phones[number::AGENTS], end, number / AGENTS) for number, agent in enumerate(agents))
    )
    return times


class _Agent:
    """One member of the team; `times` collects how long each verb took, `mood` says how long they think."""

    def __init__(self, one: Service, token: str, times: Times, mood: Random) -> None:
        self._one, self._token, self._times, self._mood = one, token, times, mood
        self._caller = Caller(one.port)

    async def work(self, phones: Sequence[str], end: float, late: float) -> None:
        """Serve these students one after the other until the end of the shift."""
        await asyncio.sleep(late)
        for phone in phones:
            await self._serve(phone)
            if time.perf_counter() > end:
                break
        self._caller.close()

    async def _serve(self, phone: str) -> None:
        await self._asks_for_a_person(phone)
        ticket = await sync_to_async(SupportTicket.objects.values_list("pk", flat=True).get)(
            conversation__contact__phone=f"+{phone}", status="OPEN"
        )
        chat, one_ticket = f"/api/admin/conversations/{phone}/chat-support", f"/api/support/tickets/{ticket}"
        await self._do("ticket detail", "GET", one_ticket)
        await self._do("send", "POST", f"{chat}/send", message="Hello Ada, how can we help?")
        await self._do("PATCH", "PATCH", one_ticket, priority="HIGH")
        await self._do("send", "POST", f"{chat}/send", message="We look into it.")
        await self._do("ticket detail", "GET", one_ticket)
        await self._do("end", "POST", f"{chat}/end")

    async def _asks_for_a_person(self, phone: str) -> None:
        arrived, began = asyncio.Event(), time.perf_counter()
        loop = asyncio.get_running_loop()
        self._one.graph.listen(phone, lambda _: loop.call_soon_threadsafe(arrived.set))
        await self._caller.ask(self._one.webhooks.post(self._one.webhooks.tap(phone, "support", "Support")))
        try:
            async with asyncio.timeout(PATIENCE):
                await arrived.wait()
        except TimeoutError:
            raise NotReadyError("no welcome") from None
        self._times["welcome"].append(time.perf_counter() - began)
        self._one.graph.forget(phone)

    async def _do(self, verb: str, method: str, path: str, **body: str) -> None:
        await asyncio.sleep(self._mood.uniform(*THINKING))
        content = json.dumps(body).encode() if body else b""
        answer = await self._caller.ask(request(method, path, self._token, content))
        _require_success(verb, answer)
        self._times[verb].append(answer.seconds)


def _require_success(verb: str, answer: Answer) -> None:
    if not 200 <= answer.status < 300:
        raise AssertionError(f"{verb} was answered {answer.status}: {answer.body[:300]!r}")
