"""A handful of small files, drawn here and stored once; all pictures, papers and voice notes of the demo are these."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from conversations.storage import media_storage

PREFIX = "demo-"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is, as an attachment says it."""

    kind: str
    mime_type: str
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the media storage."""

    name: str
    size: int
    sha256: str


FILES: Mapping[str, Kind] = {
    "worksheet.jpg": Kind("image", "image/jpeg"),
    "board.png": Kind("image", "image/png"),
    "questions.pdf": Kind("document", "application/pdf"),
    "voice-note.ogg": Kind("audio", "audio/ogg", voice=True),
}


def store() -> dict[str, Stored]:
    """Store the files that are not stored yet; where each of them is."""
    return {filename: _store(PREFIX + filename, data) for filename, data in drawn().items()}


def _store(name: str, data: bytes) -> Stored:
    storage = media_storage()
    if not storage.exists(name):
        storage.save(name, ContentFile(data))
    return Stored(name, storage.size(name), hashlib.sha256(data).hexdigest())


def drawn() -> dict[str, bytes]:
    """The bytes of each of FILES."""
    worksheet = _page("#fdfbf3", "#1b2a5c", ("1.  2x + 3 = 11", "2.  5x - 9 = 16", "3.  y = 4x - 1"))
    board = _page("#1f4d3a", "#f4f4f0", ("v = u + at", "s = (u + v)t / 2", "F = ma"))
    return {
        "worksheet.jpg": _saved(worksheet, "JPEG"),
        "board.png": _saved(board, "PNG"),
        "questions.pdf": _saved(worksheet, "PDF"),
        "voice-note.ogg": voice_note(),
    }


def _page(paper: str, ink: str, lines: tuple[str, ...]) -> Image.Image:
    """A ruled page. Pillow's own font, which is always there, knows ASCII alone."""
    page = Image.new("RGB", (480, 640), paper)
    pen = ImageDraw.Draw(page)
    for row in range(40, 640, 40):
        pen.line((0, row, 480, row), fill=ink if row == 40 else "#9aa5b1", width=1)
    for number, line in enumerate(lines):
        pen.text((40, 90 + 120 * number), line, fill=ink, font_size=30)
    return page


def _saved(page: Image.Image, form: str) -> bytes:
    into = BytesIO()
    # A PDF carries the moment it was made; the files of two runs are to be the same.
    when = {"creationDate": None, "modDate": None} if form == "PDF" else {}
    page.save(into, form, **when)
    return into.getvalue()


# --- a second of silence ----------------------------------------------------------------------------------------------

_FRAME = 960  # samples of 20 ms at the 48 kHz that Opus counts in
_SILENT = b"\xf8\xff\xfe"  # RFC 6716: a 20 ms frame in which nothing is heard


def voice_note(seconds: int = 2) -> bytes:
    """Silence as Ogg Opus (RFC 7845), the container of WhatsApp's voice notes."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 4) + b"demo" + struct.pack("<I", 0)
    frames = [_SILENT] * (seconds * 50)
    last = _FRAME * len(frames)
    return _ogg(0, 2, 0, [head]) + _ogg(1, 0, 0, [tags]) + _ogg(2, 4, last, frames)


def _ogg(number: int, flags: int, position: int, packets: list[bytes]) -> bytes:
    """One page (RFC 3533); every packet here is shorter than 255 bytes."""
    sizes = bytes(map(len, packets))
    header = struct.pack("<4sBBqIII", b"OggS", 0, flags, position, 1, number, 0) + bytes([len(packets)]) + sizes
    page = header + b"".join(packets)
    return page[:22] + struct.pack("<I", _crc(page)) + page[26:]


def _crc(data: bytes) -> int:
    """Ogg's checksum: CRC-32 of polynomial 0x04c11db7, not reflected, from zero."""
    crc = 0
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x104C11DB7 if crc & 0x80000000 else 0)
    return crc
