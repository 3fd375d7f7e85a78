"""What staff may write for the bot: FAQ answers and their own wording of its sentences."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from conversations import texts

# Values that are the message: a wording without them would swallow an answer or the way to pay.
CARRIED = frozenset({"text", "answer", "link", "instructions"})
PREFIX = "staff_message"  # who speaks, put before what staff write when it is sent
LONGEST_PREFIX = 96  # characters: so many a channel keeps free in each message


def _languages() -> list[tuple[str, str]]:
    return [(language, language) for language in texts.LANGUAGES]


class FaqTopic(models.Model):
    """One question that students often ask, with its answer."""

    slug = models.SlugField(max_length=40)
    language = models.CharField(max_length=8, default="en", choices=_languages)
    title = models.CharField(max_length=24, help_text="WhatsApp shows at most 24 characters in a list.")
    answer = models.TextField(max_length=3500)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "FAQ topic"
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["slug", "language"], name="faq_slug_once_per_language")]

    def __str__(self) -> str:
        return self.title


class BotText(models.Model):
    """Staff's own wording of one of the bot's sentences; the catalogue's wording stands where there is none."""

    key = models.CharField(max_length=60)
    language = models.CharField(max_length=8, default="en", choices=_languages)
    text = models.TextField()
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "bot text"
        constraints = [models.UniqueConstraint(fields=["key", "language"], name="bot_text_once_per_language")]

    def __str__(self) -> str:
        return f"{self.key} ({self.language})"

    def clean(self) -> None:
        """Refuse a wording that could not be sent, or would lose what the sentence is there to say."""
        template = texts.CATALOGUES[texts.DEFAULT_LANGUAGE].get(self.key)
        if template is None or not has_words(template):
            raise ValidationError({"key": "There is no such sentence."})
        known, used = texts.placeholders(template), texts.placeholders(self.text)
        if unknown := used - known:
            raise ValidationError({"text": f"This sentence does not know {{{min(unknown)}}}."})
        if missing := known & CARRIED - used:
            raise ValidationError({"text": f"{{{min(missing)}}} must stand in this sentence."})
        own = self.text.replace("{text}", "", 1) if self.key == PREFIX else self.text
        if self.key == PREFIX and "{text}" in own:
            raise ValidationError({"text": "{text} may stand in this sentence once."})
        if len(own.encode("utf-16-le")) // 2 > longest(self.key):
            raise ValidationError({"text": f"At most {longest(self.key)} characters: WhatsApp takes no more here."})


def has_words(template: str) -> bool:
    """Whether a sentence of the catalogue says anything itself: a mere arrangement of its values is not reworded."""
    return any(character.isalpha() for character in re.sub(r"\{[a-z_]+\}", "", template))


def longest(key: str) -> int:
    """How many characters (UTF-16 units, as WhatsApp counts them) the wording of a sentence may have."""
    if key == PREFIX:
        return LONGEST_PREFIX
    if key.startswith("row_"):
        return 72 if key.endswith("_about") or key.startswith("row_rate_") else 24
    return 20 if key.startswith(("button_", "list_")) else 1024
