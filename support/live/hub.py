"""What is new is read once per web process, in one thread with one database connection, and handed to every follower.

The thread lives while somebody follows. It looks several times a second, at once when the outbox's bell rings: every
turn and every answer of staff rings that one after its commit anyway, so live events cost a writer nothing. A database
that is away is waited for, and the next look starts from the snapshot of the last: nothing is left out.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, connections
from django.utils import timezone

from conversations import events, wakeup
from conversations.events import Kind
from edubot.api.errors import RateLimited
from support import banner
from support.live import shapes
from support.live.follower import Follower

log = logging.getLogger(__name__)

LOOK_AGAIN = 0.1  # seconds without a bell
BREATH = 0.05  # seconds between two looks: a burst is told in one piece
BANNER_EVERY = 1.0  # seconds: its figures are counted, not told, so they may be a moment late but never a storm
AFTER_OUTAGE = 1.0
OF_PERSON, OF_PROCESS = 20, 1000  # streams at once
FIRST_LOOK = 5.0  # seconds: a database that takes longer is away

_MOVE_THE_BANNER = frozenset({Kind.TICKET, Kind.CONVERSATION})


class Full(RateLimited):
    """No more streams can be served at this moment."""

    code = "OVERLOADED"
    status = 503


class Hub:
    """The followers of this process. All of it belongs to the event loop; only the watch has a thread of its own."""

    def __init__(self) -> None:
        self._followers: dict[Follower, int] = {}
        self._watch: Watch | None = None
        self._closed = False

    async def follow(self, user_id: int, expires_at: datetime) -> Follower:
        """A follower that gets everything that is committed from now on. Raises Full, and RateLimited for one person.

        Whoever follows leaves again.
        """
        if self._closed or len(self._followers) >= OF_PROCESS:
            raise Full(retry_after=2, message="Too many consoles at this moment: please try again.")
        if Counter(self._followers.values())[user_id] >= OF_PERSON:
            raise RateLimited(retry_after=30, message=f"You have {OF_PERSON} consoles open: close some.")
        loop = asyncio.get_running_loop()
        follower = Follower(loop.time() + (expires_at - timezone.now()).total_seconds())
        self._followers[follower] = user_id
        if self._watch is None:
            self._watch = Watch(self, loop)
            self._watch.start()
        try:
            async with asyncio.timeout(FIRST_LOOK):
                await self._watch.ready.wait()
        except TimeoutError:
            self.leave(follower)
            raise Full(retry_after=5, message="The service is not available. Try again shortly.") from None
        return follower

    def leave(self, follower: Follower) -> None:
        """It gets nothing more. When nobody follows, nobody watches."""
        self._followers.pop(follower, None)
        if self._watch and not self._followers:
            self._watch.stopping.set()
            self._watch = None

    def hand_out(self, watch: Watch, told: Sequence[bytes]) -> None:
        """What a watch has seen, for everybody."""
        watch.ready.set()
        if watch is self._watch:
            for follower in self._followers:
                follower.put(*told)

    def close(self) -> None:
        """The server ends: so do the streams, and their clients go on at another process or the next one."""
        if self._closed:
            return
        self._closed = True
        for follower in self._followers:
            follower.end()


class Watch(threading.Thread):
    """The thread that looks what is new, from its first look until it is told to stop."""

    def __init__(self, hub: Hub, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(name="live-events", daemon=True)
        self.ready = asyncio.Event()  # the first look is done: whatever is committed from now on will be told
        self.stopping = threading.Event()
        self._hub = hub
        self._loop = loop
        self._listening: object = None
        self._snapshot: str | None = None
        self._blind = False  # something went wrong: what happened since the last look is not known
        self._banner_moved = False
        self._banner: dict[str, int | bool] | None = None
        self._banner_at = 0.0

    def run(self) -> None:
        """Look, tell, wait; the one catcher of what goes wrong meanwhile."""
        while not self.stopping.is_set():
            try:
                self._listen()
                self._tell(self._look())
                self._wait()
            except (OperationalError, InterfaceError) as error:
                log.warning("The database is away; live events wait for it.", extra={"error": type(error).__name__})
                connection.close()
                self.stopping.wait(AFTER_OUTAGE)
            except Exception:
                log.exception("Something could not be told live; the consoles are asked to look themselves.")
                self._snapshot, self._blind = None, True
                self.stopping.wait(AFTER_OUTAGE)
        connections.close_all()

    def _look(self) -> list[bytes]:
        found = events.news(self._snapshot)
        missed = found.missed or self._blind
        frames = [shapes.reset(events.newest_id())] if missed else shapes.frames(found.events)
        self._banner_moved |= missed or any(event.kind in _MOVE_THE_BANNER for event in found.events)
        told = shapes.packed([*frames, *self._figures()])
        self._snapshot, self._blind = found.snapshot, False  # last: what failed on the way is looked at again
        return told

    def _figures(self) -> list[bytes]:
        """The banner's figures, where they have changed."""
        if not self._banner_moved or time.monotonic() - self._banner_at < BANNER_EVERY:
            return []
        before, self._banner = self._banner, banner.figures()
        self._banner_moved, self._banner_at = False, time.monotonic()
        return [shapes.notifications(self._banner)] if self._banner != before else []

    def _tell(self, told: Sequence[bytes]) -> None:
        with suppress(RuntimeError):  # the loop has ended before us
            self._loop.call_soon_threadsafe(self._hub.hand_out, self, told)

    def _listen(self) -> None:
        connection.ensure_connection()
        if connection.connection is not self._listening:
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {wakeup.OUTBOX}")
            self._listening = connection.connection

    def _wait(self) -> None:
        self.stopping.wait(BREATH)
        with connection.wrap_database_errors:  # we read past Django here, but its errors are those that we catch
            for _ in connection.connection.notifies(timeout=LOOK_AGAIN, stop_after=1):
                return
