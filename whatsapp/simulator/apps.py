"""The simulator as a Django app; installed only where SIMULATOR is true."""

from __future__ import annotations

from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    """Phones, what they were sent, and the webhooks on their way back to us."""

    name = "whatsapp.simulator"
    label = "simulator"
    verbose_name = "Phone simulator"
