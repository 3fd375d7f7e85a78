"""How a view lets its request become a stream.

The server puts a door into the WSGI environment of such requests. A view that opens it answers with what has been, and
the server goes on with what comes. Where there is no door (another server, a test client) the answer just ends there:
a short event stream is a whole one, and the client comes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from edubot.server.streams import DOOR
from support.live.follower import Follower
from support.live.hub import Hub


class Door:
    """One request's way into the hub."""

    def __init__(self, hub: Hub) -> None:
        self.follower: Follower | None = None
        self._still_allowed: Callable[[], bool] | None = None
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._closed = False

    def open(self, user_id: int, expires_at: datetime, still_allowed: Callable[[], bool]) -> None:
        """From now on everything is kept for this request. Called by the view, in its thread.

        `still_allowed` is asked from time to time while the stream runs, in a thread as well.
        Raises RateLimited and its kind where there are too many streams.
        """
        self._still_allowed = still_allowed
        asyncio.run_coroutine_threadsafe(self._open(user_id, expires_at), self._loop).result()

    def still_allowed(self) -> bool:
        """Whether the person may still listen."""
        return bool(self._still_allowed and self._still_allowed())

    async def _open(self, user_id: int, expires_at: datetime) -> None:
        self.follower = await self._hub.follow(user_id, expires_at)
        if self._closed:  # the client hung up meanwhile
            self.close()

    def close(self) -> None:
        """Nobody is there any more."""
        self._closed = True
        if self.follower:
            self._hub.leave(self.follower)


def of(variables: Mapping[str, Any]) -> Door | None:
    """The door of a request (`request.META`), where it has one."""
    found = variables.get(DOOR)
    return found if isinstance(found, Door) else None
