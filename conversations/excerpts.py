"""A few words of a message, around what was searched for."""

from __future__ import annotations

import re
import unicodedata

LENGTH = 160  # characters
BEFORE = 40  # of them, before the word that was found
_WORD = re.compile(r"[^\W_]+")


def excerpt(text: str, typed: str) -> str:
    """At most LENGTH characters of `text` and an ellipsis where something is left out, around the first word found."""
    start = max(0, _place(text, typed) - BEFORE) if len(text) > LENGTH else 0
    shown = text[start : start + LENGTH]
    return f"{'…' if start else ''}{shown}{'…' if start + LENGTH < len(text) else ''}"


def _place(text: str, typed: str) -> int:
    """Where the first word stands that begins as a word of the search does; 0 where none does."""
    beginnings = tuple(_WORD.findall(_plain(typed)))
    letters = [_plain(letter) for letter in text]
    for word in _WORD.finditer("".join(letters)):
        if beginnings and word[0].startswith(beginnings):
            return _origin(letters, word.start())
    return 0


def _origin(letters: list[str], place: int) -> int:
    """Which letter of the text stands at a place of the plain text, where some letters became none, or several."""
    for number, letter in enumerate(letters):
        place -= len(letter)
        if place < 0:
            return number
    return 0


def _plain(text: str) -> str:
    """Without accents and case, as `search_words` compares."""
    parted = unicodedata.normalize("NFKD", text).lower()
    return "".join(letter for letter in parted if not "\u0300" <= letter <= "\u036f")
