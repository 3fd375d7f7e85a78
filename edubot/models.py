"""The one table of the service as a whole."""

from __future__ import annotations

from django.db import models


class Counter(models.Model):
    """A short-lived number, shared by all processes: how often something was tried (see edubot.cache)."""

    key = models.CharField(max_length=250, primary_key=True)
    value = models.BigIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
