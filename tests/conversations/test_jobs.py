"""The runner of background jobs: what a killed worker left is done by the next one, and a restart leaves nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from conversations import delivery, inbox, people, tasks
from conversations.models import Attachment, Conversation, DeliveryReport, Message
from conversations.received import Batch, Receipt
from edubot import jobs
from edubot.management.commands import worker
from tests.conversations.conftest import Phone, report

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO, JUST_NOW = tasks.STALLED_AFTER + 5, 0  # seconds


def left_by_worker(task: str, silent_for: int) -> None:
    """Have a worker that was last heard of so many seconds ago be in the middle of this task's job."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (now() - make_interval(secs => %s)) RETURNING id",
            [silent_for],
        )
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE task_name = %s",
            [*cursor.fetchone(), task],
        )


def work() -> None:
    """Run a worker until no job waits, after the minute in which it revives the jobs of others."""

    async def run() -> None:
        ours = jobs.worker_app()
        async with ours.open_async():
            await ours.configure_task("revive_jobs").defer_async(timestamp=0)
            await ours.run_worker_async(wait=False, install_signal_handlers=False, delete_jobs="successful")

    asyncio.run(run())


@pytest.fixture(autouse=True)
def _short_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the threads of a worker leave no connection behind when they end with it."""
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def photo(student: Conversation, phone: Phone) -> Attachment:
    """A file that was sent and not fetched yet."""
    phone.sends_photo(b"%PDF-1.7")
    return Attachment.objects.get(status="pending")


def test_the_job_of_a_killed_worker_is_done_by_the_next(photo: Attachment) -> None:
    left_by_worker("fetch_attachment", LONG_AGO)
    work()
    photo.refresh_from_db()
    assert photo.status == "stored"
    assert not ProcrastinateJob.objects.filter(task_name="fetch_attachment").exists()


def test_a_job_whose_worker_lives_is_left_to_it(photo: Attachment) -> None:
    left_by_worker("fetch_attachment", JUST_NOW)
    work()
    assert ProcrastinateJob.objects.get(task_name="fetch_attachment").status == "doing"


def test_a_dead_job_whose_successor_waits_is_in_no_other_jobs_way(student: Conversation, phone: Phone) -> None:
    tasks.clean_up.configure().defer(timestamp=0)
    left_by_worker("clean_up", LONG_AGO)
    phone.sends_photo(b"%PDF-1.7")
    left_by_worker("fetch_attachment", LONG_AGO)
    tasks.clean_up.configure(schedule_in={"hours": 1}).defer(timestamp=1)
    work()
    assert Attachment.objects.get().status == "stored"


def is_due(task: str) -> None:
    """Its time has come."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = %s", [task])


def test_the_answer_to_a_flood_outlives_trouble_with_the_database(
    student: Conversation, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        phone.says(f"what is {number}")
    Message.objects.update(created_at=F("created_at") - timedelta(minutes=1))
    is_due("answer_flood")
    with monkeypatch.context() as trouble:
        trouble.setattr(people, "lock", gone)
        work()
    assert phone.waits() == []
    is_due("answer_flood")
    work()
    assert len(phone.waits()) == 1


def gone(_conversation_id: int) -> None:
    """The database is away."""
    raise OperationalError


def test_what_another_tool_sent_from_our_number_is_forgotten_with_the_raw_webhooks(
    student: Conversation, phone: Phone
) -> None:
    answer = Message.objects.filter(sender="bot").latest("id")
    inbox.receive(Batch(receipts=(Receipt("wamid.strange", "read"), report(answer, "read"))))
    delivery.match_reports()
    DeliveryReport.objects.update(received_at=F("received_at") - timedelta(days=settings.INBOX_KEPT_DAYS + 1))
    tasks.clean_up(0)
    assert [found.message for found in DeliveryReport.objects.all()] == [answer]


def of_tomorrow() -> ProcrastinateJob:
    """The job whose task only the next release has, as it is now."""
    job: ProcrastinateJob = ProcrastinateJob.objects.get(task_name="of_tomorrow")
    return job


@pytest.fixture
def _from_a_newer_release() -> Iterator[None]:
    """A newer process has asked for such a job."""
    app.configure_task("of_tomorrow", queueing_lock="of_tomorrow").defer(timestamp=0)
    yield
    sql("DELETE FROM procrastinate_jobs WHERE task_name = 'of_tomorrow'")


def sql(statement: str) -> None:
    """Have the database do something."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.usefixtures("_from_a_newer_release")
def test_a_job_of_a_newer_release_waits_until_that_is_here(photo: Attachment, monkeypatch: pytest.MonkeyPatch) -> None:
    work()
    photo.refresh_from_db()
    assert photo.status == "stored"  # it is in nobody's way
    job = of_tomorrow()
    assert (job.status, job.attempts) == ("todo", 0)
    assert job.scheduled_at
    assert job.scheduled_at > timezone.now() + jobs.LOOK_AGAIN / 2

    monkeypatch.setitem(app.tasks, "of_tomorrow", tasks.clean_up)
    sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'of_tomorrow'")
    work()
    assert not ProcrastinateJob.objects.filter(task_name="of_tomorrow").exists()


@pytest.mark.usefixtures("_from_a_newer_release")
def test_a_job_whose_task_nobody_has_known_for_a_day_fails() -> None:
    sql("UPDATE procrastinate_events SET at = now() - interval '25 h'")
    work()
    assert of_tomorrow().status == "failed"


@pytest.mark.usefixtures("_from_a_newer_release")
def test_a_job_of_a_newer_release_stands_in_no_successors_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one of a periodic task is asked for just while this one is looked at."""
    fetch, name = JobManager.fetch_job, "of_tomorrow"

    async def overtaken(self: JobManager, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        job = await fetch(self, queues, worker_id)
        if job and job.task_name == name:
            await self.connector.execute_query_async(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, scheduled_at) "
                "VALUES ('default', 'of_tomorrow', 'of_tomorrow', now() + interval '1 h')"
            )
        return job

    monkeypatch.setattr(JobManager, "fetch_job", overtaken)
    work()
    states = ProcrastinateJob.objects.filter(task_name=name).order_by("pk").values_list("status", flat=True)
    assert list(states) == ["failed", "todo"]


def test_restarting_the_job_runner_again_and_again_leaves_no_thread_behind() -> None:
    async def fail() -> None:
        raise OSError

    async def restart() -> int:
        stopping, before = asyncio.Event(), threading.active_count()
        for _ in range(5):
            with pytest.raises(OSError):  # noqa: PT011
                await worker._until(stopping, asyncio.create_task(fail()))
        return threading.active_count() - before

    assert asyncio.run(restart()) == 0


def test_the_job_runner_ends_when_told_to() -> None:
    async def work_for_ever() -> None:
        await asyncio.Event().wait()

    async def run() -> bool:
        stopping = asyncio.Event()
        runner = asyncio.create_task(work_for_ever())
        asyncio.get_running_loop().call_soon(stopping.set)
        await worker._until(stopping, runner)
        return runner.cancelled()

    assert asyncio.run(run())
