"""One console that follows. Everything here happens on the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from django.utils import timezone

from support.live import shapes

MOST_HELD = 1024 * 1024  # bytes that wait for a slow client; with more it is cut off, and resumes where it was
HEARTBEAT = 15.0  # seconds


class Follower:
    """What a console still has to get. `expires_at`: when its token ends, in the event loop's time."""

    def __init__(self, expires_at: float) -> None:
        self.expires_at = expires_at
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._ended = False
        self._news = asyncio.Event()

    def put(self, piece: bytes) -> None:
        """Give it these events. One that is too far behind is ended instead."""
        self._held += len(piece)
        if self._held > MOST_HELD:
            self._pieces.clear()
            self.end()
        else:
            self._pieces.append(piece)
            self._news.set()

    def end(self, last: bytes = b"") -> None:
        """Give it this, and then nothing more."""
        if last:
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
            try:
                async with asyncio.timeout_at(min(beat, self.expires_at)):
                    await self._news.wait()
            except TimeoutError:
                if loop.time() >= self.expires_at:
                    self.expire()
                else:
                    beat += HEARTBEAT
                    yield shapes.heartbeat(timezone.now())
                continue
            ended, piece = self._ended, self._take()
            if piece:
                yield piece
            if ended:
                return

    def _take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        self._news.clear()
        return taken
