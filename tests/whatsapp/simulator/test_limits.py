"""What Meta refuses: every documented limit, from just inside and from just outside."""

from __future__ import annotations

from typing import Any

import pytest

from whatsapp.simulator import limits
from whatsapp.simulator.errors import GraphError

JSON = dict[str, Any]


def message(kind: str, content: object, **more: object) -> JSON:
    return {"messaging_product": "whatsapp", "to": "+2348030000001", "type": kind, kind: content, **more}


def text(body: object, **more: object) -> JSON:
    return message("text", {"body": body}, **more)


def buttons(*pairs: tuple[object, object], body: str = "Which?", **more: object) -> JSON:
    replies = [{"type": "reply", "reply": {"id": key, "title": title}} for key, title in pairs]
    return message("interactive", {"type": "button", "body": {"text": body}, "action": {"buttons": replies}, **more})


def listed(*sections: list[JSON], button: str = "Choose", title: str = "Part", **more: object) -> JSON:
    parts = [{"title": f"{title}{number}", "rows": rows} for number, rows in enumerate(sections)]
    action = {"button": button, "sections": parts}
    return message("interactive", {"type": "list", "body": {"text": "Which?"}, "action": action, **more})


def row(number: int, **more: object) -> JSON:
    return {"id": f"row_{number}", "title": f"Row {number}", **more}


def template(name: object = "hello_world", code: object = "en_US", **more: object) -> JSON:
    return message("template", {"name": name, "language": {"code": code}, **more})


def said(*texts: str) -> list[JSON]:
    return [{"type": "body", "parameters": [{"type": "text", "text": each} for each in texts]}]


TAKEN = {
    "a text": text("Hello"),
    "a text at the limit": text("x" * 4096),
    "our own reference at the limit": text("Hello", biz_opaque_callback_data="x" * 512),
    "a quoted message": text("Hello", context={"message_id": "wamid.x"}),
    "three buttons at the limits": buttons(*[(str(n) * 256, str(n) * 20) for n in range(3)], body="x" * 1024),
    "buttons under a photo": buttons(("a", "A"), header={"type": "image", "image": {"id": "1"}}),
    "a footer at the limit": buttons(("a", "A"), footer={"text": "x" * 60}),
    "a list at the limits": listed(
        *[[row(n, id=str(n) * 200, title="x" * 24, description="x" * 72)] for n in range(10)],
        button="x" * 20,
        title="x" * 23,
    ),
    "a list of one section without a title": message(
        "interactive",
        {
            "type": "list",
            "body": {"text": "x"},
            "action": {"button": "Go", "sections": [{"rows": [row(1)]}]},
        },
    ),
    "a web address button": message(
        "interactive",
        {
            "type": "cta_url",
            "body": {"text": "Pay"},
            "action": {"name": "cta_url", "parameters": {"display_text": "Pay", "url": "https://example.org"}},
        },
    ),
    "a photo with a caption": message("image", {"id": "1", "caption": "x" * 1024}),
    "a document with its name": message("document", {"link": "https://example.org/a.pdf", "filename": "a.pdf"}),
    "a voice note": message("audio", {"id": "1", "voice": True}),
    "a reaction": message("reaction", {"message_id": "wamid.x", "emoji": "👩🏽‍🏫"}),
    "a reaction taken back": message("reaction", {"message_id": "wamid.x", "emoji": ""}),
    "a template": template(components=said("Ada", "5,000")),
    "a template without parameters": template(),
    "a place": message("location", {"latitude": 6.5, "longitude": 3.4}),
    "contact cards": message("contacts", [{"name": {"formatted_name": "Ada"}}] * 5),
}

REFUSED: dict[str, tuple[int, JSON]] = {
    "another product": (100, {**text("Hello"), "messaging_product": "sms"}),
    "no recipient": (100, {**text("Hello"), "to": ""}),
    "a group": (100, text("Hello", recipient_type="group")),
    "an unknown type": (100, message("poll", {})),
    "a type that is no text": (100, {**text("Hello"), "type": ["text"]}),
    "no content": (131008, {"messaging_product": "whatsapp", "to": "+1", "type": "text"}),
    "content as a string": (100, message("text", "Hello")),
    "an empty text": (131009, text("")),
    "a blank text": (131009, text(" \n ")),
    "a text that is a number": (100, text(7)),
    "a text too long": (131009, text("x" * 4097)),
    "a text too long in UTF-16": (131009, text("🎓" * 2049)),
    "our own reference too long": (131009, text("Hello", biz_opaque_callback_data="x" * 513)),
    "a quote without an id": (131008, text("Hello", context={})),
    "no button": (131009, buttons()),
    "four buttons": (131009, buttons(*[(str(n), str(n)) for n in range(4)])),
    "a button title too long": (131009, buttons(("a", "x" * 21))),
    "a button title too long in UTF-16": (131009, buttons(("a", "✅" + "🎓" * 10))),
    "a button id too long": (131009, buttons(("x" * 257, "A"))),
    "a button id that ends with a space": (131009, buttons(("a ", "A"))),
    "two buttons with one id": (131009, buttons(("a", "A"), ("a", "B"))),
    "two buttons with one title": (131009, buttons(("a", "A"), ("b", "A"))),
    "a body too long for buttons": (131009, buttons(("a", "A"), body="x" * 1025)),
    "a footer too long": (131009, buttons(("a", "A"), footer={"text": "x" * 61})),
    "a header too long": (131009, buttons(("a", "A"), header={"type": "text", "text": "x" * 61})),
    "a photo over a list": (131009, listed([row(1)], header={"type": "image", "image": {"id": "1"}})),
    "an action as JSON in a string": (
        100,
        message("interactive", {"type": "button", "body": {"text": "x"}, "action": "{}"}),
    ),
    "an unknown kind of choice": (131009, message("interactive", {"type": "wheel", "body": {"text": "x"}})),
    "eleven rows in one section": (131009, listed([row(n) for n in range(11)])),
    "eleven rows in two sections": (131009, listed([row(n) for n in range(6)], [row(n) for n in range(6, 11)])),
    "eleven sections": (131009, listed(*[[row(n)] for n in range(11)])),
    "two rows with one id": (131009, listed([row(1)], [row(1)])),
    "a row title too long": (131009, listed([row(1, title="x" * 25)])),
    "a row description too long": (131009, listed([row(1, description="x" * 73)])),
    "a row id too long": (131009, listed([row(1, id="x" * 201)])),
    "a section title too long": (131009, listed([row(1)], [row(2)], title="x" * 24)),
    "a list label too long": (131009, listed([row(1)], button="x" * 21)),
    "a photo from nowhere": (100, message("image", {"caption": "x"})),
    "a photo from two places": (100, message("image", {"id": "1", "link": "https://example.org/x.png"})),
    "a caption too long": (131009, message("image", {"id": "1", "caption": "x" * 1025})),
    "a caption on a voice note": (100, message("audio", {"id": "1", "caption": "x"})),
    "a name on a photo": (100, message("image", {"id": "1", "filename": "x.png"})),
    "a reaction in words": (131009, message("reaction", {"message_id": "wamid.x", "emoji": "nice"})),
    "a reaction to nothing": (131008, message("reaction", {"emoji": "👍"})),
    "a template name that cannot be": (132001, template(name="Hello World")),
    "a template language that cannot be": (132001, template(code="English")),
    "a template parameter with a line break": (132018, template(components=said("a\nb"))),
    "a template parameter without its text": (
        132012,
        template(components=[{"type": "body", "parameters": [{"type": "text"}]}]),
    ),
    "a template component of no type": (132012, template(components=[{"parameters": []}])),
    "a place off the globe": (131009, message("location", {"latitude": 91, "longitude": 0})),
    "six contact cards": (131009, message("contacts", [{"name": {"formatted_name": "Ada"}}] * 6)),
}


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN.keys())
def test_meta_takes(body: JSON) -> None:
    limits.check(body)


@pytest.mark.parametrize(("code", "body"), REFUSED.values(), ids=REFUSED.keys())
def test_meta_refuses(code: int, body: JSON) -> None:
    with pytest.raises(GraphError) as refusal:
        limits.check(body)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("kind", "size", "mime_type"),
    [
        ("image", 5 * limits.MIB, "image/jpeg"),
        ("audio", 16 * limits.MIB, "audio/ogg; codecs=opus"),
        ("document", 100 * limits.MIB, "application/pdf"),
        ("sticker", 500 * 1024, "image/webp"),
    ],
)
def test_a_file_may_have_the_documented_size_and_no_byte_more(kind: str, size: int, mime_type: str) -> None:
    limits.check_upload(kind, size, mime_type)
    with pytest.raises(GraphError, match="131053"):
        limits.check_upload(kind, size + 1, mime_type)


@pytest.mark.parametrize(
    ("kind", "mime_type"), [("image", "image/webp"), ("image", "application/pdf"), ("video", "video/webm")]
)
def test_a_file_of_the_wrong_type_cannot_be_sent(kind: str, mime_type: str) -> None:
    with pytest.raises(GraphError, match="131053"):
        limits.check_upload(kind, 10, mime_type)


def test_a_type_meta_does_not_know_cannot_be_uploaded() -> None:
    with pytest.raises(GraphError, match="100"):
        limits.kind_of_upload("text/html")
