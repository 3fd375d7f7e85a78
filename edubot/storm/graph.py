"""The stand-in for the Graph API. Whatever it accepts stands in its log at once: that is what a student received."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from edubot.storm import school
from edubot.storm.plan import Phase
from edubot.storm.wire import answer, read

HANGS = 22.0  # seconds: longer than anybody waits for an answer

# What is answered instead of a success: HTTP status and Meta's code.
_REFUSALS: dict[str, tuple[int, int | None]] = {
    "error_500": (500, None),
    "error_500_after": (500, None),
    "number_too_fast": (400, 130429),
    "throttled_429": (429, 130429),
    "person_too_fast": (400, 131056),
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that a student received: in which order, by which id, and whether the sender heard of it."""

    number: str
    wamid: str
    ref: str
    said: str
    at: float  # seconds, time.monotonic()
    fault: str

    @property
    def unheard(self) -> bool:
        """Whether the sender cannot know."""
        return bool(self.fault)


Report = Callable[[Accepted], Awaitable[None]]


class Graph:
    """Answers sends on `port`. `report` is told of every message that was accepted, and whether it is early."""

    def __init__(self, log: Path, report: Report) -> None:
        self.accepted: dict[str, list[Accepted]] = defaultdict(list)
        self.struck: Counter[str] = Counter()
        self.port = 0
        self._refs: set[str] = set()
        self._total = 0
        self._log = log.open("a", encoding="utf-8")
        self._report = report
        self._reporting: set[asyncio.Future[None]] = set()
        self._random = Random(0)  # noqa: S311  (a schedule, no secret)
        self._faults: list[tuple[str, float]] = []
        self._early = 0.0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def answered(self) -> int:
        """How many different messages were accepted."""
        return len(self._refs)

    def took(self, ref: str) -> bool:
        """Whether the message with this reference was accepted at least once."""
        return ref in self._refs

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hear nothing more."""
        if self._server:
            self._server.close()
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._log.close()

    def begin(self, phase: Phase) -> None:
        """From now on the faults of this phase."""
        self._random = Random(phase.seed)  # noqa: S311
        self._faults = list(phase.faults.items())
        self._early = 0.1 if phase.faults and phase.statuses else 0.0

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            while True:
                _, body = await read(reader)
                reply = await self._answer(json.loads(body))
                if reply is None:
                    break
                writer.write(reply)
                await writer.drain()

    async def _answer(self, body: dict[str, Any]) -> bytes | None:
        """What goes back; None: the connection breaks."""
        if "status" in body:
            return answer(200, b'{"success":true}')
        fault = self._strike()
        self.struck[fault] += bool(fault)
        wamid = ""
        if not fault or fault.endswith("_after"):
            wamid = await self._accept(body, fault)
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

    def _strike(self) -> str:
        chance = self._random.random()
        for fault, share in self._faults:
            chance -= share
            if chance < 0:
                return fault
        return ""

    async def _accept(self, body: dict[str, Any], fault: str) -> str:
        number, ref = str(body.get("to", "")).removeprefix("+"), str(body.get("biz_opaque_callback_data", ""))
        self._total += 1
        one = Accepted(number, f"wamid.out.{self._total}", ref, school.said(body), time.monotonic(), fault)
        self.accepted[number].append(one)
        self._refs.add(ref)
        self._log.write(json.dumps([number, one.wamid, ref, fault, one.said], ensure_ascii=False) + "\n")
        reporting = asyncio.ensure_future(self._report(one))
        self._reporting.add(reporting)  # the event loop alone would not keep it
        reporting.add_done_callback(self._reporting.discard)
        if self._random.random() < self._early:
            await reporting  # the delivery report overtakes the answer to the send
        return one.wamid

    def received(self, number: str) -> Iterator[Accepted]:
        """What a student was sent, each message once: the first time it was accepted."""
        seen = set[str]()
        for one in self.accepted.get(number, ()):
            if one.ref not in seen:
                seen.add(one.ref)
                yield one
