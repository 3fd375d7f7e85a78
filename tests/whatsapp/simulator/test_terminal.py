"""The terminal chat's words: how messages look, and what a typed line means."""

from __future__ import annotations

from pathlib import Path

import pytest

from whatsapp.simulator import terminal
from whatsapp.simulator.models import Bubble
from whatsapp.simulator.shown import Choice
from whatsapp.simulator.terminal import InputError, Quit, Say, Send, ShowHelp, Tap

BUTTONS = Bubble(
    wamid="wamid.1",
    from_person=False,
    kind="interactive",
    content={
        "type": "button",
        "body": {"text": "What next?"},
        "action": {
            "buttons": [{"reply": {"id": "homework", "title": "Homework"}}, {"reply": {"id": "pay", "title": "Pay"}}]
        },
    },
)
LIST = Bubble(
    wamid="wamid.2",
    from_person=False,
    kind="interactive",
    content={
        "type": "list",
        "body": {"text": "Which one?\nChoose."},
        "action": {
            "button": "Topics",
            "sections": [{"rows": [{"id": "faq_1", "title": "Fees", "description": "What it costs"}]}],
        },
    },
)


def test_buttons_are_numbered_under_the_words() -> None:
    assert terminal.lines(BUTTONS, "Bot") == ["Bot: What next?", "       [1] Homework", "       [2] Pay"]


def test_a_list_shows_its_rows_and_what_they_mean() -> None:
    assert terminal.lines(LIST, "Bot") == [
        "Bot: Which one?",
        "     Choose.",
        "     Topics:",
        "       [1] Fees – What it costs",
    ]


@pytest.mark.parametrize(
    ("kind", "content", "shown"),
    [
        ("image", {"id": "1"}, "Bot: [image]"),
        ("document", {"id": "1", "caption": "Your results"}, "Bot: Your results"),
        ("reaction", {"message_id": "wamid.0", "emoji": "👍"}, "Bot reacted with 👍"),
        ("template", {"name": "hello_world", "language": {"code": "en_US"}}, "Bot: [hello_world]"),
    ],
)
def test_everything_else_is_said_in_words(kind: str, content: dict[str, object], shown: str) -> None:
    assert terminal.lines(Bubble(kind=kind, from_person=False, content=content), "Bot") == [shown]


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("Hello", Say("Hello")),
        ("2", Tap("wamid.1", Choice("pay", "Pay"))),
        (" 1 ", Tap("wamid.1", Choice("homework", "Homework"))),
        ("3", Say("3")),
        ("0", Say("0")),
        ("²", Say("²")),
        ("/text 1", Say("1")),
        ("/text /help", Say("/help")),
        ("/help", ShowHelp()),
        ("/quit", Quit()),
    ],
)
def test_a_line_is_understood(line: str, wish: terminal.Wish) -> None:
    assert terminal.understand(line, BUTTONS) == wish


def test_without_choices_a_number_is_a_text() -> None:
    assert terminal.understand("1", None) == Say("1")


@pytest.mark.parametrize("line", ["", "   ", "/dance", "/photo", "/photo /no/such/file.png", '/photo "unclosed'])
def test_a_line_that_means_nothing_is_answered_with_a_sentence(line: str) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        terminal.understand(line, BUTTONS)


@pytest.mark.parametrize(("command", "kind"), [("/photo", "image"), ("/file", "document"), ("/voice", "audio")])
def test_a_file_is_read_with_its_caption(tmp_path: Path, command: str, kind: str) -> None:
    path = tmp_path / "my notes.png"
    path.write_bytes(b"data")
    wish = terminal.understand(f'{command} "{path}" Question 4', None)
    assert isinstance(wish, Send)
    assert (wish.upload.kind, wish.upload.data, wish.upload.caption) == (kind, b"data", "Question 4")
    assert (wish.upload.mime_type, wish.upload.filename) == ("image/png", "my notes.png")
