"""Our words as Meta's JSON, one small message of each kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from conversations.channel import Button, File, Outgoing, SendError, Template, Verdict
from conversations.received import Person
from whatsapp.outbound import filename, render

REF = UUID("11111111-2222-4333-8444-555555555555")
ADA = Person(phone="+2348012345678", user_id="NG.123")
HELLO = Outgoing(REF, ADA, "Hello")
MENU = (Button("faq", "❓ FAQs"), Button("support", "💬 Chat Support"))
PHOTO = File("image", "image/png", "page 1.png", b"bytes", "digest")
PAPER = replace(PHOTO, kind="document", mime_type="application/pdf", filename="paper.pdf")
VOICE = replace(PHOTO, kind="audio", mime_type="audio/ogg; codecs=opus", voice=True)

# (what is sent, the part of the body that is its own)
KINDS: dict[str, tuple[Outgoing, dict[str, Any]]] = {
    "a text": (HELLO, {"type": "text", "text": {"body": "Hello", "preview_url": False}}),
    "a text with a link": (
        replace(HELLO, text="See https://example.org/a"),
        {"type": "text", "text": {"body": "See https://example.org/a", "preview_url": True}},
    ),
    "reply buttons": (
        replace(HELLO, buttons=MENU),
        {
            "type": "interactive",
            "interactive": {
                "type": "button",
                "body": {"text": "Hello"},
                "action": {
                    "buttons": [
                        {"type": "reply", "reply": {"id": "faq", "title": "❓ FAQs"}},
                        {"type": "reply", "reply": {"id": "support", "title": "💬 Chat Support"}},
                    ]
                },
            },
        },
    ),
    "a list": (
        replace(HELLO, buttons=(Button("a", "A", "first"), Button("b", "B")), list_label="Choose"),
        {
            "type": "interactive",
            "interactive": {
                "type": "list",
                "body": {"text": "Hello"},
                "action": {
                    "button": "Choose",
                    "sections": [
                        {"rows": [{"id": "a", "title": "A", "description": "first"}, {"id": "b", "title": "B"}]}
                    ],
                },
            },
        },
    ),
    "a photo with a caption": (
        replace(HELLO, file=PHOTO, text="Look"),
        {"type": "image", "image": {"id": "media-1", "caption": "Look"}},
    ),
    "a document": (
        replace(HELLO, file=PAPER, text=""),
        {"type": "document", "document": {"id": "media-1", "filename": "paper.pdf"}},
    ),
    "a voice note": (
        replace(HELLO, file=VOICE, text=""),
        {"type": "audio", "audio": {"id": "media-1", "voice": True}},
    ),
    "a template": (
        replace(HELLO, template=Template("hello_again", "en_GB", ("Ada\nLovelace", ""))),
        {
            "type": "template",
            "template": {
                "name": "hello_again",
                "language": {"code": "en_GB"},
                "components": [
                    {
                        "type": "body",
                        "parameters": [{"type": "text", "text": "Ada Lovelace"}, {"type": "text", "text": "–"}],
                    }
                ],
            },
        },
    ),
    "a reaction": (
        replace(HELLO, reaction="👍", quotes="wamid.1"),
        {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "👍"}},
    ),
    "a reaction taken back": (
        replace(HELLO, reaction="", quotes="wamid.1"),
        {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": ""}},
    ),
    "a quoted reply": (
        replace(HELLO, quotes="wamid.1"),
        {
            "type": "text",
            "text": {"body": "Hello", "preview_url": False},
            "context": {"message_id": "wamid.1"},
        },
    ),
}


@pytest.mark.parametrize(("outgoing", "own"), KINDS.values(), ids=KINDS.keys())
def test_each_kind_of_message_becomes_metas_json(outgoing: Outgoing, own: dict[str, Any]) -> None:
    common = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+2348012345678",
        "biz_opaque_callback_data": "11111111-2222-4333-8444-555555555555",
    }
    assert render(outgoing, "media-1") == common | own


def test_a_person_without_a_phone_is_reached_by_user_id() -> None:
    body = render(replace(HELLO, to=Person(user_id="NG.123")))
    assert (body.get("recipient"), body.get("to")) == ("NG.123", None)


def test_a_phone_goes_out_with_its_plus_however_it_is_kept() -> None:
    assert render(replace(HELLO, to=Person(phone="2348012345678")))["to"] == "+2348012345678"


def test_nobody_cannot_be_written_to() -> None:
    with pytest.raises(SendError) as error:
        render(replace(HELLO, to=Person()))
    assert error.value.verdict is Verdict.RECIPIENT


TOO_MUCH = {
    "a text": replace(HELLO, text="x" * 4097),
    "a body over buttons": replace(HELLO, text="x" * 1025, buttons=MENU),
    "a caption": replace(HELLO, text="x" * 1025, file=PHOTO),
    "four buttons": replace(HELLO, buttons=tuple(Button(f"{n}", f"{n}") for n in range(4))),
    "eleven rows": replace(HELLO, buttons=tuple(Button(f"{n}", f"{n}") for n in range(11)), list_label="All"),
}


@pytest.mark.parametrize("outgoing", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_what_was_not_cut_is_refused_rather_than_clipped(outgoing: Outgoing) -> None:
    with pytest.raises(SendError) as error:
        render(outgoing, "media-1")
    assert error.value.verdict is Verdict.PERMANENT


NAMES = {
    "paper.pdf": "paper.pdf",
    "../../etc/passwd": "passwd",
    "..\\x": "x",
    "": "file",
    "a\x00\n b.pdf": "a b.pdf",
    "x" * 500 + ".pdf": "x" * 118 + ".pdf",
}


@pytest.mark.parametrize(("given", "shown"), NAMES.items())
def test_a_file_name_is_short_and_no_path(given: str, shown: str) -> None:
    assert filename(replace(PAPER, filename=given)) == shown
