"""What people type and what the bot makes of it, in the states where a word counts (the sentences: `sentences.py`)."""

from __future__ import annotations

import time

import pytest

from conversations.bot.intents import Match, find, is_address, normalise
from conversations.bot.keywords import KEYWORDS, ONLY_ALONE, Intent
from conversations.bot.table import COLLECTING_FILES, MEETING, MENU, SMALL_TALK, TABLE
from conversations.texts import LANGUAGES
from tests.conversations.bot.sentences import AT_THE_MENU, AT_THE_MENU_IN_FRENCH, IN_A_STATE

ROWS = {**{state.name: row for state, row in TABLE.items()}, "COLLECTING_FILES": COLLECTING_FILES}


@pytest.mark.parametrize(("sentence", "intent"), AT_THE_MENU)
def test_a_sentence_at_the_menu_means(sentence: str, intent: str | None) -> None:
    assert _intent(find(sentence, "en", anywhere=MENU, alone=SMALL_TALK)) == intent


@pytest.mark.parametrize(("sentence", "intent"), AT_THE_MENU_IN_FRENCH)
def test_a_french_sentence_at_the_menu_means(sentence: str, intent: str | None) -> None:
    assert _intent(find(sentence, "fr", anywhere=MENU, alone=SMALL_TALK)) == intent


@pytest.mark.parametrize(
    ("state", "sentence", "intent"), [(state, *expected) for state, table in IN_A_STATE.items() for expected in table]
)
def test_a_sentence_in_a_certain_state_means(state: str, sentence: str, intent: str | None) -> None:
    row = ROWS[state]
    assert _intent(find(sentence, "en", anywhere=row.anywhere, alone=row.alone)) == intent


@pytest.mark.parametrize("sentence", ["", "   ", "\n", "\u200b", "\ufe0f", "\u0301"])
def test_nothing_means_nothing(sentence: str) -> None:
    assert find(sentence, "en", anywhere=frozenset(Intent), alone=frozenset(Intent)) is None


@pytest.mark.parametrize(
    ("sentence", "language", "intent"),
    [
        ("I am new here", "en", "register"),
        ("can we start", "en", "register"),
        ("je suis nouveau ici", "fr", "register"),
        ("I am home now", "en", None),
    ],
)
def test_a_newcomer_may_say_new_and_start_inside_a_sentence(sentence: str, language: str, intent: str | None) -> None:
    assert _intent(find(sentence, language, anywhere=MEETING.anywhere, newcomer=True)) == intent
    assert find(sentence, language, anywhere=MEETING.anywhere) is None


def test_the_match_names_the_keyword_that_gave_it_away() -> None:
    assert find("Please TALK to someone!", "en", anywhere=MENU) == Match(Intent.SUPPORT, "talk to someone")


def test_of_two_words_for_the_same_thing_the_first_is_named() -> None:
    assert find("submit my homework", "en", anywhere=MENU) == Match(Intent.HOMEWORK, "submit")


def test_a_language_without_words_understands_english() -> None:
    assert find("homework", "sw", anywhere=MENU) == Match(Intent.HOMEWORK, "homework")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  Ｈｅｌｌｏ,\tWorld! ", "hello world"),
        ("s'il vous plaît", "s il vous plait"),
        ("ÎLE É\u0301", "ile e"),
        ("5\ufe0f\u20e3", "5"),
        ("\ud800 menu", "menu"),
        ("help\u3164", "help"),
        ("हिन्दी", "हिनदी"),
    ],
)
def test_normalisation(text: str, normal: str) -> None:
    assert normalise(text) == normal


@pytest.mark.parametrize(
    "word",
    [
        *("a@b.c", "https://x", "www.x.org", "school.com", "school.org/help", "(ada@x.ng),", "ada.dev"),
        *("t.me/obi", "wa.me/2348012345678", "bit.ly/x", "Youtu.be/Qw1", "(goo.gl/a).", "host.internal:8080/help"),
    ],
)
def test_an_address_is_recognised(word: str) -> None:
    assert is_address(word)


@pytest.mark.parametrize(
    "word",
    ["@support", "support@", "www.", "St.John", "end.chat", ".com", "a.b", "and/or", "e.g./i.e.", "3.5/4", "wa.me"],
)
def test_an_ordinary_word_is_no_address(word: str) -> None:
    assert not is_address(word)


def test_the_longest_text_is_read_in_no_time() -> None:
    started = time.perf_counter()
    for text in (
        "how " * 16_000,
        "a" * 65_000,
        "@" * 65_000,
        "a." * 32_000,
        "confirm please " * 4_000,
        "\u0301" * 65_000,
    ):
        find(text, "fr", anywhere=MENU | SMALL_TALK, alone=frozenset(Intent))
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_intent_has_words_in_every_language(language: str) -> None:
    languages = {Intent.LANGUAGE_EN, Intent.LANGUAGE_FR}
    assert [intent for intent, words in KEYWORDS.items() if intent not in languages and language not in words] == []
    assert set(KEYWORDS) == set(Intent)
    assert language in ONLY_ALONE


def test_the_tables_of_sentences_are_long_enough_to_mean_something() -> None:
    assert len(AT_THE_MENU) + len(AT_THE_MENU_IN_FRENCH) + sum(map(len, IN_A_STATE.values())) >= 150


def _intent(match: Match | None) -> str | None:
    return match.intent.value if match else None
