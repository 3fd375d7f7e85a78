"""A few background threads in each process that serves the stand-in: they post what waits in `callbacks`."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import requests
from django.db import DatabaseError, close_old_connections, connection
from django.db.models.functions import Now

from whatsapp.simulator import callbacks, webhooks
from whatsapp.simulator.models import Callback

log = logging.getLogger(__name__)

THREADS = 2  # per process
IDLE_PAUSE, BUSY_PAUSE = 1.0, 0.05  # seconds between two looks: nothing queued, or something that is not due yet

_stop = threading.Event()
_threads: list[threading.Thread] = []


def start() -> None:
    """Start posting in this process; a second call changes nothing."""
    if _threads:
        return
    _stop.clear()
    for number in range(THREADS):
        thread = threading.Thread(target=_run, name=f"simulator-{number}", daemon=True)
        _threads.append(thread)
        thread.start()


def stop() -> None:
    """Finish the posts in flight and end the threads."""
    _stop.set()
    callbacks.queued.set()
    for thread in _threads:
        thread.join()
    _threads.clear()


def _run() -> None:
    """One thread: post, rest. A database that is away is waited for."""
    with webhooks.new_session() as session:
        while not _stop.is_set():
            try:
                pause = _turn(session)
            except DatabaseError:
                log.warning("The simulator's queue cannot be read; waiting for the database")
                pause = IDLE_PAUSE
            close_old_connections()
            if pause:
                callbacks.queued.wait(pause)
                callbacks.queued.clear()
    connection.close()


def _turn(session: requests.Session) -> float:
    """Post one batch. Returns how many seconds to rest."""
    batch = callbacks.claim()
    for callback in batch:
        callbacks.deliver(session, callback)
    if batch:
        return 0.0
    return BUSY_PAUSE if Callback.objects.filter(due_at__lte=Now() + timedelta(seconds=1)).exists() else IDLE_PAUSE
