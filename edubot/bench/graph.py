"""The far end: takes messages as the Graph API does, after a given time, and notes when which phone was written to."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import uvloop

from edubot.bench.load import HOST


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that reached the Graph API."""

    to: str
    at: float
    body: dict[str, Any]


class Graph:
    """Listens in a thread of its own until `close`. `delay`: seconds before it answers."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.sent: list[Sent] = []
        self.port = 0
        self._numbers = itertools.count(1)
        self._listeners: dict[str, Callable[[Sent], object]] = {}
        self._arrived: dict[str, threading.Event] = defaultdict(threading.Event)
        self._ready, self._loop = threading.Event(), uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, HOST, 0, backlog=512))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    def close(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def expect(self, to: str) -> threading.Event:
        """An event that is set when the next message for this phone arrives."""
        self._arrived[to] = event = threading.Event()
        return event

    def listen(self, to: str, heard: Callable[[Sent], object]) -> None:
        """Call `heard` for every message to this phone, in the thread of the stand-in."""
        self._listeners[to] = heard

    def forget(self, to: str) -> None:
        """Call nobody any more for this phone."""
        self._listeners.pop(to, None)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
                answer = self._take(json.loads(await reader.readexactly(length)))
                await asyncio.sleep(self.delay)
                writer.write(_answer(answer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _take(self, body: dict[str, Any]) -> dict[str, Any]:
        to = body.get("to")
        if to is None:  # blue ticks
            return {"success": True}
        sent = Sent(to.removeprefix("+"), time.perf_counter(), body)
        self.sent.append(sent)
        if waiting := self._arrived.pop(sent.to, None):
            waiting.set()
        if heard := self._listeners.get(sent.to):
            heard(sent)
        message = f"wamid.bench.{next(self._numbers)}.{time.time_ns()}"
        return {"messages": [{"id": message}], "contacts": [{"input": sent.to, "wa_id": sent.to}]}


def _answer(body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content
