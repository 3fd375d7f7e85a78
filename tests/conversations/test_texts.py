"""The catalogues: complete, alike, and within what WhatsApp takes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import conversations
from conversations.bot.intents import find
from conversations.bot.keywords import Intent
from conversations.bot.rules import Rule
from conversations.bot.table import MENU
from conversations.texts import (
    CATALOGUES,
    LANGUAGES,
    Phrase,
    en,
    fr,
    phrase,
    placeholders,
    render,
    verbatim,
    written_day,
)
from tests.conversations.bot.sendable import units

# The longest that may come into a text that has buttons below it.
LONGEST = {
    "name": "x" * 120,
    "answer": "x" * 120,
    "current": "x" * 254,
    "email": "x" * 254,
    "class_grade": "x" * 40,
    "subject": "x" * 80,
    "reference": "x" * 20,
    "hours": "x" * 200,
    "plan": "x" * 60,
    "price": "x" * 30,
    "brand": "x" * 60,
    "reason": "x" * 120,
    "day": "31 September 2026",
}
# Carry words of any length: what holds them is split before it is sent.
UNBOUNDED = {"verbatim", "paragraphs", "pay_by_transfer", "pay_by_link", "staff_message", "homework_answered"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_values(language: str) -> None:
    catalogue = CATALOGUES[language]
    assert list(catalogue) == list(en.TEXTS)
    assert {key: placeholders(text) for key, text in catalogue.items()} == {
        key: placeholders(text) for key, text in en.TEXTS.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(set(en.TEXTS) - UNBOUNDED))
def test_a_text_fits_even_with_the_longest_values(key: str, language: str) -> None:
    template = CATALOGUES[language][key]
    filled = render(phrase(key, **{name: LONGEST.get(name, "x" * 12) for name in placeholders(template)}), language)
    assert filled == filled.strip()
    assert 1 <= units(filled) <= _limit(key)


def _limit(key: str) -> int:
    if key.endswith("_about") or key.startswith("row_rate_"):
        return 72
    if key.startswith("row_"):
        return 24
    return 20 if key.startswith(("button_", "list_")) else 1024


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_use_whatsapp_formatting_and_no_markdown(language: str) -> None:
    for text in CATALOGUES[language].values():
        assert "**" not in text
        assert not re.search(r"^#|\]\(|</?\w+>", text, re.MULTILINE)
        assert text.count("*") % 2 == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_help_tells_people_to_write_work(language: str) -> None:
    words = re.findall(r"^\W*\*(\w+)\*", CATALOGUES[language]["help"], re.MULTILINE)
    matches = [find(word, language, anywhere=MENU, alone=MENU) for word in words]
    assert [match.intent if match else None for match in matches] == [
        *(Intent.HOMEWORK, Intent.PAY, Intent.CHECK, Intent.FAQ, Intent.UPDATE, Intent.SUPPORT, Intent.MAIN_MENU),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_that_is_named_in_a_text_is_called_so(language: str) -> None:
    catalogue = CATALOGUES[language]
    titles = {re.sub(r"^\W+", "", text) for key, text in catalogue.items() if key.startswith("button_")}
    taps = r"(?:[Tt]ap|[Tt]ouchez|touchiez|toucher|select) (?:\*([^*]+)\*|['«]\s?([^'»]+?)\s?['»])"
    named = {title for text in catalogue.values() for pair in re.findall(taps, text) for title in pair if title}
    assert named
    assert named <= titles


def test_no_text_is_left_over() -> None:
    """Every key is spoken somewhere: by its name, or as one of a family (`button_…`, `row_…`, `file_…`, …)."""
    families = ("button_", "row_", "register_first_", "set_aside_", "flow_", "file_")
    folder = Path(conversations.__file__).parent.parent
    sources = [*folder.glob("conversations/**/*.py"), *folder.glob("support/**/*.py")]
    code = "".join(source.read_text() for source in sources if source.parent.name != "texts")
    elsewhere = {"verbatim"}
    unused = {key for key in en.TEXTS if f'"{key}"' not in code and not key.startswith(families)} - elsewhere
    assert unused == set()


def test_a_phrase_knows_its_values() -> None:
    with pytest.raises(KeyError):
        Phrase("no such text")
    with pytest.raises(ValueError, match="hey takes"):
        phrase("hey")
    with pytest.raises(ValueError, match="hey takes"):
        phrase("hey", name="Ada", more="x")


def test_words_are_filled_in_once_so_that_braces_of_people_stay() -> None:
    assert render(phrase("hey", name="{brand}")) == "Hey {brand}! What would you like to do?"
    assert render(verbatim("{words}")) == "{words}"


def test_phrases_inside_phrases_are_spoken_in_the_same_language_and_wording() -> None:
    inner = phrase("paragraphs", first=phrase("hey_stranger"), rest=verbatim("x"))
    assert render(inner, "fr").startswith("Bonjour !")
    assert render(inner, "fr", {"hey_stranger": "Salut !"}) == "Salut !\n\nx"


def test_staff_may_reword_a_text_and_a_wrong_placeholder_is_left_standing() -> None:
    assert render(phrase("hey", name="Ada"), "en", {"hey": "Yo {name} {nam}"}) == "Yo Ada {nam}"
    assert render(phrase("hey", name="Ada"), "en", {"hey": ""}) == "Hey Ada! What would you like to do?"


def test_a_language_without_a_catalogue_speaks_english() -> None:
    assert render(phrase("hey_stranger"), "sw") == render(phrase("hey_stranger"), "en")


def test_a_day_is_written_as_people_write_it() -> None:
    day = datetime(2026, 8, 1, 23, 0, tzinfo=UTC)
    assert [written_day(day, language) for language in ("en", "fr", "sw")] == [
        *("1 August 2026", "1 août 2026", "1 August 2026")
    ]
    assert len(en.MONTHS) == len(fr.MONTHS) == 12


def test_every_rule_is_explained_to_staff_in_a_sentence() -> None:
    for rule in Rule:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", rule.value)
        assert rule.sentence.endswith(".")
