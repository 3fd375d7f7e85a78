"""The composition root as a Django application: its system checks and the table of counters."""

from __future__ import annotations

from django.apps import AppConfig


class EduBotConfig(AppConfig):
    """Registers what concerns the service as a whole."""

    name = "edubot"
    verbose_name = "EduBot"

    def ready(self) -> None:
        """Register the system checks."""
        from edubot import checks  # noqa: F401
