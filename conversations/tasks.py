"""The domain's background jobs. Each is queued in the transaction that made it necessary; twice is no harm."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error
from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job

from conversations import events, floods, media
from conversations.channel import FetchError
from conversations.models import (
    AccountNotice,
    Attachment,
    AttachmentStatus,
    DeliveryReport,
    InboxItem,
    UnreadablePost,
)
from conversations.storage import StoreError

log = logging.getLogger(__name__)

QUICK_PAUSES = (3, 9, 27, 81, 243, 729)  # seconds before the second try of a download, and so on
LATER_PAUSE = 3600  # seconds between the tries after those
FETCHED_WITHIN = timedelta(days=6)  # Meta keeps what a webhook announced for 7 days ("Media", Cloud API reference)
STALLED_AFTER = 30  # seconds without a sign of life from the job's worker


class KeepTrying(BaseRetryStrategy):
    """Try a download again while the provider, the database or the store is away: soon at first, then for days."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """The pause before the next try; None when no try helps, or none is left."""
        hourly = int(FETCHED_WITHIN.total_seconds()) // LATER_PAUSE
        if not isinstance(exception, FetchError | StoreError | Error) or job.attempts >= len(QUICK_PAUSES) + hourly:
            return None
        pause = QUICK_PAUSES[job.attempts] if job.attempts < len(QUICK_PAUSES) else LATER_PAUSE
        return RetryDecision(retry_in={"seconds": pause})


# For what somebody waits for and nobody asks again about: a database that was away for a day comes back to it.
UNTIL_BACK = RetryStrategy(max_attempts=100, wait=5, linear_wait=15, retry_exceptions={Error})


@app.task(name="fetch_attachment", retry=KeepTrying())
def fetch_attachment(attachment_id: int) -> None:
    """Fetch a received file. Where no try helps, `sweep_attachments` sees what remains."""
    media.fetch(attachment_id)


@app.task(name="give_up_attachment")
def give_up_attachment(attachment_id: int) -> None:
    """Refuse a file that could not be fetched in all those days, and say so to whoever waits for it."""
    for attachment in Attachment.objects.filter(pk=attachment_id):
        media.refuse(attachment, "expired")


@app.periodic(cron="41 * * * *")
@app.task(name="sweep_attachments", queueing_lock="sweep_attachments")
def sweep_attachments(timestamp: int) -> None:
    """No file stays "being fetched" for ever: one that no job looks after gets a job, which fetches it or gives it up.

    A job each, so that a file on which we stumble is in nobody else's way.
    """
    too_old = timezone.now() - FETCHED_WITHIN
    for attachment in Attachment.objects.filter(status=AttachmentStatus.PENDING).exclude(pk__in=_looked_after()):
        task = give_up_attachment if attachment.created_at < too_old else fetch_attachment
        task.defer(attachment_id=attachment.pk)


def _looked_after() -> QuerySet[ProcrastinateJob, int]:
    """The ids of files that a job is at or will come to; a subquery, so that file and job are of one moment."""
    jobs = ProcrastinateJob.objects.filter(
        task_name__in=(fetch_attachment.name, give_up_attachment.name), status__in=("todo", "doing")
    )
    return jobs.values_list(Cast("args__attachment_id", BigIntegerField()), flat=True)


@app.periodic(cron="* * * * *")
@app.task(name="revive_jobs", queueing_lock="revive_jobs", pass_context=True)
async def revive_jobs(context: JobContext, timestamp: int) -> None:
    """Give the jobs of a worker that was killed back to the living: Procrastinate leaves them `doing` for ever."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        try:
            await manager.retry_job(job)
        except ConnectorException as error:  # revived by another worker, or its periodic successor waits already
            log.info("A job was not revived.", extra={"job_id": job.id, "error": type(error).__name__})


@app.periodic(cron="17 3 * * *")
@app.task(name="clean_up", queueing_lock="clean_up")
def clean_up(timestamp: int) -> None:
    """Forget the raw form of what was handled long ago; the messages themselves stay, and so do their ids.

    What failed, or could not be read, stays until as long after staff have settled its notice. Forgotten are also
    reports about messages that are not ours: another tool may send from our number.
    """
    before = timezone.now() - timedelta(days=settings.INBOX_KEPT_DAYS)
    InboxItem.objects.filter(handled_at__lt=before, dead=False).delete()
    InboxItem.objects.filter(dead=True, pk__in=_seen_to("item_failed", "item", before)).delete()
    UnreadablePost.objects.filter(pk__in=_seen_to("unreadable_post", "post", before)).delete()
    DeliveryReport.objects.filter(message=None, received_at__lt=before).delete()


def _seen_to(kind: str, name: str, before: datetime) -> QuerySet[AccountNotice, int]:
    """The ids that notices of this kind carry under this name, of those that were settled before then."""
    settled = AccountNotice.objects.filter(kind=kind, settled_at__lt=before)
    return settled.values_list(Cast(f"data__{name}", BigIntegerField()), flat=True)


@app.periodic(cron="*/5 * * * *")
@app.task(name="forget_events", queueing_lock="forget_events")
def forget_events(timestamp: int) -> None:
    """Delete live events that no client may ask for any more."""
    events.forget_old()


@app.task(name="answer_flood", retry=UNTIL_BACK)
def answer_flood(conversation_id: int, since: int) -> None:
    """Answer together what a student wrote faster than we answer, once they have paused."""
    floods.answer(conversation_id, since)
