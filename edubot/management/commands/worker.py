"""`manage.py worker`: drains the mailboxes and runs the background jobs."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app

from conversations import loops

log = logging.getLogger(__name__)

JOBS_AT_ONCE = 4


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT; then ends what is begun and leaves the rest to the next worker."""

    help = "Handle incoming messages, send outgoing ones and run background jobs, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        """Start the loops and the job runner, and wait for a signal."""
        stop = threading.Event()
        with asyncio.Runner() as jobs:
            stopping = _on_signal(stop, jobs.get_loop())
            running = loops.start(stop)
            log.info("The worker is ready.")
            jobs.run(_jobs(stopping))
            for loop in running:
                loop.bell.set()
            for loop in running:
                loop.join(timeout=30)
        log.info("The worker has ended.")


def _on_signal(stop: threading.Event, jobs: asyncio.AbstractEventLoop) -> asyncio.Event:
    """Have SIGTERM and SIGINT set `stop` for the threads, and the returned event for the job runner's event loop."""
    stopping = asyncio.Event()

    def heard(*_: object) -> None:
        stop.set()
        if not jobs.is_closed():
            jobs.call_soon_threadsafe(stopping.set)

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, heard)
    return stopping


async def _jobs(stopping: asyncio.Event) -> None:
    """Run background jobs until told to stop. A database that goes away is waited for."""
    while not stopping.is_set():
        worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
        try:
            async with worker_app.open_async():
                runner = asyncio.create_task(
                    worker_app.run_worker_async(
                        name="edubot",
                        concurrency=JOBS_AT_ONCE,
                        delete_jobs="successful",
                        install_signal_handlers=False,
                        shutdown_graceful_timeout=10,
                    )
                )
                await _until(stopping, runner)
        except Exception as error:
            log.exception("The job runner stopped; starting it again.", extra={"error": type(error).__name__})
            await asyncio.sleep(1)


async def _until(stopping: asyncio.Event, runner: asyncio.Task[None]) -> None:
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait({runner, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not runner.done():
        runner.cancel()
    with suppress(asyncio.CancelledError):
        await runner
