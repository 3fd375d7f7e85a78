"""`manage.py worker`: drains the mailboxes and runs the background jobs."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations import loops, wakeup
from edubot import jobs as background
from edubot.database import keep_no_statements
from edubot.processes import end_if_asked, settle

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT; then ends what is begun and leaves the rest to the next worker."""

    help = "Handle incoming messages, send outgoing ones and run background jobs, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        """Start the loops and the job runner, and wait for a signal. CommandError (exit 1) when a loop broke."""
        keep_no_statements()
        with asyncio.Runner() as jobs:
            stop = _Stop(jobs.get_loop())
            for signum in (signal.SIGTERM, signal.SIGINT):
                signal.signal(signum, lambda *_: stop.set())
            end_if_asked()
            wakeup.from_a_thread()
            running = loops.start(stop)
            settle()
            log.info("The worker is ready.")
            jobs.run(_jobs(stop.for_jobs))
            for loop in running:
                loop.bell.set()
            for loop in running:
                loop.join(timeout=30)
            wakeup.end()
        if broken := [loop.name for loop in running if loop.broken]:
            raise CommandError(f"A loop of the worker broke ({', '.join(broken)}); the log says why.")
        log.info("The worker has ended.")


class _Stop(threading.Event):
    """Set by a signal or by a loop that breaks; tells the threads, and the job runner on its event loop."""

    def __init__(self, jobs: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.for_jobs = asyncio.Event()
        self._jobs = jobs

    def set(self) -> None:
        """Everybody ends what is begun."""
        super().set()
        if not self._jobs.is_closed():
            self._jobs.call_soon_threadsafe(self.for_jobs.set)


async def _jobs(stopping: asyncio.Event) -> None:
    """Run background jobs until told to stop. A database that goes away is waited for."""
    while not stopping.is_set():
        worker_app = background.worker_app()
        try:
            async with worker_app.open_async():
                runner = asyncio.create_task(
                    worker_app.run_worker_async(
                        name="edubot",
                        concurrency=background.AT_ONCE,
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
