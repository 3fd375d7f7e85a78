"""Answers that go on: a view says whether and how they begin, the event loop sends the rest.

The view runs in a thread like any other, so log-in, rights, limits, CORS and errors are those of every address. Only
then, where it opened the door that it found in its request, the answer becomes a stream; and a stream costs no thread.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, Protocol

from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, HTTPScope

from edubot.server.bodies import RefusedError
from edubot.server.gateway import SLOW_CLIENT, Gateway
from edubot.server.lanes import Lane
from edubot.server.wsgi import WsgiApplication

DOOR = "edubot.stream"  # in the WSGI environment
ASK_AGAIN = 8.0  # seconds, at most, between two looks whether the person still has the right


class Follower(Protocol):
    """What is to be sent."""

    def pieces(self) -> AsyncIterator[bytes]:
        """The pieces as they come, until there will be no more."""

    def end(self) -> None:
        """No more pieces."""

    def expire(self) -> None:
        """A last word to a client that may not go on, and no more pieces."""


class Door(Protocol):
    """One request's way to a stream, for the view to open."""

    @property
    def follower(self) -> Follower | None:
        """What the view has opened the door for, so far."""

    def still_allowed(self) -> bool:
        """Whether the person may still listen. Asks the database: to be called in a thread."""

    def close(self) -> None:
        """The request is over, or will never begin."""


class Streams:
    """Serves the requests of a WSGI application that may become streams, in a lane of their own."""

    def __init__(self, application: WsgiApplication, lane: Lane, new_door: Callable[[], Door]) -> None:
        self._application = application
        self._lane = lane
        self._new_door = new_door

    async def __call__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer one request, whole or for as long as the client stays."""
        door = self._new_door()
        beginning = _Beginning(door, send)

        def application(variables: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            return self._application(variables | {DOOR: door}, start_response)

        try:
            await Gateway(application, [("/", self._lane)])(scope, receive, beginning.send)
            if beginning.follower:
                await self._go_on(door, beginning.follower, receive, send)
        except TimeoutError:  # a client that reads nothing any more: it would never take the end either
            scope["state"]["abort"]()
        finally:
            door.close()

    async def _go_on(
        self, door: Door, follower: Follower, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        watchers = [
            asyncio.create_task(_until_gone(follower, receive)),
            asyncio.create_task(self._until_forbidden(follower, door)),
        ]
        try:
            async for piece in follower.pieces():
                await asyncio.wait_for(send(_body(piece, more=True)), SLOW_CLIENT)
            await asyncio.wait_for(send(_body(b"", more=False)), SLOW_CLIENT)
        finally:
            for watcher in watchers:
                watcher.cancel()

    async def _until_forbidden(self, follower: Follower, door: Door) -> None:
        """End the stream when the person's rights end. Where the lane is full, or the database away, ask later."""
        while True:
            await asyncio.sleep(random.uniform(0.6, 1) * ASK_AGAIN)  # noqa: S311  (not all of them at once)
            with suppress(RefusedError):
                if not await self._lane.run(door.still_allowed):
                    follower.expire()
                    return


class _Beginning:
    """The view's answer on its way out; that of an open door is not the end."""

    def __init__(self, door: Door, send: ASGISendCallable) -> None:
        self.follower: Follower | None = None
        self._door = door
        self._send = send

    async def send(self, message: ASGISendEvent) -> None:
        """Send the head or a piece of the body."""
        if message["type"] == "http.response.start" and message["status"] == 200:
            self.follower = self._door.follower
        if self.follower and message["type"] == "http.response.start":
            lasting = [(name, value) for name, value in message.get("headers", []) if name != b"content-length"]
            message["headers"] = lasting
        elif self.follower and message["type"] == "http.response.body":
            message["more_body"] = True
        await self._send(message)


async def _until_gone(follower: Follower, receive: ASGIReceiveCallable) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    follower.end()


def _body(piece: bytes, *, more: bool) -> ASGISendEvent:
    return {"type": "http.response.body", "body": piece, "more_body": more}
