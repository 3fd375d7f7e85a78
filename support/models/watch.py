"""What time does by itself: priorities that rise, and mail about what waits."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from support.models.tickets import Priority


class EscalationRule(models.Model):
    """A ticket of `priority` whose student has waited for `minutes` of opening hours is raised to `raised_to`."""

    priority = models.CharField(max_length=8, choices=Priority)
    minutes = models.PositiveIntegerField("minutes unanswered")
    raised_to = models.CharField(max_length=8, choices=Priority)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["minutes", "id"]
        constraints = [models.UniqueConstraint(fields=["priority", "minutes"], name="rule_once_per_age")]

    def __str__(self) -> str:
        return f"{self.priority} unanswered for {self.minutes} minutes becomes {self.raised_to}"

    def clean(self) -> None:
        """Refuse a rule that would lower a priority."""
        ladder = Priority.values
        if self.raised_to in ladder and ladder.index(self.raised_to) <= ladder.index(self.priority):
            raise ValidationError({"raised_to": "A rule raises the priority."})


class MailedAlert(models.Model):
    """What staff were last mailed about, and when: an alert is not repeated within its period (support.alerts)."""

    kind = models.CharField(max_length=20)
    thing = models.CharField(max_length=160)
    mailed_at = models.DateTimeField()
    figure = models.BigIntegerField(null=True, blank=True)  # what was measured then, where growth is the matter

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "thing"], name="alert_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.thing}"
