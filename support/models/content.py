"""What the team writes for its own work: categories, ready answers, holidays, templates."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import models

_PARAMETER = re.compile(r"\{\{([1-9][0-9]?)\}\}")


class Category(models.Model):
    """What a ticket is about, in the team's own words."""

    name = models.CharField(max_length=60, unique=True)
    first_answer = models.TextField(
        blank=True,
        help_text="The bot says this once, when a ticket that nobody has answered yet is given this category.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "categories"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CannedReply(models.Model):
    """An answer that staff give often; `{name}` becomes the student's first name."""

    shortcut = models.SlugField(max_length=30, unique=True)
    title = models.CharField(max_length=80)
    text = models.TextField(max_length=4000)

    class Meta:
        verbose_name_plural = "canned replies"
        ordering = ["shortcut"]

    def __str__(self) -> str:
        return self.title


class Holiday(models.Model):
    """A day on which the desk is closed, whatever the opening hours say."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%d %B %Y}: {self.name}"

    def clean(self) -> None:
        """Refuse a nameless day."""
        if not self.name.strip():
            raise ValidationError({"name": "Say which holiday it is."})


class MessageTemplate(models.Model):
    """A template that Meta has approved: the one way to write to somebody after their 24-hour window has closed.

    `body` is its text as Meta has it, with `{{1}}`, `{{2}}`, … where the parameters go.
    """

    name = models.CharField(max_length=120)
    language = models.CharField(max_length=12, default="en")
    body = models.TextField(max_length=1024)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "language"]
        constraints = [models.UniqueConstraint(fields=["name", "language"], name="template_once_per_language")]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    def clean(self) -> None:
        """Refuse places that are not numbered from 1: Meta takes exactly as many parameters as there are places."""
        numbers = {int(number) for number in _PARAMETER.findall(self.body)}
        if numbers != set(range(1, len(numbers) + 1)):
            raise ValidationError({"body": "Number the places {{1}}, {{2}}, … without a gap."})

    @property
    def parameter_count(self) -> int:
        """How many parameters it takes."""
        return max((int(number) for number in _PARAMETER.findall(self.body)), default=0)

    def written_out(self, parameters: tuple[str, ...]) -> str:
        """Its text with the parameters in their places."""
        return _PARAMETER.sub(lambda found: parameters[int(found[1]) - 1], self.body)
