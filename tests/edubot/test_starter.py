"""The answers that a fresh installation begins with."""

from __future__ import annotations

import re

import pytest

from conversations.bot.intents import find
from conversations.bot.keywords import Intent
from conversations.bot.table import MENU
from edubot.starter import FAQ_TOPICS

NAMED = {
    "homework": Intent.HOMEWORK,
    "answer-time": Intent.CHECK,
    "subscription": Intent.PAY,
    "profile": Intent.UPDATE,
    "person": Intent.SUPPORT,
}


@pytest.mark.parametrize(
    ("slug", "language", "answer"), [(slug, language, answer) for slug, language, _, answer in FAQ_TOPICS]
)
def test_the_word_that_an_answer_tells_to_write_does_what_it_says(slug: str, language: str, answer: str) -> None:
    word = re.findall(r"\*(.+?)\*", answer)[0]
    match = find(word, language, anywhere=MENU)
    assert match is not None
    assert match.intent is NAMED[slug]
