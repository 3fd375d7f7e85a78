"""The bot's words and FAQ topics as they stand now: the catalogue with what staff changed in Django admin.

Both are read on every turn and change a few times a year, so each process remembers them for a few seconds.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import lru_cache

from conversations import texts
from conversations.bot.types import Content, Topic
from conversations.channel import Button
from conversations.models import BotText, FaqTopic

REMEMBERED = 5  # seconds: how long a change of wording takes to reach every process


def overrides(language: str) -> Mapping[str, str]:
    """Staff's own templates for a language, by key."""
    return _overrides(language, _tick())


def topics(language: str) -> tuple[Topic, ...]:
    """The FAQ topics of a language, in their order; the default language's where it has none of its own."""
    return _topics(language, _tick())


def say(phrase: texts.Phrase, language: str) -> str:
    """The words of a phrase in a language, staff's wording first."""
    return texts.render(phrase, language, overrides(language))


def buttons(content: Content, language: str) -> tuple[Button, ...]:
    """The choices of a content as the student will read them."""
    return tuple(
        Button(
            choice.id,
            say(choice.title, language),
            say(choice.description, language) if choice.description else "",
        )
        for choice in content.choices
    )


def forget() -> None:
    """Read everything anew at the next look (after a change in this process, and between tests)."""
    _overrides.cache_clear()
    _topics.cache_clear()


def _tick() -> int:
    return int(time.monotonic() // REMEMBERED)


@lru_cache(maxsize=8)
def _overrides(language: str, _tick: int) -> Mapping[str, str]:
    return dict(BotText.objects.filter(language=language).values_list("key", "text"))


@lru_cache(maxsize=8)
def _topics(language: str, _tick: int) -> tuple[Topic, ...]:
    for wanted in (language, texts.DEFAULT_LANGUAGE):
        found = FaqTopic.objects.filter(language=wanted, is_active=True)
        if rows := [Topic(id=f"faq_{row.slug}", title=row.title, answer=row.answer) for row in found]:
            return tuple(rows)
    return ()
