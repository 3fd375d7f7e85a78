"""Meta's half of the webhook, at its worst: batches that change, deliveries that come twice, at once or later, items
that nobody can read, reports out of order, forged posts in between; and every answer but 200 means "again".
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from random import Random
from typing import Any, NamedTuple

from edubot.storm.graph import Accepted, Graph
from edubot.storm.plan import Phase
from edubot.storm.school import POISONED, Student
from edubot.storm.wire import BrokenError, Client
from whatsapp.simulator import payloads
from whatsapp.simulator.payloads import JSON, Line, Sender

PATH = "/api/webhook/whatsapp"
LINE = Line("200000000000002", "100000000000001", "15550001111")
SECRET = "storm-app-secret"  # noqa: S105  (of a service that lives for minutes)
CONNECTIONS = 12
TOGETHER = 3  # students in one post
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)  # seconds between two tries of a post; the last one again and again
WORDS = ("sent", "delivered", "read")


class Acknowledged(NamedTuple):
    """A post that was answered 200: when, and after how many seconds."""

    at: float  # seconds, time.monotonic()
    took: float


@dataclass
class Heard:
    """What Meta and staff were answered: the ids that were acknowledged, since when each report is known, and the
    answers that nobody should get, by status.
    """

    unforeseen: Counter[int] = field(default_factory=Counter)
    messages: set[str] = field(default_factory=set)
    poison: set[str] = field(default_factory=set)
    reports: dict[str, float] = field(default_factory=dict)  # by our reference
    said: Counter[str] = field(default_factory=Counter)  # by student
    replies: Counter[str] = field(default_factory=Counter)  # of staff, by student
    acknowledged: list[Acknowledged] = field(default_factory=list)
    forged: int = 0  # forged posts that were taken
    given_up: int = 0  # posts that were never answered 200

    def answered(self, status: int, foreseen: Collection[int]) -> None:
        """Note an answer; that there is none (0) or a 503 is always foreseen."""
        self.unforeseen[status] += status not in {0, 503, *foreseen}


class Meta:
    """Posts what a phase asks for to the web processes on `port`."""

    def __init__(self, phase: Phase, port: int, graph: Graph) -> None:
        self.heard = Heard()
        self._phase, self._graph = phase, graph
        self._answered_before = graph.answered
        self._random = Random(phase.seed)  # noqa: S311  (a schedule, no secret)
        self._clients: asyncio.Queue[Client] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            self._clients.put_nowait(Client(port))
        self._ends = inf
        self._due = 0.0  # when the next messages may be said, time.monotonic()
        self._background: set[asyncio.Task[Any]] = set()
        self._again: list[tuple[Sender, JSON]] = []
        self._reports: list[tuple[JSON, Accepted, asyncio.Future[None]]] = []

    # --- students' messages -------------------------------------------------------------------------------------------

    async def play(self, students: Sequence[Student]) -> None:
        """Say everything that the students say, each line after the one before was acknowledged."""
        self._ends = time.monotonic() + self._phase.longest
        shuffled = self._random.sample(students, len(students))
        groups = [shuffled[start : start + TOGETHER] for start in range(0, len(shuffled), TOGETHER)]
        await asyncio.gather(*(self._group(group) for group in groups))
        while self._background:
            await asyncio.wait(list(self._background))

    @property
    def under_way(self) -> int:
        """How much is being posted, or will be in a moment."""
        return len(self._background)

    async def close(self) -> None:
        """Let go of all connections."""
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        while not self._clients.empty():
            self._clients.get_nowait().close()
        await asyncio.sleep(0)

    async def _group(self, students: Sequence[Student]) -> None:
        random = Random(f"{self._phase.seed} {students[0].number}")  # noqa: S311
        while (talking := [one for one in students if self.heard.said[one.number] < len(one.lines)]) and not self._over:
            await self._room()
            batch = self._batch(talking, random)
            await self._turn(len(batch))
            body = self._body(batch, random)
            copies = 2 if random.random() < self._phase.twice_at_once else 1
            if not any(await asyncio.gather(*(self.post(body) for _ in range(copies)))):
                return
            self.heard.messages |= {item["id"] for _, item in batch}
            self.heard.said.update(sender.number for sender, _ in batch)
            if random.random() < self._phase.again_later:
                self._again += batch
                self._later(self._repeat(random.uniform(0, 3)))
            if random.random() < self._phase.forged:
                self._later(self._forge(body))

    @property
    def _over(self) -> bool:
        return time.monotonic() > self._ends

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _room(self) -> None:
        """Wait while the service is far behind; go on where nothing moves, or can move."""
        if self._phase.outage:
            return
        most = max(40, self._phase.students * self._phase.burst // 2)
        moved, before = time.monotonic(), -1
        while len(self.heard.messages) - self._answered > most and time.monotonic() - moved < 3:
            if self._answered != before:
                moved, before = time.monotonic(), self._answered
            await asyncio.sleep(0.02)

    async def _turn(self, messages: int) -> None:
        """Wait until so many messages may be said without leaving the phase's pace."""
        if self._phase.pace:
            turn = max(self._due, time.monotonic())
            self._due = turn + messages / self._phase.pace
            await asyncio.sleep(turn - time.monotonic())

    @property
    def _answered(self) -> int:
        return self._graph.answered - self._answered_before

    def _batch(self, talking: Sequence[Student], random: Random) -> list[tuple[Sender, JSON]]:
        """The next lines of these students, mixed; each student's in their order."""
        lines: list[list[tuple[Sender, JSON]]] = []
        for student in talking:
            done = self.heard.said[student.number]
            until = min(done + random.randint(1, self._phase.burst), len(student.lines))
            lines.append([_message(student, number) for number in range(done, until)])
        owners = [number for number, own in enumerate(lines) for _ in own]
        random.shuffle(owners)
        return [lines[owner].pop(0) for owner in owners]

    def _body(self, batch: Sequence[tuple[Sender, JSON]], random: Random) -> bytes:
        payload = payloads.messages(LINE, batch)
        if random.random() < self._phase.poison:
            key = f"wamid.poison.{batch[0][1]['id']}"
            items = payload["entry"][0]["changes"][0]["value"]["messages"]
            items.insert(random.randrange(len(items) + 1), _poison(key, random))
            self.heard.poison.add(key)
        return payloads.encode(payload)

    async def _repeat(self, pause: float) -> None:
        """Deliver once more, in another batch and another order."""
        await asyncio.sleep(pause)
        batch, self._again = self._again[:9], self._again[9:]
        if batch:
            self._random.shuffle(batch)
            await self.post(payloads.encode(payloads.messages(LINE, batch)))

    async def _forge(self, body: bytes) -> None:
        """Somebody else posts it, slightly changed."""
        status, _ = await self._ask(body.replace(b'"id":"wamid.', b'"id":"wamid.forged.'), "not the secret")
        self.heard.forged += status == 200
        self.heard.answered(status, foreseen={200, 401})

    async def post(self, body: bytes) -> bool:
        """Post until it is answered 200, or until the phase has lasted far too long."""
        tries = 0
        while time.monotonic() < self._ends + self._phase.patience:
            status, acknowledged = await self._ask(body, SECRET)
            self.heard.answered(status, foreseen={200})
            if status == 200:
                self.heard.acknowledged.append(acknowledged)
                return True
            await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
            tries += 1
        self.heard.given_up += 1
        return False

    async def _ask(self, body: bytes, secret: str) -> tuple[int, Acknowledged]:
        """Post once, signed with this secret: the status of the answer (0: there was none), when, and how soon."""
        headers = {"X-Hub-Signature-256": payloads.signature(secret, body), "Content-Type": "application/json"}
        client = await self._clients.get()
        began = time.monotonic()
        try:
            status = await client.post(PATH, body, headers)
        except BrokenError:
            status = 0
        finally:
            self._clients.put_nowait(client)
        return status, Acknowledged(began, time.monotonic() - began)

    # --- delivery reports ---------------------------------------------------------------------------------------------

    async def report(self, accepted: Accepted) -> None:
        """Report what became of a message; returns when the first of its reports is acknowledged."""
        if not self._phase.statuses:
            return
        rough = bool(self._phase.faults)
        words = [word for word in WORDS if not (rough and self._random.random() < self._phase.lost_statuses)]
        if rough:
            self._random.shuffle(words)
            words += [word for word in words if self._random.random() < 0.05]
        first: list[asyncio.Future[None]] = []
        for number, word in enumerate(words):
            future = asyncio.get_running_loop().create_future()
            item = payloads.status(_sender(accepted.number), accepted.wamid, word, datetime.now(UTC), ref=accepted.ref)
            if number == 0:
                first.append(future)
            self._queue(item, accepted, future, self._random.uniform(0, 0.6) if rough and number else 0)
        if first:
            await first[0]

    def _queue(self, item: JSON, accepted: Accepted, future: asyncio.Future[None], pause: float) -> None:
        async def put() -> None:
            await asyncio.sleep(pause)
            self._reports.append((item, accepted, future))
            if len(self._reports) == 1:
                await asyncio.sleep(0.05)
                await self._flush()

        self._later(put())

    async def _flush(self) -> None:
        batch, self._reports = self._reports, []
        sender = _sender(batch[0][1].number)
        taken = await self.post(payloads.encode(payloads.statuses(LINE, sender, [item for item, _, _ in batch])))
        for _, accepted, future in batch:
            if taken:
                self.heard.reports.setdefault(accepted.ref, time.monotonic())
            if not future.done():
                future.set_result(None)


def _sender(number: str) -> Sender:
    return Sender(number, f"NG.{number}", "Storm")


def _message(student: Student, number: int) -> tuple[Sender, JSON]:
    sender = _sender(student.number)
    wamid = f"wamid.in.{student.number[-6:]}.{number}"  # the number itself may stand in no log
    return sender, payloads.message(sender, wamid, datetime.now(UTC), "text", {"body": student.lines[number]})


def _poison(key: str, random: Random) -> Any:
    """Something that stands where a message should, with an id that must be kept all the same."""
    somebody = random.choice(POISONED)
    return random.choice(
        [
            {"id": key, "from": somebody, "timestamp": "1e99", "type": "text", "text": None},
            {"id": key, "from": None, "type": ["text"], "text": {"body": 7}},
            {"id": key, "from": somebody, "type": "hologram", "hologram": {"\u0000": "\u0000"}},
            {"id": key},
        ]
    )
