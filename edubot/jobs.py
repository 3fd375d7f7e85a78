"""Procrastinate's worker as we run it: few connections, and patience with what a newer release asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterable
from datetime import timedelta
from typing import Any

from django.db import connections
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.worker import Worker

log = logging.getLogger(__name__)

AT_ONCE = 4  # jobs, each with a database connection of its own
POOL = 2  # connections to fetch and to finish them; one more listens, and one of Django's asks for those of the clock
LOOK_AGAIN = timedelta(minutes=1)  # whether somebody has come who knows the task
KNOWN_WITHIN = timedelta(days=1)


def worker_app() -> App:
    """The application with whose `run_worker_async` a worker process does background jobs; to be opened."""
    connector = PsycopgConnector(kwargs=connector_params(), min_size=POOL, max_size=POOL)
    ours = app.with_connector(connector)
    ours.job_manager = PatientManager(connector, ours.tasks)
    around = app.worker_defaults.get("task_middleware", [])
    ours.worker_defaults = {**app.worker_defaults, "task_middleware": [*around, giving_back]}
    return ours


def giving_back(do: Callable[[], Any], _context: JobContext, _worker: Worker) -> Any:
    """Do a job; its thread, of which there are more than jobs at once, keeps no connection afterwards."""
    try:
        return do()
    finally:
        connections.close_all()


class PatientManager(JobManager):
    """Leaves a job whose task this release does not have to a newer one, where Procrastinate would fail it for good.

    While a release is rolled out both kinds of workers run, and after a step back its jobs wait for the next step
    forward. A task that nobody knows for a day is gone: then its job fails, for somebody to see.
    """

    def __init__(self, connector: PsycopgConnector, known: Container[str]) -> None:
        super().__init__(connector)
        self._known = known

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """The next job that this release can do, or must fail; what it cannot do yet is put back for a minute."""
        while job := await super().fetch_job(queues, worker_id):
            if job.task_name in self._known or not await self._is_put_back(job):
                return job
            log.warning("A job waits for a release that knows its task.", extra={"job_id": job.id})
        return None

    async def _is_put_back(self, job: Job) -> bool:
        """Whether it waits again. Its tries are not counted up, as `retry_job` would: it has had none."""
        waits = {"job_id": job.id, "pause": LOOK_AGAIN, "patience": KNOWN_WITHIN}
        try:
            return bool(await self.connector.execute_query_all_async(_PUT_BACK, **waits))
        except UniqueViolation:  # of a periodic job the next one waits already
            return False


_PUT_BACK = """
    UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = now() + %(pause)s
    WHERE id = %(job_id)s AND status = 'doing' AND NOT abort_requested AND EXISTS (
        SELECT FROM procrastinate_events
        WHERE job_id = %(job_id)s AND type = 'deferred' AND at > now() - %(patience)s
    )
    RETURNING id
"""
