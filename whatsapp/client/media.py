"""Files at Meta: uploaded once per number and then sent by id, fetched with care."""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conversations.channel import Fetched, FetchError, File, SendError, Verdict
from whatsapp import limits
from whatsapp.client import guard
from whatsapp.client.api import Api
from whatsapp.client.transport import Answer, BadToken, Call, Timeouts, TooLarge, TransportError

log = logging.getLogger(__name__)

KEPT: Final = 29 * 24 * 3600.0  # seconds; Meta keeps uploads for 30 days
MOST_KEPT: Final = 1000
UPLOADING: Final = Timeouts(connect=20.0)  # `connect` bounds the writing of the request, too
FETCHING: Final = Timeouts(total=60.0)

_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")
_Key = tuple[str, str, str]


class _Uploads:
    """The ids of files uploaded lately, by number, bytes and type. Forgetting one costs an upload, no more."""

    def __init__(self) -> None:
        self._found: OrderedDict[_Key, tuple[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: _Key) -> str | None:
        with self._lock:
            media_id, since = self._found.get(key, (None, 0.0))
        return media_id if time.time() - since < KEPT else None

    def put(self, key: _Key, media_id: str) -> None:
        with self._lock:
            self._found[key] = (media_id, time.time())
            self._found.move_to_end(key)
            while len(self._found) > MOST_KEPT:
                self._found.popitem(last=False)

    def drop(self, key: _Key) -> None:
        with self._lock:
            self._found.pop(key, None)


@dataclass(frozen=True, slots=True)
class Media:
    """The files of one business number. Thread-safe."""

    api: Api
    fetching: Timeouts = FETCHING
    _uploads: _Uploads = field(default_factory=_Uploads)

    def id_of(self, file: File) -> str:
        """The id under which Meta has the file, uploaded now if need be.

        Raises SendError, never UNKNOWN: a failed upload is no message.
        """
        if not limits.takes(file):
            allowed = limits.MEDIA.get(file.kind)
            hint = f"Possible here: {allowed.said}." if allowed else ""
            raise SendError(Verdict.PERMANENT, "WhatsApp does not take this file.", hint=hint)
        key = self._key(file)
        media_id = self._uploads.get(key)
        if media_id is None:
            media_id = self._upload(file)
            self._uploads.put(key, media_id)
        return media_id

    def has(self, file: File) -> bool:
        """Whether Meta has the file already, as far as we know."""
        return self._uploads.get(self._key(file)) is not None

    def forget(self, file: File) -> None:
        """Upload the file anew next time: Meta may have dropped it early."""
        self._uploads.drop(self._key(file))

    def _key(self, file: File) -> _Key:
        return self.api.phone_number_id, file.key, file.mime_type

    def _upload(self, file: File) -> str:
        call = Call(
            "POST",
            self.api.of_number("media"),
            files={"file": ("file", file.data, file.mime_type)},
            form={"messaging_product": "whatsapp", "type": file.mime_type},
        )
        try:
            media_id = self.api.ask(call, UPLOADING).json().get("id")
        except SendError as error:
            if error.verdict is not Verdict.UNKNOWN:
                raise
            raise SendError(Verdict.RETRY, error.message, code=error.code, hint=error.hint) from None
        if not isinstance(media_id, str) or not media_id:
            raise SendError(Verdict.RETRY, "WhatsApp's answer to an upload could not be read.")
        return media_id

    def fetch(self, media_id: str, *, limit: int) -> Fetched:
        """The bytes of a received file. Raises FetchError.

        Twice at most: the address that the id leads to lives five minutes, and a file can arrive damaged.
        """
        if not _ID.fullmatch(media_id):
            raise FetchError("unreadable", again=False)
        reason = "expired"
        for _ in range(2):
            about = self._about(media_id)
            if _size(about) > limit:
                raise FetchError("too_large", again=False)
            answer = self._download(about, limit)
            if answer.status == 404:
                continue
            if _is_whole(answer.content, about.get("sha256")):
                return Fetched(answer.content, str(about.get("mime_type") or ""))
            reason = "unreadable"
        raise FetchError(reason, again=False)

    def _about(self, media_id: str) -> dict[str, Any]:
        """What Meta says about a file: address, size, type, digest."""
        try:
            return self.api.get(media_id, phone_number_id=self.api.phone_number_id).json()
        except SendError as error:
            gone = error.verdict in {Verdict.PERMANENT, Verdict.RECIPIENT} or error.code == 33
            raise FetchError("expired", again=not gone) from None

    def _download(self, about: Mapping[str, Any], limit: int) -> Answer:
        """The answer of the file's own address: 200 or 404. The token goes to Meta's hosts (or the stand-in) alone."""
        url = about.get("url")
        url = url if isinstance(url, str) else ""
        public = guard.is_meta(url)
        if not (public or guard.is_stand_in(url, self.api.url)):
            log.error("A file was not fetched: its address is not one of WhatsApp's.")
            raise FetchError("unreadable", again=False)
        call = Call("GET", url, most=limit)
        try:
            answer = self.api.transport.call(call, token=self.api.token, public=public, timeouts=self.fetching)
        except TooLarge:
            raise FetchError("too_large", again=False) from None
        except BadToken:
            raise FetchError("expired", again=True) from None
        except TransportError as error:
            log.warning("A file could not be fetched.", extra={"reason": str(error)})
            raise FetchError("expired", again=True) from None
        if answer.status in {200, 404}:
            return answer
        later = answer.status in {401, 403, 408, 429} or answer.status >= 500
        raise FetchError("expired" if later or answer.status == 410 else "unreadable", again=later)


def _size(about: Mapping[str, Any]) -> int:
    """The size Meta announces, as a number or its digits; 0 where it does not."""
    size = about.get("file_size")
    if isinstance(size, str) and size.isascii() and size.isdigit():
        return int(size[:18])
    return size if isinstance(size, int) else 0


def _is_whole(content: bytes, digest: object) -> bool:
    """Whether the bytes have the SHA-256 that Meta gave; without a readable one they are believed.

    Webhooks write it in base64; what this answer does is documented nowhere, and hexadecimal was seen.
    """
    expected = _digest(digest) if isinstance(digest, str) else None
    return expected is None or expected == hashlib.sha256(content).digest()


def _digest(text: str) -> bytes | None:
    try:
        raw = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if len(raw) == hashlib.sha256().digest_size else None
