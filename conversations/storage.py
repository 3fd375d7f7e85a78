"""A Django storage over PostgreSQL: files live in chunks beside everything else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils.deconstruct import deconstructible

CHUNK = 256 * 1024
LIMIT = 16 * 1024 * 1024  # bytes per file: WhatsApp's largest audio and video


class StoreError(Exception):
    """The place where files are kept is away or refuses: later it may be back."""


def media_storage() -> Storage:
    """Where received and sent files are kept (settings.STORAGES["media"]); a callable, so migrations name no class."""
    return storages["media"]


@deconstructible
class PostgresStorage(Storage):
    """Files in the tables MediaFile and MediaChunk. Names are ours (see `generated_name`); files never change."""

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        from conversations.models import MediaChunk, MediaFile

        if mode != "rb":
            raise SuspiciousFileOperation("Stored files are read-only.")
        if not MediaFile.objects.filter(name=name).exists():
            raise FileNotFoundError(name)
        chunks = MediaChunk.objects.filter(file__name=name).order_by("number").values_list("data", flat=True)
        return ContentFile(b"".join(bytes(chunk) for chunk in chunks), name=name)

    def _save(self, name: str, content: File[Any]) -> str:
        from conversations.models import MediaChunk, MediaFile

        pieces = list(_pieces(content))
        size = sum(len(piece) for piece in pieces)
        if size > LIMIT:
            raise SuspiciousFileOperation(f"A file may hold {LIMIT} bytes at most.")
        with transaction.atomic():
            file = MediaFile.objects.create(name=name, size=size)
            MediaChunk.objects.bulk_create(
                MediaChunk(file=file, number=number, data=piece) for number, piece in enumerate(pieces)
            )
        return name

    def delete(self, name: str) -> None:
        """Remove a file; nothing happens when there is none."""
        from conversations.models import MediaFile

        MediaFile.objects.filter(name=name).delete()

    def exists(self, name: str) -> bool:
        """Whether a file of this name is stored."""
        from conversations.models import MediaFile

        return MediaFile.objects.filter(name=name).exists()

    def size(self, name: str) -> int:
        """Bytes of a stored file. Raises FileNotFoundError."""
        from conversations.models import MediaFile

        found = MediaFile.objects.filter(name=name).values_list("size", flat=True).first()
        if found is None:
            raise FileNotFoundError(name)
        return found

    def url(self, name: str | None) -> str:
        """Files are served to staff by their attachment's id alone."""
        raise NotImplementedError("Stored files have no address of their own.")


def generated_name(suffix: str = "") -> str:
    """A fresh name that says nothing about the sender: a UUID, with a known-harmless suffix."""
    return str(PurePosixPath(f"{uuid.uuid4().hex}{suffix}"))


def _pieces(content: File[Any]) -> Iterator[bytes]:
    content.seek(0)
    source = content.file if content.file is not None else BytesIO()
    while piece := source.read(CHUNK):
        yield piece
