"""Texts are cut where people would pause, and never through what they see as one character."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from whatsapp.cutting import clean, shorten, split, split_before
from whatsapp.graphemes import border_before, is_border
from whatsapp.limits import units

WHOLE = {
    "a family": "👩‍👩‍👧‍👦",
    "a skin tone": "👍🏽",
    "a flag": "🇳🇬",
    "a flag of tags": "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "a keycap": "3️⃣",
    "an accent of its own": "e\u0301",
    "a Yoruba vowel with two marks": "o\u0323\u0301",
    "a line break of two": "\r\n",
    "a Korean syllable in parts": "\u1112\u1161\u11ab",
    "a Korean syllable and a tail": "\uac00\u11a8",
    "consonants joined in Devanagari": "क्षि",
    "a Thai vowel behind": "กำ",
}


@pytest.mark.parametrize("character", WHOLE.values(), ids=WHOLE.keys())
def test_what_people_see_as_one_character_stays_whole(character: str) -> None:
    borders = [at for at in range(len(character) + 1) if is_border(character, at)]
    assert borders == [0, len(character)]


def test_flags_in_a_row_are_told_apart() -> None:
    flags = "🇳🇬🇬🇭🇰🇪"
    assert [at for at in range(len(flags) + 1) if is_border(flags, at)] == [0, 2, 4, 6]


def test_korean_syllables_are_told_apart() -> None:
    assert is_border("한국", 1)
    assert is_border("\u11a8\u1100", 1)


def test_the_last_border_is_looked_for_backwards() -> None:
    assert border_before("ab👩‍👩‍👧", 5) == 2
    assert border_before("\u0301\u0301\u0301", 2) == 0


# (text, longest piece, pieces): the first pause of the best kind that leaves a piece full enough
PAUSES = {
    "a paragraph before a sentence": ("One. Two.\n\nThree. Four.", 16, ["One. Two.", "Three. Four."]),
    "a line before a sentence": ("One. Two.\nThree. Four.", 16, ["One. Two.", "Three. Four."]),
    "a sentence before a word": ("It works well. So they say", 20, ["It works well.", "So they say"]),
    "a sentence in quotes": ("He said “stop.” And she went on", 20, ["He said “stop.”", "And she went on"]),
    "a Chinese sentence": ("今天天气很好。我们去公园吧", 9, ["今天天气很好。", "我们去公园吧"]),
    "a word": ("one two three four", 8, ["one two", "three", "four"]),
    "a paragraph too early to be worth it": ("A\n\nbcdef ghijk lmnop", 12, ["A\n\nbcdef", "ghijk lmnop"]),
    "inside a word that is too long": ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
    "between emoji": ("👍🏽👍🏽👍🏽", 9, ["👍🏽👍🏽", "👍🏽"]),
    "a space exactly at the end": ("abcd efgh", 4, ["abcd", "efgh"]),
    "nothing at all": (" \n ", 4, []),
    "something that fits": (" fits ", 4, ["fits"]),
}


@pytest.mark.parametrize(("text", "longest", "pieces"), PAUSES.values(), ids=PAUSES.keys())
def test_a_text_is_split_at_the_best_pause(text: str, longest: int, pieces: list[str]) -> None:
    assert split(text, longest) == pieces


def without_space(text: str) -> str:
    return "".join(text.split())


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=200) | st.text("ab .\n👍🏽\u0301🇳", max_size=200)


@given(words, st.integers(2, 40))
@example("\u0301" * 50, 7)
@example("👩‍👩‍👧‍👦" * 5, 8)
def test_split_pieces_fit_and_lose_nothing_but_space(text: str, longest: int) -> None:
    pieces = split(text, longest)
    assert all(0 < units(piece) <= longest and piece == piece.strip() for piece in pieces)
    assert without_space("".join(pieces)) == without_space(text)


@given(words, st.integers(2, 20), st.integers(20, 60))
def test_the_final_piece_has_a_limit_of_its_own(text: str, last: int, others: int) -> None:
    pieces = split_before(text, last, others)
    assert all(units(piece) <= others for piece in pieces)
    assert units(pieces[-1]) <= last
    assert without_space("".join(pieces)) == without_space(text)


@given(words, st.integers(2, 30))
def test_a_shortened_title_is_one_line_that_fits(text: str, longest: int) -> None:
    title = shorten(text, longest)
    assert units(title) <= longest
    assert title == " ".join(title.split())
    assert title.endswith("…") or title == " ".join(clean(text).split())


def test_what_cannot_be_sent_is_taken_out() -> None:
    assert clean(" a\x00b\x1bc\ud83dd\r\ne\tf \n") == "abc\ufffdd\ne\tf"
