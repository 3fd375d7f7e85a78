"""A file that staff send: looked at rather than believed, kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.db import Error

from conversations import media, storage
from conversations.models import Attachment
from support.errors import FileRefused

_OFFICE = "application/vnd.openxmlformats-officedocument."
# An Office file begins like any ZIP or OLE file; which of them it is, only its sender's word says.
_ZIP = frozenset(
    f"{_OFFICE}{kind}" for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
_OLE = frozenset({"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"})
_CONTAINERS = ((b"PK\x03\x04", _ZIP), (b"\xd0\xcf\x11\xe0", _OLE))

# The file's type -> the kind of message that carries it.
KINDS = {
    **dict.fromkeys(("image/jpeg", "image/png"), "image"),
    **dict.fromkeys(("video/mp4", "video/3gpp"), "video"),
    **dict.fromkeys(("audio/ogg", "audio/mpeg", "audio/amr", "audio/mp4"), "audio"),
    **dict.fromkeys({"application/pdf", "text/plain", *_ZIP, *_OLE}, "document"),
}
# The bytes of a kind that WhatsApp takes, where those are fewer than we keep (storage.LIMIT).
LARGEST = {"image": 5 * 2**20}
SENDABLE = "Send a JPEG or PNG image, an MP4 or 3GP video, a recording, a PDF, an Office document or plain text."


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was uploaded: its bytes, and the name and type that the browser gave it."""

    data: bytes
    filename: str = ""
    claimed_type: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """An upload that was looked at: what it is, and how it can be sent."""

    upload: Upload
    mime_type: str
    kind: str


def look_at(upload: Upload) -> Looked:
    """See what a file is. Raises FileRefused for what WhatsApp would not take, or what is not what it claims to be."""
    if not upload.data:
        raise FileRefused("The file is empty.")
    if len(upload.data) > storage.LIMIT:
        raise FileRefused(f"The file is larger than {storage.LIMIT // 2**20} MB.")
    sniffed = media.sniff(upload.data)
    mime_type = _document_type(upload) if sniffed == media.UNKNOWN_TYPE else sniffed
    if mime_type not in KINDS or not media.is_whole_image(upload.data, mime_type):
        raise FileRefused(SENDABLE)
    kind = KINDS[mime_type]
    largest = LARGEST.get(kind, storage.LIMIT)
    if len(upload.data) > largest:
        raise FileRefused(f"The {kind} is larger than {largest // 2**20} MB, which WhatsApp does not take.")
    return Looked(upload, mime_type, kind)


@contextmanager
def kept(looked: Looked) -> Iterator[Attachment]:
    """A file in the store, not yet any message's. One that is no message's in the end is deleted again.

    Take no lock before: the store may be far away. Raises StoreError.
    """
    store, name, data = storage.media_storage(), storage.generated_name(), looked.upload.data
    attachment = Attachment(
        file=name,
        kind=looked.kind,
        mime_type=looked.mime_type,
        filename=looked.upload.filename[:255],
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    try:
        store.save(name, ContentFile(data))
        yield attachment
    finally:
        with suppress(Error, storage.StoreError):
            if not Attachment.objects.filter(pk=attachment.pk).exists():
                store.delete(name)


def _document_type(upload: Upload) -> str:
    claimed = upload.claimed_type.partition(";")[0].strip().lower()
    for magic, types in _CONTAINERS:
        if upload.data.startswith(magic) and claimed in types:
            return claimed
    return "text/plain" if claimed == "text/plain" and _is_text(upload.data) else media.UNKNOWN_TYPE


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False
