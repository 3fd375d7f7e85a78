"""What the bot is told about the desk (the port conversations.desk)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.conf import settings
from django.utils import timezone

from conversations.models import Conversation
from support import hours
from support.models import ACTIVE, Holiday, Status, SupportTicket


class SupportDesk:
    """The desk's side of `conversations.desk.Desk`."""

    def queue_place(self, conversation: Conversation) -> int | None:
        """The place among unassigned OPEN tickets, counted from the oldest; None when the person's ticket is taken."""
        mine = SupportTicket.objects.filter(conversation=conversation, status__in=ACTIVE).first()
        if mine and (mine.status != Status.OPEN or mine.assigned_admin_id):
            return None
        ahead = SupportTicket.objects.filter(status=Status.OPEN, assigned_admin=None)
        if mine:
            ahead = ahead.filter(pk__lt=mine.pk)
        return ahead.count() + 1

    def opening_hours(self) -> str | None:
        """The hours in words while the desk is closed, else None; without any there are none to tell."""
        opening = configured_hours()
        if opening.always_open or hours.is_open(opening, timezone.now(), holidays()):
            return None
        return opening.words

    def holiday(self) -> str | None:
        """The name of today's holiday, on which the desk is closed whatever its hours are; None on any other day."""
        return Holiday.objects.filter(day=timezone.localdate()).values_list("name", flat=True).first()


def configured_hours() -> hours.Hours:
    """The opening hours of settings.SUPPORT_HOURS in the team's time zone."""
    return _parsed(settings.SUPPORT_HOURS, settings.TIME_ZONE)


def holidays() -> frozenset[date]:
    """The days on which the desk is closed."""
    return frozenset(Holiday.objects.values_list("day", flat=True))


@lru_cache(maxsize=4)
def _parsed(words: str, zone: str) -> hours.Hours:
    return hours.parse(words, zone)
