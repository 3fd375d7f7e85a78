"""Files of the thread as HTTP answers to staff. What may be shown in the browser is decided here alone.

The bytes say what a file is, every time; the sender's word never reaches a header but as a tidied name. A document of
a stranger must not run anything on our origin: hence the sandbox, `nosniff`, and `attachment` for all that is not an
image, audio or video. (PDF too: browsers refuse to show one in a sandbox.)
"""

from __future__ import annotations

import re
from io import BytesIO

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from PIL import Image, ImageOps, UnidentifiedImageError

from conversations.media import UNKNOWN_TYPE, sniff
from conversations.models import Attachment

SHOWN = frozenset(
    {
        *("image/jpeg", "image/png", "image/webp"),
        *("audio/ogg", "audio/mpeg", "audio/mp4", "audio/amr"),
        *("video/mp4", "video/3gpp"),
    }
)
NAMED = SHOWN | {"application/pdf"}  # types that are told; anything else is just bytes
LONGEST_NAME = 100  # characters

PREVIEW_SIDE = 1280  # pixels
PREVIEW_PIXELS = 25_000_000  # decoded at once: about 75 MB of memory
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
_DRAWN = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def whole(attachment: Attachment, wanted: str = "") -> HttpResponse:
    """The file as it came. Raises FileNotFoundError when it is not (or no longer) stored.

    `wanted` is the request's Range: players jump by it, and some play nothing without. One range of bytes is answered
    with 206; any other wish is passed over, as RFC 9110 §14.2 allows.
    """
    data = _read(attachment)
    kind = sniff(data)
    name = tidy(attachment.filename) or f"file-{attachment.pk}"
    answer = _answer(data, kind if kind in NAMED else UNKNOWN_TYPE, name, download=kind not in SHOWN)
    answer.headers["Accept-Ranges"] = "bytes"
    if span := part(wanted, len(data)):
        answer.status_code, answer.content = 206, data[span.start : span.stop]
        answer.headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{len(data)}"
    return answer


def part(wanted: str, size: int) -> range | None:
    """The bytes of a file of this size that a Range header asks for; None where it does not ask for one such part."""
    found = _RANGE.fullmatch(wanted)
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    return range(start, stop) if start < stop else None


def preview(attachment: Attachment) -> HttpResponse | None:
    """A small picture drawn anew from the image (nothing of the original's bytes is left), or None for other files.

    Raises FileNotFoundError when it is not (or no longer) stored.
    """
    drawn = draw(_read(attachment))
    return _answer(drawn, "image/jpeg", f"preview-{attachment.pk}.jpg", download=False) if drawn else None


def draw(data: bytes) -> bytes | None:
    """An image of at most PREVIEW_SIDE pixels a side as JPEG; None for what is no image, damaged, or absurdly large."""
    format_ = _DRAWN.get(sniff(data))
    if format_ is None:
        return None
    out = BytesIO()
    try:
        with Image.open(BytesIO(data), formats=[format_]) as image:
            image.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))  # JPEG is decoded small at once
            if image.width * image.height > PREVIEW_PIXELS:
                return None
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
            upright.convert("RGB").save(out, "JPEG", quality=80)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return out.getvalue()


def tidy(name: str) -> str:
    """A sender's file name as it may stand in a header: no line breaks, no direction marks, no path."""
    printable = "".join(char for char in name if char.isprintable() and char not in '/\\"')
    return printable.strip(" .")[-LONGEST_NAME:]


def _read(attachment: Attachment) -> bytes:
    if not attachment.file:
        raise FileNotFoundError(f"Attachment {attachment.pk} has no file.")
    with attachment.file.open("rb") as file:
        return bytes(file.read())


def _answer(data: bytes, content_type: str, name: str, *, download: bool) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=download, filename=name)
    return HttpResponse(
        data,
        content_type=content_type,
        headers={
            "Content-Disposition": disposition or "attachment",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        },
    )
