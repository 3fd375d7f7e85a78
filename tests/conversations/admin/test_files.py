"""Files on their way to staff: only to them, and never as something that a browser would run."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client
from PIL import Image

from conversations.downloads import draw
from conversations.models import Attachment, MediaFile
from tests.conversations.admin.conftest import PNG, Desk, page, person, photo

pytestmark = pytest.mark.usefixtures("channel")

HARMLESS = {
    "image/jpeg": b"\xff\xd8\xff\xe0 jpeg",
    "image/png": PNG,
    "image/webp": b"RIFF\0\0\0\0WEBPVP8 ",
    "audio/ogg": b"OggS opus",
    "audio/mpeg": b"ID3 mp3",
    "video/mp4": b"\0\0\0\x18ftypmp42",
}
DANGEROUS = [
    b"<html><script>alert(1)</script>",
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    b"<?xml version='1.0'?><x/>",
    b"GIF89a/*<script>*/=1",
    b"MZ\x90\0",
    b"\0\0\0\x18ftypheic",
    b"x",
]


def stored(data: bytes, **fields: object) -> Attachment:
    """A file in somebody's thread."""
    return photo(person().messages.earliest("id"), data, **fields)  # type: ignore[arg-type]


def drawn(width: int, height: int, kind: str = "PNG") -> bytes:
    """An image of one colour."""
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", HARMLESS)
def test_images_audio_and_video_are_shown(agent: Desk, kind: str) -> None:
    answer = agent.get(page(stored(HARMLESS[kind], mime_type="text/html"), "file"))
    assert (answer["Content-Type"], answer.content) == (kind, HARMLESS[kind])
    assert answer["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize("data", DANGEROUS)
def test_anything_else_is_handed_out_as_bytes_to_be_saved(agent: Desk, data: bytes) -> None:
    answer = agent.get(page(stored(data, mime_type="image/png"), "file"))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_pdf_keeps_its_type_and_is_saved(agent: Desk) -> None:
    answer = agent.get(page(stored(b"%PDF-1.7"), "file"))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("data", [PNG, *DANGEROUS])
@pytest.mark.parametrize("view", ["file", "preview"])
def test_every_file_comes_in_a_sandbox(agent: Desk, data: bytes, view: str) -> None:
    answer = agent.get(page(stored(data), view))
    if answer.status_code == 404:
        assert view == "preview"
        return
    assert answer["X-Content-Type-Options"] == "nosniff"
    policy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
    assert answer["Content-Security-Policy"] == policy
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("page 1.png", 'inline; filename="page 1.png"'),
        ("../../etc/passwd", 'inline; filename="etcpasswd"'),
        ("a\r\nSet-Cookie: x=1", 'inline; filename="aSet-Cookie: x=1"'),
        ('"; filename=evil.html', 'inline; filename="; filename=evil.html"'),
        ("\u202egnp.exe", 'inline; filename="gnp.exe"'),
        ("..\\x", 'inline; filename="x"'),
        ("CON", 'inline; filename="CON"'),
        ("x" * 255, f'inline; filename="{"x" * 100}"'),
        ("épreuve.png", "inline; filename*=utf-8''%C3%A9preuve.png"),
    ],
)
def test_a_name_of_the_sender_cannot_break_out_of_its_header(agent: Desk, name: str, told: str) -> None:
    assert agent.get(page(stored(PNG, name=name), "file"))["Content-Disposition"] == told


@pytest.mark.parametrize("name", ["", "...", "\0\u200b"])
def test_a_file_without_a_usable_name_gets_one(agent: Desk, name: str) -> None:
    attachment = stored(PNG)
    attachment.filename = name.replace("\0", "")
    attachment.save()
    told = agent.get(page(attachment, "file"))["Content-Disposition"]
    assert told == f'inline; filename="file-{attachment.pk}"'


def test_a_file_is_for_staff_only(onlooker: Desk) -> None:
    address = page(stored(PNG), "file")
    assert onlooker.get(address).status_code == 403
    assert "/login/" in Client().get(address)["Location"]


@pytest.mark.parametrize("view", ["file", "preview"])
def test_a_file_that_is_not_stored_is_404(agent: Desk, view: str) -> None:
    pending = Attachment.objects.create(message=person().messages.earliest("id"), kind="image")
    assert agent.get(page(pending, view)).status_code == 404
    gone = stored_and_lost()
    assert agent.get(page(gone, view)).status_code == 404


def stored_and_lost() -> Attachment:
    """A file whose bytes have been erased."""
    attachment = photo(person(2).messages.earliest("id"))
    MediaFile.objects.all().delete()
    return attachment


def test_a_preview_is_drawn_anew_and_small(agent: Desk) -> None:
    original = drawn(3000, 2000, "JPEG")
    answer = agent.get(page(stored(original + b"<script>alert(1)</script>"), "preview"))
    with Image.open(BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("JPEG", (1280, 853))
    assert b"script" not in answer.content


def test_a_photo_taken_sideways_stands_upright() -> None:
    out, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6  # "rotate by 90 degrees"
    Image.new("RGB", (300, 200)).save(out, "JPEG", exif=exif)
    upright = draw(out.getvalue())
    assert upright
    with Image.open(BytesIO(upright)) as image:
        assert image.size == (200, 300)


def test_a_picture_with_holes_and_one_in_grey_can_be_drawn() -> None:
    for mode in ("RGBA", "P", "L", "LA", "I;16"):
        out = BytesIO()
        Image.new(mode, (10, 10)).save(out, "PNG")
        assert draw(out.getvalue())


@pytest.mark.parametrize("data", [b"", b"x", b"%PDF-1.7", PNG[:40], b"\xff\xd8\xff broken", drawn(6000, 5000)])
def test_what_is_no_bearable_picture_has_no_preview(data: bytes) -> None:
    assert draw(data) is None
