"""Files of the thread as HTTP answers to staff. What may be shown in the browser is decided here alone.

The bytes say what a file is, every time; the sender's word never reaches a header but as a tidied name. A document of
a stranger must not run anything on our origin: hence the sandbox, `nosniff`, and `attachment` for all that is not an
image, audio or video. (PDF too: browsers refuse to show one in a sandbox.)
"""

from __future__ import annotations

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
_DRAWN = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def whole(attachment: Attachment) -> HttpResponse:
    """The file as it came. Raises FileNotFoundError when it is not (or no longer) stored."""
    data = _read(attachment)
    kind = sniff(data)
    name = tidy(attachment.filename) or f"file-{attachment.pk}"
    return _answer(data, kind if kind in NAMED else UNKNOWN_TYPE, name, download=kind not in SHOWN)


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
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        },
    )
