"""Everything about a person in one ZIP: `person.json`, and the files that were sent and received.

`missing.txt` names those that are stored no longer, where there are any: nobody shall take the rest for the whole.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder

from conversations.models import Attachment, AttachmentStatus
from support.privacy.parts import PARTS, Person

_SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
}


def export(person: Person, into: IO[bytes]) -> tuple[dict[str, int], list[str]]:
    """Write the ZIP; returns how many rows of each kind are in it, and the names of the files that are missing.

    Files have our names, never a sender's. Raises StoreError.
    """
    counts: dict[str, int] = {}
    missing: list[str] = []
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("person.json", "w") as entry:
            for piece in _json(person, counts):
                entry.write(piece.encode())
        for attachment in person.rows("files").filter(status=AttachmentStatus.STORED):
            try:
                with attachment.file.open("rb") as file:
                    archive.writestr(_name(attachment), file.read())
            except FileNotFoundError:
                missing.append(_name(attachment))
        if missing:
            archive.writestr("missing.txt", "".join(f"{name}\n" for name in missing))
    return counts, missing


def _json(person: Person, counts: dict[str, int]) -> Iterator[str]:
    """One object with a list for each kind, row by row: a thread may be long."""
    opening = "{\n"
    for part in PARTS:
        yield f'{opening}"{part}": ['
        counts[part] = 0
        for row in person.rows(part).order_by("pk").values().iterator(chunk_size=1000):
            yield f"{',' if counts[part] else ''}\n  {_row(row)}"
            counts[part] += 1
        yield "]"
        opening = ",\n"
    yield "\n}\n"


def _row(row: dict[str, Any]) -> str:
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)


def _name(attachment: Attachment) -> str:
    return f"files/{attachment.pk}{_SUFFIXES.get(attachment.mime_type, '.bin')}"
