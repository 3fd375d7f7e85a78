"""Clients that let a stream wait for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from edubot.server import streams
from edubot.server.lanes import Lane
from edubot.server.streams import DOOR, Streams

SCOPE: dict[str, Any] = {
    "type": "http",
    "method": "GET",
    "path": "/",
    "raw_path": b"/",
    "query_string": b"",
    "http_version": "1.1",
    "scheme": "http",
    "client": None,
    "server": None,
    "headers": [],
}


class Endless:
    """A stream that always has more to say."""

    def __init__(self) -> None:
        self.has_ended = False

    async def pieces(self) -> AsyncIterator[bytes]:
        """Until it is told to end."""
        while not self.has_ended:
            yield b"more"
            await asyncio.sleep(0)

    def end(self) -> None:
        """No more pieces."""
        self.has_ended = True

    expire = end


class OpenDoor:
    """What the server puts into a request, and whether it was closed at last."""

    def __init__(self) -> None:
        self.follower: Endless | None = None
        self.is_closed = False

    def still_allowed(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """The request is over."""
        self.is_closed = True


def application(variables: dict[str, Any], start_response: Any) -> list[bytes]:
    """A view that opens the door."""
    variables[DOOR].follower = Endless()
    start_response("200 OK", [("content-length", "5")])
    return [b"first"]


class Client:
    """A client that takes so many pieces and then no more; `hangs_up` instead of just not reading."""

    def __init__(self, takes: int, *, hangs_up: bool) -> None:
        self.takes, self.hangs_up = takes, hangs_up
        self.got: list[Any] = []
        self.was_aborted = False
        self._full = asyncio.Event()
        self._asked = False

    async def receive(self) -> Any:
        """The request, and at some time the end of the connection."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._full.wait()
        if not self.hangs_up:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """Take a piece, or let the server wait."""
        self.got.append(message)
        if len(self.got) >= self.takes:
            self._full.set()
            if not self.hangs_up:
                await asyncio.Event().wait()

    def abort(self) -> None:
        """The server cuts the connection."""
        self.was_aborted = True


def play(*, hangs_up: bool) -> tuple[Client, OpenDoor]:
    """One stream to such a client, to its end."""
    door = OpenDoor()

    async def serve() -> Client:
        client = Client(5, hangs_up=hangs_up)
        lane = Lane("test", threads=1, waiting=1, memory=1000)
        scope: Any = SCOPE | {"state": {"abort": client.abort}}
        async with asyncio.timeout(10):
            await Streams(application, lane, lambda: door)(scope, client.receive, client.send)
        return client

    return asyncio.run(serve()), door


def test_a_client_that_reads_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SLOW_CLIENT", 0.05)
    client, door = play(hangs_up=False)
    assert client.was_aborted
    assert door.is_closed


def test_a_client_that_hangs_up_ends_its_stream() -> None:
    client, door = play(hangs_up=True)
    assert door.is_closed
    assert not client.was_aborted
    head, first, *_, last = client.got
    assert head["headers"] == []  # nobody knows the length of a stream
    assert (first["body"], first["more_body"], last["more_body"]) == (b"first", True, False)
