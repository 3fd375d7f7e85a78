"""WhatsApp as the domain's channel: `settings.CHANNEL` names this class."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from conversations.channel import Accepted, Fetched, Outgoing, SendError, Verdict
from conversations.received import Item
from whatsapp import errors, inbound, outbound
from whatsapp.client import Api, Media

SENDING = 25  # seconds that the longest send of a message takes


class WhatsAppChannel:
    """See `conversations.channel.Channel`."""

    def __init__(self, api: Api | None = None) -> None:
        self.api = api or Api.from_settings()
        self.media = Media(self.api)

    def read(self, raw: Mapping[str, Any]) -> Item:
        """Our words for one stored webhook item."""
        return inbound.read(raw)

    def parts(self, outgoing: Outgoing) -> list[Outgoing]:
        """The message cut to what Meta takes in one piece each."""
        return outbound.parts(outgoing)

    def send(self, outgoing: Outgoing) -> Accepted:
        """Upload the file, if there is one, and send the message. Raises SendError."""
        if outgoing.file is None:
            return self.api.send(outbound.render(outgoing), until=outgoing.until)
        media_id = self._uploaded(outgoing)
        try:
            return self.api.send(outbound.render(outgoing, media_id), until=outgoing.until)
        except SendError as error:
            if error.verdict is Verdict.PERMANENT:
                self.media.forget(outgoing.file)  # should the id have been the reason, a retry gets a new one
            raise

    def _uploaded(self, outgoing: Outgoing) -> str:
        """The media id. Raises RETRY where the lease would run out during the send: next time the upload is done."""
        assert outgoing.file  # noqa: S101
        was_there = self.media.has(outgoing.file)
        media_id = self.media.id_of(outgoing.file)
        if not was_there and time.monotonic() > outgoing.until - SENDING:
            raise SendError(Verdict.RETRY, "Uploading the file took long; the message follows.")
        return media_id

    def mark_read(self, provider_id: str, *, typing: bool) -> None:
        """Blue ticks, and the typing indicator. Raises SendError."""
        self.api.mark_read(provider_id, typing=typing)

    def fetch(self, media_id: str, *, limit: int) -> Fetched:
        """The bytes of a received file, at most `limit`. Raises FetchError."""
        return self.media.fetch(media_id, limit=limit)

    def sentence(self, code: int | None) -> str:
        """What an error code says, in our words."""
        found = errors.meaning(code)
        return found.message if found else ""

    def hint(self, code: int | None) -> str:
        """What staff can do about an error code."""
        found = errors.meaning(code)
        return found.hint if found else ""

    def verdict(self, code: int | None) -> Verdict | None:
        """What an error code means for us."""
        found = errors.meaning(code)
        return found.verdict if found else None
