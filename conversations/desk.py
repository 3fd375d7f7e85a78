"""The port to the support desk: what the bot is told about it. The desk is above us, so settings.DESK names it."""

from __future__ import annotations

from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from conversations.models import Conversation


class Desk(Protocol):
    """What the domain asks of the support desk."""

    def queue_place(self, conversation: Conversation) -> int | None:
        """The person's place among those who wait for an answer; None when somebody has taken their ticket."""

    def opening_hours(self) -> str | None:
        """The opening hours in words when the desk is closed at this moment, else None."""

    def holiday(self) -> str | None:
        """The name of today's holiday, on which the desk is closed; None on any other day."""


@cache
def get_desk() -> Desk:
    """The desk that settings name, one for the process."""
    desk: Desk = import_string(settings.DESK)()
    return desk
