"""The words of a recording that differ from person to person (see `scripts`)."""

from __future__ import annotations

import json
import re
from datetime import datetime
from random import Random
from typing import Any

from conversations.texts import written_day
from edubot.demo.names import Somebody
from edubot.demo.school import LESSONS

_SLOT = re.compile(r"QXREF\d+|Qxmail@example\.com|Qx[a-z]+")
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = 7
_REFERENCES = len(_ALPHABET) ** _LETTERS
_PER_PERSON = 20_000
_STRIDE = 214_748_357  # shares no factor with _REFERENCES, so every count has a reference of its own


def reference(number: int, count: int) -> str:
    """The reference with this count of the person with this number.

    It looks like the bot's but is longer, so that it never meets a real one. Raises ValueError where a
    person has had too many: the next one would be somebody else's.
    """
    if count >= _PER_PERSON:
        raise ValueError(f"There are {_PER_PERSON} references for each person.")
    rest = (number * _PER_PERSON + count) * _STRIDE % _REFERENCES
    letters = ""
    for _ in range(_LETTERS):
        rest, letter = divmod(rest, len(_ALPHABET))
        letters += _ALPHABET[letter]
    return f"D{letters}"


class Slots:
    """One person's words; what changes from recording to recording is filled anew for each."""

    def __init__(self, person: Somebody, random: Random) -> None:
        self._person, self._random = person, random
        self._words: dict[str, str] = {}
        self._references = 0

    def refill(self, class_grade: str) -> None:
        """A recording begins: other lessons, other references."""
        lessons = LESSONS[self._person.language]
        subject, question, answer = self._random.choice(lessons)
        _, other_question, other_answer = self._random.choice(lessons)
        self._words = {
            "Qxfirst": self._person.first,
            "Qxlast": self._person.last,
            "Qxmail@example.com": self._person.email,
            "Qxclass": class_grade or self._person.class_grade,
            "Qxsubject": subject,
            "Qxquestion": question,
            "Qxanswer": answer,
            "Qxquestiontwo": other_question,
            "Qxanswertwo": other_answer,
        }

    def until(self, moment: datetime) -> None:
        """The subscription is paid until this day, in the time zone that the moment carries."""
        self._words["Qxday"] = written_day(moment, self._person.language)

    def fill(self, text: str) -> str:
        """The text with this person's words."""
        return _SLOT.sub(self._word, text)

    def fill_json(self, stored: str) -> dict[str, Any]:
        """A JSON object with this person's words."""
        filled: dict[str, Any] = json.loads(_SLOT.sub(lambda slot: json.dumps(self._word(slot))[1:-1], stored))
        return filled

    def _word(self, slot: re.Match[str]) -> str:
        name = slot[0]
        if name.startswith("QXREF") and name not in self._words:
            self._words[name] = reference(self._person.number, self._references)
            self._references += 1
        return self._words[name]
