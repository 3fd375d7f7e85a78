"""The WhatsApp adapter as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class WhatsAppConfig(AppConfig):
    """Registers the system checks."""

    name = "whatsapp"
    verbose_name = "WhatsApp"

    def ready(self) -> None:
        """Import the registrations."""
        from whatsapp import checks  # noqa: F401
