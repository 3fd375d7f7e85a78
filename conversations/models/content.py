"""What staff may write for the bot: FAQ answers and their own wording of its sentences."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from conversations import texts


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
        """Refuse keys that do not exist and values that the sentence does not have."""
        template = texts.CATALOGUES[texts.DEFAULT_LANGUAGE].get(self.key)
        if template is None:
            raise ValidationError({"key": "There is no such sentence."})
        unknown = texts.placeholders(self.text) - texts.placeholders(template)
        if unknown:
            raise ValidationError({"text": f"This sentence does not know {{{min(unknown)}}}."})
