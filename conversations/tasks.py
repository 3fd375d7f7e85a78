"""The domain's background jobs. Each is queued in the transaction that made it necessary; twice is no harm."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from conversations import events, floods, media
from conversations.channel import FetchError
from conversations.models import Attachment, InboxItem

FETCH_TRIES = 6
STALLED_AFTER = 30  # seconds without a sign of life from the job's worker


@app.task(
    name="fetch_attachment",
    retry=RetryStrategy(max_attempts=FETCH_TRIES, exponential_wait=3, retry_exceptions={FetchError}),
    pass_context=True,
)
def fetch_attachment(context: JobContext, attachment_id: int) -> None:
    """Fetch a received file. Gives up after a few tries, and says so to whoever waits for the file."""
    try:
        media.fetch(attachment_id)
    except FetchError as error:
        if context.job.attempts + 1 < FETCH_TRIES:
            raise
        attachment = Attachment.objects.select_related("message").get(pk=attachment_id)
        media.refuse(attachment, error.reason)


@app.periodic(cron="* * * * *")
@app.task(name="revive_jobs", queueing_lock="revive_jobs", pass_context=True)
async def revive_jobs(context: JobContext, timestamp: int) -> None:
    """Give the jobs of a worker that was killed back to the living: Procrastinate leaves them `doing` for ever."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        await manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(name="clean_up", queueing_lock="clean_up")
def clean_up(timestamp: int) -> None:
    """Forget the raw form of what was handled long ago; the messages themselves stay, and so do their ids."""
    before = timezone.now() - timedelta(days=settings.INBOX_KEPT_DAYS)
    InboxItem.objects.filter(handled_at__lt=before, dead=False).delete()


@app.periodic(cron="*/5 * * * *")
@app.task(name="forget_events", queueing_lock="forget_events")
def forget_events(timestamp: int) -> None:
    """Delete live events that no client may ask for any more."""
    events.forget_old()


@app.task(name="answer_flood")
def answer_flood(conversation_id: int, since: int) -> None:
    """Answer together what a student wrote faster than we answer, once they have paused."""
    floods.answer(conversation_id, since)
