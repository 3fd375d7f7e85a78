"""A console's end of the stream of live events, over a real socket. It reads only when it is looked at: no threads."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.processes import eventually

PATH = "/api/admin/events"


@dataclass(frozen=True)
class Heard:
    """One event as the client's parser gives it."""

    kind: str
    id: int | None
    data: dict[str, Any]


class Console:
    """One stream: what it heard so far, the head of the answer, and whether it has ended."""

    def __init__(self, port: int, token: str = "", last_id: int | None = None, **headers: str) -> None:
        named = {"Host": "localhost", "Accept": "text/event-stream"} | headers
        if token:
            named["Authorization"] = f"Bearer {token}"
        if last_id is not None:
            named["Last-Event-ID"] = str(last_id)
        lines = [f"GET {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "", ""]
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._socket.sendall("\r\n".join(lines).encode())
        self._socket.setblocking(False)
        self._raw, self._text = b"", b""
        self._heard: list[Heard] = []
        self.head: dict[str, str] = {}
        self.is_over = False

    @property
    def status(self) -> int:
        """The status of the answer; 0 before it is there."""
        self._look()
        return int(self.head.get("", "0 0").split()[1])

    @property
    def heard(self) -> list[Heard]:
        """All events so far."""
        self._look()
        return self._heard

    @property
    def last_id(self) -> int:
        """What a client would send as Last-Event-ID."""
        return next((one.id for one in reversed(self.heard) if one.id is not None), 0)

    @property
    def ids(self) -> list[int]:
        """The ids of what happened; heartbeats and resets carry one only to go on from."""
        return [one.id for one in self.heard if one.id is not None and one.kind not in ("heartbeat", "reset")]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The data of all events of this kind."""
        return [one.data for one in self.heard if one.kind == kind]

    def hears(self, kind: str, seconds: float = 10, **expected: object) -> dict[str, Any]:
        """Wait for an event of this kind with these values; its data."""

        def found() -> dict[str, Any] | None:
            return next((data for data in self.of(kind) if expected.items() <= data.items()), None)

        data = eventually(found, seconds)
        assert data is not None
        return data

    def begins(self) -> Console:
        """Wait until the stream runs: what happens from now on will be heard."""
        eventually(lambda: self.of("notifications") or self.is_over)
        assert self.status == 200
        return self

    def ends(self, seconds: float) -> float:
        """Wait until the server has ended the stream, properly; the seconds that took."""
        began = time.monotonic()

        def over() -> bool:
            self._look()
            return self.is_over

        eventually(over, seconds)
        return time.monotonic() - began

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _look(self) -> None:
        try:
            while piece := self._socket.recv(256 * 1024):
                self._raw += piece
            self.is_over = True
        except (BlockingIOError, OSError):
            pass
        if not self.head and b"\r\n\r\n" in self._raw:
            self._read_head()
        if self.head:
            self._read_chunks()
            self._read_events()

    def _read_head(self) -> None:
        head, _, self._raw = self._raw.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        self.head = {"": status} | {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    def _read_chunks(self) -> None:
        while b"\r\n" in self._raw and not self.is_over:
            size, _, rest = self._raw.partition(b"\r\n")
            length = int(size, 16)
            if len(rest) < length + 2:
                return
            self._text += rest[:length]
            self._raw = rest[length + 2 :]
            self.is_over = length == 0

    def _read_events(self) -> None:
        while b"\n\n" in self._text:
            block, _, self._text = self._text.partition(b"\n\n")
            fields = dict(line.split(": ", 1) for line in block.decode().split("\n"))
            if "event" in fields:
                event_id = int(fields["id"]) if "id" in fields else None
                self._heard.append(Heard(fields["event"], event_id, json.loads(fields["data"])))


Connect = Callable[..., Console]


@contextmanager
def consoles(port: int) -> Iterator[Connect]:
    """A function that opens streams at this port; all are hung up at the end."""
    opened: list[Console] = []

    def connect(token: str = "", last_id: int | None = None, **headers: str) -> Console:
        opened.append(Console(port, token, last_id, **headers))
        return opened[-1]

    yield connect
    for console in opened:
        console.close()
