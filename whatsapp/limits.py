"""What Meta takes in one message, in one place. Source: the message reference pages of Meta's Cloud API documentation.

Lengths are in UTF-16 units. Whether Meta counts those or code points is nowhere said; an emoji is two of the former and
one of the latter, so whoever keeps within these keeps within both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from conversations.channel import File

TEXT: Final = 4096
BODY: Final = 1024  # the words above buttons or a list (Meta's list page says 4096, its schema 1024)
CAPTION: Final = 1024
BUTTONS: Final = 3
BUTTON_TITLE: Final = 20
BUTTON_ID: Final = 256
ROWS: Final = 10  # in all sections of a list together
ROW_TITLE: Final = 24
ROW_DESCRIPTION: Final = 72
ROW_ID: Final = 200
LIST_LABEL: Final = 20
FILENAME: Final = 240
CALLBACK_DATA: Final = 512

MIB: Final = 1024 * 1024
CAPTIONED: Final = frozenset({"image", "video", "document"})


@dataclass(frozen=True, slots=True)
class Media:
    """The files that can be sent as one kind of message; `said` is the same for people."""

    size: int  # bytes
    types: frozenset[str]
    said: str


_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA: Final[Mapping[str, Media]] = MappingProxyType(
    {
        "image": Media(5 * MIB, frozenset({"image/jpeg", "image/png"}), "JPEG or PNG images of up to 5 MB"),
        "video": Media(16 * MIB, frozenset({"video/mp4", "video/3gpp"}), "MP4 or 3GP videos of up to 16 MB"),
        "audio": Media(
            16 * MIB,
            frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
            "AAC, AMR, MP3, M4A or OGG (Opus) recordings of up to 16 MB",
        ),
        "sticker": Media(500 * 1024, frozenset({"image/webp"}), "WebP stickers of up to 500 kB"),
        "document": Media(
            100 * MIB,
            frozenset(
                {
                    "text/plain",
                    "application/pdf",
                    "application/msword",
                    f"{_OFFICE}wordprocessingml.document",
                    "application/vnd.ms-excel",
                    f"{_OFFICE}spreadsheetml.sheet",
                    "application/vnd.ms-powerpoint",
                    f"{_OFFICE}presentationml.presentation",
                }
            ),
            "PDF, text, Word, Excel or PowerPoint documents of up to 100 MB",
        ),
    }
)


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def takes(file: File) -> bool:
    """Whether Meta takes this file as what it is to be sent as."""
    media = MEDIA.get(file.kind)
    bare_type = file.mime_type.partition(";")[0].strip().lower()
    return media is not None and bare_type in media.types and 0 < len(file.data) <= media.size
