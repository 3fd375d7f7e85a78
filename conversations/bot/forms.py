"""The questions of registration, profile and homework, one line each, and how an answer is read.

A `read` function takes what the person typed and returns the value to keep, or raises `InvalidAnswer` with a friendly
correction. The rules are those of "Flows" in the product description.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from conversations.bot.intents import is_address, is_invisible
from conversations.bot.keywords import KEYWORDS, Intent
from conversations.bot.types import State
from conversations.texts import Phrase, phrase

# Joiners shape the letters of Arabic and Indic scripts: they are part of a name.
_JOINERS = "\u200c\u200d"

# What people put before their name when they are asked for it, with or without a greeting.
_GREETINGS = "|".join(re.escape(words) for column in KEYWORDS[Intent.GREETING].values() for words in column)
_NAME_INTRODUCTIONS = re.compile(
    rf"^(?:(?:{_GREETINGS})\W+)?"
    r"(?:my (?:full )?name is|i am|i['’]m|je m['’]appelle|mon nom est|je suis)(?:[\s:]+|$)",
    re.IGNORECASE,
)

# RFC 5321 lengths and the dot-atom of RFC 5322; a quoted local part or a bare host is more likely a typing error.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[a-z]{{2,63}}", re.IGNORECASE)


class InvalidAnswer(Exception):
    """The answer does not fit the question. `correction` is what the person is told."""

    def __init__(self, correction: Phrase) -> None:
        super().__init__(correction.key)
        self.correction = correction


def clean(text: str) -> str:
    """One tidy line: composed, without control and invisible characters, single spaces."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(map(_printable, composed)).split())


def _printable(char: str) -> str:
    if char in _JOINERS:
        return char
    if is_invisible(char):
        return ""
    return " " if unicodedata.category(char)[0] in "CZ" else char


def read_name(text: str) -> str:
    """A full name: 2 to 120 characters, at least two letters of any script, no digits, no address."""
    name = _NAME_INTRODUCTIONS.sub("", clean(text))
    letters = sum(char.isalpha() for char in name)
    fits = 2 <= len(name) <= 120 and letters >= 2
    if not fits or any(char.isdigit() for char in name) or any(map(is_address, name.split())):
        raise InvalidAnswer(phrase("invalid_name"))
    return name


def read_email(text: str) -> str:
    """The e-mail address of a message that holds just one: "it's ada@example.com" will do."""
    words = unicodedata.normalize("NFKC", clean(text)).split()
    addresses = [word.lstrip("(<[\"'").rstrip(")>]\"'.,;:!?") for word in words if "@" in word]
    if len(addresses) != 1 or not _is_email(addresses[0]):
        raise InvalidAnswer(phrase("invalid_email"))
    local, _, domain = addresses[0].rpartition("@")
    return f"{local}@{domain.lower()}"


def _is_email(word: str) -> bool:
    local = word.partition("@")[0]
    return len(word) <= 254 and len(local) <= 64 and _EMAIL.fullmatch(word) is not None


def read_class(text: str) -> str:
    """A class or grade: 1 to 40 characters with a letter or digit."""
    return _read_line(text, 40, "invalid_class")


def read_subject(text: str) -> str:
    """A homework subject: 1 to 80 characters with a letter or digit."""
    return _read_line(text, 80, "invalid_subject")


def _read_line(text: str, longest: int, correction: str) -> str:
    line = clean(text)
    if len(line) > longest or not any(map(str.isalnum, line)):
        raise InvalidAnswer(phrase(correction))
    return line


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the state in which it is open, the key its answer is kept under, how it is asked and read.

    `thanks` is said before the next question; `shows_current` puts the stored value into the question.
    """

    state: State
    key: str
    ask: str
    read: Callable[[str], str]
    thanks: str | None = None
    shows_current: bool = False


Form = tuple[Question, ...]

REGISTRATION: Form = (
    Question(State.REGISTERING_NAME, "name", "ask_name", read_name, thanks="nice_to_meet_you"),
    Question(State.REGISTERING_EMAIL, "email", "ask_email", read_email),
    Question(State.REGISTERING_CLASS, "class_grade", "ask_class", read_class),
)
PROFILE: Form = (
    Question(State.UPDATING_NAME, "name", "ask_new_name", read_name, shows_current=True),
    Question(State.UPDATING_EMAIL, "email", "ask_new_email", read_email, shows_current=True),
    Question(State.UPDATING_CLASS, "class_grade", "ask_new_class", read_class, shows_current=True),
)
HOMEWORK: Form = (Question(State.HOMEWORK_SUBJECT, "subject", "ask_subject", read_subject),)

_FORMS = (REGISTRATION, PROFILE, HOMEWORK)

QUESTIONS: Mapping[State, Question] = {question.state: question for form in _FORMS for question in form}

# The question after this one; the last of a form has none.
FOLLOWING: Mapping[State, Question] = {one.state: other for form in _FORMS for one, other in pairwise(form)}
