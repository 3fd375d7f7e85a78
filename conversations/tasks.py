"""The domain's background jobs. Each is queued in the transaction that made it necessary; doing one twice is harmless."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from conversations import media
from conversations.channel import FetchError
from conversations.models import Attachment

FETCH_TRIES = 6


@app.task(
    name="fetch_attachment",
    retry=RetryStrategy(max_attempts=FETCH_TRIES, exponential_wait=3, retry_exceptions={FetchError}),
    pass_context=True,
)
def fetch_attachment(context, attachment_id: int) -> None:
    """Fetch a received file. Gives up after a few tries, and says so to whoever waits for the file."""
    try:
        media.fetch(attachment_id)
    except FetchError as error:
        if context.job.attempts + 1 < FETCH_TRIES:
            raise
        attachment = Attachment.objects.select_related("message").get(pk=attachment_id)
        media.refuse(attachment, error.reason)
