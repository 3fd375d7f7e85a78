"""Received files: fetched, looked at rather than believed, kept.

What a file is, its first bytes say (`sniff`); the sender's word and the file name are for display only. Images are
opened to see that they are whole and of a bearable size before anybody looks at them.
"""

from __future__ import annotations

import hashlib
import logging
import warnings
from io import BytesIO

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image, UnidentifiedImageError

from conversations import runner, storage
from conversations.bot.types import MediaRefused
from conversations.channel import FetchError, get_channel
from conversations.models import Attachment, AttachmentStatus, Conversation
from conversations.records import lock_owner

log = logging.getLogger(__name__)

HOMEWORK_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf"})
HOMEWORK_LIMIT = 10 * 1024 * 1024  # bytes per file (product.md)
MOST_PIXELS = 60_000_000  # more than any phone's camera takes; a decompression bomb has more
UNKNOWN_TYPE = "application/octet-stream"

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypmsf1", "image/heic"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (4, b"ftyp3gp", "video/3gpp"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
)
_VERIFIED = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def sniff(data: bytes) -> str:
    """The type that the first bytes tell, of the few that we show; anything else is `application/octet-stream`."""
    head = data[:64]
    return next((mime for at, magic, mime in _SIGNATURES if head[at : at + len(magic)] == magic), UNKNOWN_TYPE)


def is_whole_image(data: bytes, mime_type: str) -> bool:
    """Whether an image can be opened and is not absurdly large; types that Pillow does not open are believed."""
    if mime_type not in _VERIFIED:
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=[_VERIFIED[mime_type]]) as image:
                if image.width * image.height > MOST_PIXELS:
                    return False
                image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning):
        return False
    return True


def fetch(attachment_id: int) -> None:
    """Fetch a received file and keep it, or note why that cannot be.

    Raises FetchError when trying again later may help. Doing it twice does no harm.
    """
    attachment = Attachment.objects.filter(pk=attachment_id, status=AttachmentStatus.PENDING).first()
    if attachment is None:
        return
    try:
        fetched = get_channel().fetch(attachment.media_id, limit=storage.LIMIT)
    except FetchError as error:
        if error.again:
            raise
        refuse(attachment, error.reason)
        return
    mime_type = sniff(fetched.data)
    if not fetched.data or not is_whole_image(fetched.data, mime_type):
        refuse(attachment, "unreadable")
        return
    _keep(attachment.pk, fetched.data, mime_type)


def refuse(attachment: Attachment, reason: str) -> None:
    """A file that we will not have: staff see why, and the student hears of it where it was homework.

    Nothing happens where the file was stored or refused meanwhile.
    """
    with transaction.atomic():
        if not (found := _lock_pending(attachment.pk)):
            return
        conversation, fresh = found
        fresh.status, fresh.reason = AttachmentStatus.REFUSED, reason
        fresh.save(update_fields=["status", "reason"])
        _tell_if_homework(conversation, fresh, reason)
    log.info("A file was refused.", extra={"attachment_id": attachment.pk, "reason": reason})


def _lock_pending(attachment_id: int) -> tuple[Conversation, Attachment] | None:
    """The locked conversation that a file belongs to by now, and the file as it is by now; None when it is settled.

    A download takes long: meanwhile the homework is handed in, two halves of a person are joined, or another worker
    is done with the same file.
    """
    try:
        conversation = lock_owner(messages__attachments=attachment_id)
    except Conversation.DoesNotExist:
        return None  # the person's data was deleted
    attachment = Attachment.objects.filter(pk=attachment_id, status=AttachmentStatus.PENDING).first()
    return (conversation, attachment) if attachment else None


class _SettledError(Exception):
    """Nobody wants the file any more: it is settled already, or its person's data was deleted."""


def _keep(attachment_id: int, data: bytes, mime_type: str) -> None:
    """Store a file, and note that it is there. Outside of the lock: the store may be far away.

    The row has its name before the store hears of it, and keeps it: whatever becomes of this try, and whatever the
    store says of it, the next try takes away what was left, and so does an erasure.
    """
    if not (noted := _noted_name(attachment_id)):
        return
    store, (name, is_new) = storage.media_storage(), noted
    try:
        with transaction.atomic():
            if not is_new:
                store.delete(name)
            store.save(name, ContentFile(data))
            _note_kept(attachment_id, data, mime_type)
    except _SettledError:
        if not Attachment.objects.filter(pk=attachment_id, status=AttachmentStatus.STORED).exists():
            store.delete(name)  # else another worker has stored the same


def _noted_name(attachment_id: int) -> tuple[str, bool] | None:
    """The name of a file that is to be stored, and whether this is the first try; None where it is settled."""
    with transaction.atomic():
        if not (found := _lock_pending(attachment_id)):
            return None
        _, attachment = found
        if attachment.file.name:
            return attachment.file.name, False
        name = storage.generated_name()
        Attachment.objects.filter(pk=attachment_id).update(file=name)
        return name, True


def _note_kept(attachment_id: int, data: bytes, mime_type: str) -> None:
    if not (found := _lock_pending(attachment_id)):
        raise _SettledError
    conversation, attachment = found
    attachment.mime_type = mime_type
    attachment.size, attachment.sha256 = len(data), hashlib.sha256(data).hexdigest()
    attachment.status = AttachmentStatus.STORED
    attachment.save(update_fields=["mime_type", "size", "sha256", "status"])
    if mime_type not in HOMEWORK_TYPES:
        _tell_if_homework(conversation, attachment, "wrong_type")
    elif len(data) > HOMEWORK_LIMIT:
        _tell_if_homework(conversation, attachment, "too_large")


def _tell_if_homework(conversation: Conversation, attachment: Attachment, reason: str) -> None:
    """The bot hears of a useless file only where it counts on it: in the homework being written, or handed in."""
    drafts = runner.remembered(conversation)
    held = [drafts.answers, drafts.set_aside.answers if drafts.set_aside else {}]
    in_draft = any(attachment.pk in value for answers in held for value in answers.values() if isinstance(value, list))
    handed_in = attachment.homework_id is not None
    if handed_in:
        Attachment.objects.filter(pk=attachment.pk).update(homework=None)
    if in_draft or handed_in:
        runner.turn(conversation, MediaRefused(attachment.pk, reason), None, timezone.now())
