"""An S3-compatible store, as MEDIA_STORAGE_URL names it: django-storages, with an end to its patience.

What goes wrong there is told as `StoreError`: nobody else needs to know whose store it is. A file that PostgreSQL had
before the store was set stays there and is found there: nothing has to be moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from storages.backends.s3 import S3Storage

from conversations.storage import LIMIT, PostgresStorage, StoreError

_CLIENT = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 2},  # who asked tries again, in its own time
    signature_version="s3v4",
    s3={"addressing_style": "path"},  # a store of one's own rarely has a domain for every bucket
    # The checksums that boto3 adds by itself are Amazon's; many other stores refuse them.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
_WHOLE = TransferConfig(multipart_threshold=LIMIT + 1, use_threads=False)  # no file of ours needs parts
_EARLIER = PostgresStorage()


class S3Store(S3Storage):  # type: ignore[misc]  # it has no types
    """Files in a bucket of our own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(client_config=_CLIENT, transfer_config=_WHOLE, **options)

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """The whole file, at once: what fails later would fail in the middle of an answer."""
        if _EARLIER.exists(name):
            return _EARLIER.open(name, mode)
        with _told(), super()._open(name, mode) as file:
            return ContentFile(file.read(), name=name)

    def _save(self, name: str, content: File[Any]) -> str:
        with _told():
            return str(super()._save(name, content))

    def exists(self, name: str) -> bool:
        """Whether a file of this name is stored. Raises StoreError."""
        if _EARLIER.exists(name):
            return True
        with _told():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        """Bytes of a stored file. Raises FileNotFoundError, StoreError."""
        if _EARLIER.exists(name):
            return _EARLIER.size(name)
        with _told():
            return int(super().size(name))

    def delete(self, name: str) -> None:
        """Remove a file, wherever it is; nothing happens when there is none. Raises StoreError."""
        with _told():  # first: what was saved is taken back also where the database went away over it
            super().delete(name)
        _EARLIER.delete(name)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise StoreError(f"The store of the files does not answer as it should ({type(error).__name__}).") from error
