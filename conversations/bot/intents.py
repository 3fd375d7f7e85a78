"""From typed words to an intent: normalise, look the phrases up, choose one. Pure; the words are in `keywords.py`.

Normalisation, in this order: NFKC (width and styles), casefold, format characters dropped (so a zero-width space
vanishes and joins what it stood between), addresses taken out ("help@school.org" is no call for help), accents
stripped, everything that is neither letter nor digit turned into a space. 📷 and 📄 stay, for they are keywords.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache

from conversations.bot.keywords import (
    CONFIRMING,
    COURTESIES,
    KEYWORDS,
    NEWCOMER_WORDS,
    ONLY_ALONE,
    PRECEDENCE,
    Intent,
)

Words = tuple[str, ...]

_SIGNS = "📷📄"
# Invisible, yet letters to Unicode: the fillers of Hangul.
_FILLERS = "\u115f\u1160\u3164\uffa0"
_ADDRESS_ENDINGS = (".com", ".org", ".net", ".edu", ".gov", ".io", ".ng", ".fr", ".uk", ".dev", ".app", ".xyz")
# A host with any ending, and a path: t.me/…, wa.me/…, bit.ly/…. Without the path "St.John" would be one, too.
_HOST_AND_PATH = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}(?::\d+)?/")
# Stands where an address stood, so that "menu info@school.org" is not a whole message "menu".
_ADDRESS = "\ufffc"


@dataclass(frozen=True, slots=True)
class Match:
    """What was understood: the intent and the keyword (normalised) that gave it away."""

    intent: Intent
    keyword: str


def find(
    body: str,
    language: str,
    *,
    anywhere: AbstractSet[Intent] = frozenset(),
    alone: AbstractSet[Intent] = frozenset(),
    newcomer: bool = False,
) -> Match | None:
    """The intent of a typed message, or None.

    `anywhere` are the intents whose keywords count inside a sentence, `alone` those that must be the whole message;
    `newcomer` says that the person is not registered. The keyword with most words wins, then `PRECEDENCE`, then the one
    that stands first.
    """
    words = tuple(normalise(body).split())
    only_alone = _only_alone(language, newcomer=newcomer)
    inside = [
        (keyword, intent)
        for keyword, intent in _keywords_in(words, language)
        if intent in anywhere and keyword not in only_alone
    ]
    found = inside + _whole_message(words, language, anywhere | alone)
    if not found:
        return None
    keyword, intent = min(found, key=lambda hit: (-len(hit[0]), PRECEDENCE[hit[1]]))
    return Match(intent, " ".join(keyword))


def normalise(text: str) -> str:
    """Lower-case words of letters and digits, parted by single spaces, the way keywords are compared."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(char for char in folded if not is_invisible(char))
    without_addresses = " ".join(_ADDRESS if is_address(word) else word for word in visible.split())
    plain = (char for char in unicodedata.normalize("NFKD", without_addresses) if not _is_accent(char))
    return " ".join("".join(_letter_or_space(char) for char in plain).split())


def is_address(word: str) -> bool:
    """Whether a word without spaces looks like an e-mail address or a link."""
    core = word.strip(".,;:!?()[]<>\"'").casefold()
    host = core.split("/", 1)[0].split("?", 1)[0]
    return (
        "://" in core
        or "@" in core[1:-1]
        or (core.startswith("www.") and len(core) > 4)
        or (host.endswith(_ADDRESS_ENDINGS) and not host.startswith("."))
        or _HOST_AND_PATH.match(core) is not None
    )


def is_invisible(char: str) -> bool:
    """Whether a character takes no room of its own: format characters (Cf) and the fillers of Hangul."""
    return unicodedata.category(char) == "Cf" or char in _FILLERS


def _is_accent(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Me"}


def _letter_or_space(char: str) -> str:
    if char in _SIGNS:
        return f" {char} "
    # Mc: the vowel signs of Indic scripts are part of the word.
    return char if char.isalnum() or char == _ADDRESS or unicodedata.category(char) == "Mc" else " "


def _keywords_in(words: Words, language: str) -> Iterator[tuple[Words, Intent]]:
    """Every keyword that stands in the message as whole words, with each of its intents."""
    index = _index(language)
    longest = max(map(len, index))
    for start in range(len(words)):
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            keyword = words[start:end]
            for intent in index.get(keyword, ()):
                yield keyword, intent


def _only_alone(language: str, *, newcomer: bool) -> frozenset[Words]:
    """The keywords that mean nothing inside a sentence of this person."""
    words = _phrases(ONLY_ALONE, language)
    return words - _phrases(NEWCOMER_WORDS, language) if newcomer else words


def _whole_message(words: Words, language: str, intents: AbstractSet[Intent]) -> list[tuple[Words, Intent]]:
    """The keyword that the whole message is, politeness aside, with each of its intents."""
    courtesies = _phrases(COURTESIES, language)
    plain = _without(words, courtesies)
    hits = [(plain, intent) for intent in _index(language).get(plain, ())]
    confirming = _without(words, courtesies | _phrases(CONFIRMING, language))
    if Intent.CONFIRM in _index(language).get(confirming, ()):
        hits.append((confirming, Intent.CONFIRM))
    return [hit for hit in hits if hit[1] in intents]


def _without(words: Words, phrases: AbstractSet[Words]) -> Words:
    longest = max(map(len, phrases))
    kept: list[str] = []
    place = 0
    while place < len(words):
        spans = (size for size in range(longest, 0, -1) if words[place : place + size] in phrases)
        size = next(spans, 0)
        if not size:
            kept.append(words[place])
        place += size or 1
    return tuple(kept)


@cache
def _index(language: str) -> Mapping[Words, tuple[Intent, ...]]:
    """Keyword -> intents, for English and this language."""
    index: dict[Words, tuple[Intent, ...]] = {}
    for intent, words in KEYWORDS.items():
        for keyword in _phrases(words, language):
            index[keyword] = (*index.get(keyword, ()), intent)
    return index


def _phrases(table: Mapping[str, Iterable[str]], language: str) -> frozenset[Words]:
    """The phrases of English and of this language, as words."""
    phrases = (*table.get("en", ()), *(() if language == "en" else table.get(language, ())))
    return _as_words(phrases)


@cache
def _as_words(phrases: tuple[str, ...]) -> frozenset[Words]:
    """The phrases as words, with their apostrophes and without, as many type them: "thats all", "jai fini"."""
    spelt = (*phrases, *(phrase.replace("'", "") for phrase in phrases))
    return frozenset(tuple(normalise(phrase).split()) for phrase in spelt)
