"""Telling the workers that a mailbox has work. A call that is lost costs a second: they look by themselves as well."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection
from functools import partial
from queue import SimpleQueue

from django.db import Error, connection, transaction

from conversations import prepared

INBOX, OUTBOX, REPORTS = "edubot_inbox", "edubot_outbox", "edubot_reports"
BREATH = 0.01  # seconds between two calls of a process that has many

log = logging.getLogger(__name__)


def call(channel: str) -> None:
    """Wake whoever listens on `channel`, once the present transaction is committed.

    The NOTIFY goes out on its own: inside the transaction it would take PostgreSQL's global notification lock across
    the commit's disk flush, and every webhook would wait for every other.
    """
    transaction.on_commit(partial(_caller.call, channel))


def from_a_thread() -> None:
    """Send this process's calls from a thread of its own from now on: whoever calls does not wait until it is done.

    Those that come while one is on its way go out together, so a thousand webhooks a second cost a hundred calls.
    """
    _caller.start()


def end() -> None:
    """Send what is still to be sent; from now on whoever calls does it again."""
    if _caller.is_alive():
        _caller.stop()


class _Caller(threading.Thread):
    """Sends calls: at once, or from its thread where that has been started."""

    def __init__(self) -> None:
        super().__init__(name="wakeup", daemon=True)
        self._wanted: SimpleQueue[str | None] = SimpleQueue()  # None: the end

    def call(self, channel: str) -> None:
        """Wake whoever listens on `channel`."""
        if self.is_alive():
            self._wanted.put(channel)
        else:
            _notify({channel})

    def stop(self) -> None:
        """Send what is still to be sent, then end."""
        self._wanted.put(None)
        self.join(timeout=5)

    def run(self) -> None:
        """The first of several goes out at once, those behind it a moment later."""
        ended = False
        while not ended:
            channels = {self._wanted.get()}
            while not self._wanted.empty():
                channels.add(self._wanted.get())
            ended = None in channels
            try:
                _notify(channels - {None})
            except Error as error:
                log.warning("A worker could not be woken.", extra={"error": type(error).__name__})
                connection.close()
            time.sleep(BREATH)
        connection.close()


def _notify(channels: Collection[str | None]) -> None:
    prepared.run("SELECT pg_notify(channel, '') FROM unnest(%s::text[]) AS channel", [list(channels)])


_caller = _Caller()  # its thread begins with `from_a_thread`
