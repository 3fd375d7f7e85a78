"""The stand-in for the Graph API. Whatever it accepts stands in its log at once: that is what a student received."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from edubot.storm import school
from edubot.storm.plan import ACCOUNT_LOCKED, SLOW, TOKEN_REFUSED, UNREACHABLE, Phase, deck
from edubot.storm.wire import answer, read

HANGS = 22.0  # seconds: longer than anybody waits for an answer
TAKES = 0.3  # seconds, where it answers slowly
EARLY = 1.0  # seconds for which an answer lets its delivery report go ahead, well within the sender's time limit

# What is answered instead of a success: HTTP status and Meta's code.
_REFUSALS: dict[str, tuple[int, int | None]] = {
    "error_500": (500, None),
    "error_500_after": (500, None),
    "number_too_fast": (400, 130429),
    "throttled_429": (429, 130429),
    "person_too_fast": (400, 131056),
    "undeliverable": (400, 131026),
    "window_closed": (400, 131047),
    TOKEN_REFUSED: (401, 190),
    ACCOUNT_LOCKED: (403, 131031),
}
_FOR_GOOD = {"undeliverable", "window_closed"}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that a student received: in which order, by which id, from which of our processes, and whether that
    heard of it.
    """

    number: str
    wamid: str
    ref: str
    said: str
    at: float  # seconds, time.monotonic()
    fault: str
    sender: str

    @property
    def unheard(self) -> bool:
        """Whether the sender cannot know."""
        return bool(self.fault)


class Refused(NamedTuple):
    """A message that was refused for good: whom it was for, by which fault, with which code, and when and by whom it
    was tried last.
    """

    number: str
    fault: str
    code: int | None
    at: float  # seconds, time.monotonic()
    sender: str


Report = Callable[[Accepted], Awaitable[None]]


class Graph:
    """Answers sends on `port`. `report` is told of every message that was accepted, and whether it is early."""

    def __init__(self, log: Path, report: Report) -> None:
        self.accepted: dict[str, list[Accepted]] = defaultdict(list)
        self.ended: dict[str, dict[str, str]] = defaultdict(dict)  # what was accepted or refused for good, in order:
        # by number, then by our reference
        self.refused: dict[str, Refused] = {}  # for good, in this phase, by our reference
        self.struck: Counter[str] = Counter()  # sends of this phase that got no proper answer at once, by what they got
        self.port = 0
        self.back_at = 0.0  # when it could be reached again after having been away, time.monotonic()
        self._away = ""
        self._refs: set[str] = set()
        self._total = 0
        self._log = log.open("a", encoding="utf-8")
        self._report = report
        self._reporting: set[asyncio.Future[None]] = set()
        self._random = Random(0)  # noqa: S311  (a schedule, no secret)
        self._faults: Mapping[str, float] = {}
        self._deck: list[str] = []
        self._early = 0.0
        self._server: asyncio.Server | None = None
        self._place = socket.socket()  # keeps the port ours while nobody listens there
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def answered(self) -> int:
        """How many different messages were accepted."""
        return len(self._refs)

    def took(self, ref: str) -> bool:
        """Whether the message with this reference was accepted at least once."""
        return ref in self._refs

    def accepted_at(self) -> list[float]:
        """When messages were accepted since the last time the API came back."""
        return [one.at for ones in self.accepted.values() for one in ones if one.at >= self.back_at]

    async def start(self) -> None:
        """Listen on a free port."""
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._place.bind(("127.0.0.1", 0))
        self.port = self._place.getsockname()[1]
        await self._listen()

    async def _listen(self) -> None:
        address = "127.0.0.1", self.port
        self._server = await asyncio.start_server(self._connected, *address, backlog=512, reuse_port=True)

    async def stop(self) -> None:
        """Hear nothing more."""
        await self._hang_up()
        self._place.close()
        self._log.close()

    async def _hang_up(self) -> None:
        if self._server:
            self._server.close()
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def leave(self, how: str) -> None:
        """From now on UNREACHABLE (connections are refused), or refusing every request."""
        self._away = how
        if how == UNREACHABLE:
            await self._hang_up()

    async def come_back(self) -> None:
        """As it was before `leave`."""
        if self._away == UNREACHABLE:
            await self._listen()
        self._away, self.back_at = "", time.monotonic()

    def begin(self, phase: Phase) -> None:
        """From now on the faults of this phase."""
        self._random = Random(phase.seed)  # noqa: S311
        self._faults, self._deck = phase.faults, []
        self._early = 0.1 if phase.faults and phase.statuses else 0.0
        self.refused, self.struck = {}, Counter()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            while True:
                head, body = await read(reader)
                reply = await self._answer(json.loads(body), sender(head))
                if reply is None:
                    break
                writer.write(reply)
                await writer.drain()

    async def _answer(self, body: dict[str, Any], name: str) -> bytes | None:
        """What goes back; None: the connection breaks."""
        if "status" in body:
            return answer(200, b'{"success":true}')
        fault = self._away or self._fate(_addressed(body)[1])
        self.struck[fault] += bool(fault)
        wamid = ""
        if fault in _FOR_GOOD:
            self._refuse(body, fault, name)
        if fault in {"", SLOW} or fault.endswith("_after"):
            wamid = await self._accept(body, fault.removeprefix(SLOW), name)
        if fault == SLOW:
            await asyncio.sleep(TAKES)
        if fault.startswith("hangs"):
            await asyncio.sleep(HANGS)
        if fault.startswith(("hangs", "resets")):
            return None
        if fault in _REFUSALS:
            status, code = _REFUSALS[fault]
            return answer(status, json.dumps({"error": {"code": code, "message": "No."}}).encode() if code else b"")
        if fault == "malformed_after":
            return answer(200, self._random.choice([b"<html>", b"{}", b'{"messages":[]}', b'{"messages":[{"id":']))
        contact = {"input": body.get("to"), "wa_id": str(body.get("to")).removeprefix("+")}
        done = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]}
        return answer(200, json.dumps(done).encode())

    def _fate(self, ref: str) -> str:
        """The fault that strikes, or "". What is refused for good once always is; what was taken once never is."""
        if ref in self.refused:
            return "" if ref in self._refs else self.refused[ref].fault
        fault = self._deal()
        if fault in _FOR_GOOD and ref in self._refs:
            self._deck.insert(0, fault)  # for somebody else
            return ""
        return fault

    def _deal(self) -> str:
        """The next fate of a shuffled deck: however the dice fall, each fault strikes once it was dealt."""
        if not self._deck:
            fates = deck(self._faults)
            self._deck = self._random.sample(fates, len(fates))
        return self._deck.pop()

    def _refuse(self, body: dict[str, Any], fault: str, name: str) -> None:
        number, ref = _addressed(body)
        self.refused[ref] = Refused(number, fault, _REFUSALS[fault][1], time.monotonic(), name)
        self.ended[number].setdefault(ref, school.said(body))
        self._log.write(json.dumps([number, "", ref, fault, school.said(body)], ensure_ascii=False) + "\n")

    async def _accept(self, body: dict[str, Any], fault: str, name: str) -> str:
        number, ref = _addressed(body)
        self._total += 1
        one = Accepted(number, f"wamid.out.{self._total}", ref, school.said(body), time.monotonic(), fault, name)
        self.accepted[number].append(one)
        self._refs.add(ref)
        self.ended[number].setdefault(ref, one.said)
        self._log.write(json.dumps([number, one.wamid, ref, fault, one.said], ensure_ascii=False) + "\n")
        reporting = asyncio.ensure_future(self._report(one))
        self._reporting.add(reporting)  # the event loop alone would not keep it
        reporting.add_done_callback(self._reporting.discard)
        if self._random.random() < self._early:
            await asyncio.wait([reporting], timeout=EARLY)  # the delivery report overtakes the answer to the send
        return one.wamid


def sender(head: str) -> str:
    """Which of our processes asks: its name is the first part of the address that it was told to ask at."""
    return head.split(" ", 2)[1].split("/")[1]


def _addressed(body: Mapping[str, Any]) -> tuple[str, str]:
    """The number that a message is for, and our reference."""
    return str(body.get("to", "")).removeprefix("+"), str(body.get("biz_opaque_callback_data", ""))
