"""One console that follows. Everything here happens on the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

from django.utils import timezone

from support.live import shapes

MOST_HELD = 4 * 1024 * 1024  # bytes that wait for a slow client; with more it is cut off, and resumes where it was
HEARTBEAT = 15.0  # seconds


class Follower:
    """What a console still has to get. `expires_at`: when its token ends, in the event loop's time."""

    def __init__(self, expires_at: float) -> None:
        self.expires_at = expires_at
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._ended = False
        self._news = asyncio.Event()

    def put(self, *pieces: bytes) -> None:
        """Give it these pieces, which all followers share. One that is too far behind is ended instead."""
        if not pieces or self._ended:
            return
        self._pieces.extend(pieces)
        self._held += sum(map(len, pieces))
        if self._held > MOST_HELD:
            self._pieces.clear()
            self._ended = True
        self._news.set()

    def end(self, last: bytes = b"") -> None:
        """Give it this, and then nothing more."""
        if last and not self._ended:
            self._pieces.append(last)
        self._ended = True
        self._news.set()

    def expire(self) -> None:
        """Its token or its rights have ended: tell it so, and then nothing more."""
        self.end(shapes.EXPIRED)

    async def pieces(self) -> AsyncIterator[bytes]:
        """What to send, as it comes, with a sign of life every HEARTBEAT; ends when there is nothing more to come."""
        loop = asyncio.get_running_loop()
        beat = loop.time() + HEARTBEAT
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(beat, self.expires_at)):
                    await self._news.wait()
            if loop.time() >= self.expires_at:
                self.expire()
            elif loop.time() >= beat:
                beat += HEARTBEAT
                yield shapes.heartbeat(timezone.now())
            while self._pieces:
                self._held -= len(self._pieces[0])
                yield self._pieces.popleft()
            if self._ended:
                return
            self._news.clear()
