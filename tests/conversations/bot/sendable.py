"""What WhatsApp takes: the limits of reply buttons and lists (Meta's pages on interactive messages).

Lengths are counted in UTF-16 units, the strictest of the ways to count that Meta may use.
"""

from __future__ import annotations

from conversations.bot.types import Choice, Content
from conversations.texts import LANGUAGES, Phrase, render


def units(words: str) -> int:
    """The length in UTF-16 units."""
    return len(words.encode("utf-16-le")) // 2


def assert_sendable(content: Content) -> None:
    """The content can be sent as it is, in every language."""
    for language in LANGUAGES:
        body = render(content.text, language)
        assert body.strip()
        if not content.choices:
            assert content.list_label is None
            continue
        assert units(body) <= 1024, body
        assert len({choice.id for choice in content.choices}) == len(content.choices)
        if content.list_label is None:
            _assert_buttons(content, language)
        else:
            _assert_list(content, content.list_label, language)


def _assert_buttons(content: Content, language: str) -> None:
    assert len(content.choices) <= 3
    for choice in content.choices:
        _assert_choice(choice, language, 20)


def _assert_list(content: Content, label: Phrase, language: str) -> None:
    assert len(content.choices) <= 10
    assert 1 <= units(render(label, language)) <= 20
    for choice in content.choices:
        _assert_choice(choice, language, 24)
        if choice.description:
            assert 1 <= units(render(choice.description, language)) <= 72


def _assert_choice(choice: Choice, language: str, longest: int) -> None:
    assert choice.id == choice.id.strip()
    assert 1 <= len(choice.id) <= 200
    assert 1 <= units(render(choice.title, language).strip()) <= longest
