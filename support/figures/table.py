"""What each figure means. The definitions are shown to staff as they stand here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db.models import Q, QuerySet

from support.models import By, SupportTicket


class Unit(StrEnum):
    """What a figure counts in. Targets in minutes and hours are turned into these."""

    COUNT = "count"
    SECONDS = "seconds"
    PERCENT = "percent"
    STARS = "stars"


@dataclass(frozen=True, slots=True)
class Source:
    """The tickets behind a figure: `at` falls into the period, `value` is there to be averaged, `condition` holds."""

    at: str
    value: str | None = None
    condition: Q = field(default_factory=Q)

    def tickets(self, since: datetime, until: datetime) -> QuerySet[SupportTicket]:
        """The rows of a stretch of time, in their order."""
        period: dict[str, object] = {f"{self.at}__gte": since, f"{self.at}__lt": until}
        if self.value:
            period[f"{self.value}__isnull"] = False
        return SupportTicket.objects.filter(self.condition, **period).order_by(self.at, "pk")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `target` names the setting, `factor` turns it into the unit; `fewer` says that less is better."""

    name: str
    title: str
    definition: str
    unit: Unit
    target: str = ""
    factor: int = 1
    fewer: bool = True
    source: Source | None = None

    @property
    def target_value(self) -> int | None:
        """What the team aims at, in the figure's unit; None without a target."""
        return getattr(settings, self.target) * self.factor if self.target else None

    def is_met(self, value: float | None) -> bool | None:
        """Whether the target is met; None where there is no target, or nothing to measure."""
        target = self.target_value
        if target is None or value is None:
            return None
        return value <= target if self.fewer else value >= target


MINUTES, HOURS = 60, 3600

FIGURES: tuple[Figure, ...] = (
    Figure(
        "active_chats",
        "Active chats",
        "Live chats that are open at this moment.",
        Unit.COUNT,
        "SUPPORT_TARGET_ACTIVE_CHATS",
    ),
    Figure(
        "waiting",
        "Waiting",
        "Active tickets whose student is waiting for an answer from a person at this moment.",
        Unit.COUNT,
    ),
    Figure(
        "longest_wait",
        "Longest wait",
        "For how long the student who has been waiting longest has waited at this moment. Only opening hours count.",
        Unit.SECONDS,
        "SUPPORT_TARGET_FIRST_RESPONSE",
        MINUTES,
    ),
    Figure(
        "unassigned",
        "Unassigned",
        "Active tickets (open or in progress) that nobody has taken at this moment.",
        Unit.COUNT,
    ),
    Figure(
        "first_response",
        "First response",
        "From the moment a ticket was opened to the first word of staff: the average over the tickets first answered "
        "in the period. Only opening hours count. What the bot says is no response, and tickets that staff opened "
        "themselves are left out.",
        Unit.SECONDS,
        "SUPPORT_TARGET_FIRST_RESPONSE",
        MINUTES,
        source=Source("first_response_at", "first_response_seconds", ~Q(opened_by=By.STAFF)),
    ),
    Figure(
        "chat_duration",
        "Chat duration",
        "From the start of a live chat to the last word of a person in it: the average over the chats that ended in "
        "the period and in which staff wrote. Only opening hours count.",
        Unit.SECONDS,
        "SUPPORT_TARGET_CHAT_DURATION",
        MINUTES,
        source=Source("chat_ended_at", "chat_seconds"),
    ),
    Figure(
        "resolution",
        "Resolution",
        "From the moment a ticket was opened to the moment it was resolved, or closed without that: the average over "
        "the tickets resolved in the period that staff had answered. Only opening hours count.",
        Unit.SECONDS,
        "SUPPORT_TARGET_RESOLUTION",
        HOURS,
        source=Source("resolved_at", "resolution_seconds", Q(first_response_at__isnull=False)),
    ),
    Figure(
        "delivery_rate",
        "Delivery rate",
        "Of the messages that we sent in the period, the share that reached the phone: delivered, read or played. "
        "Messages that still wait to be sent are left out.",
        Unit.PERCENT,
        "SUPPORT_TARGET_DELIVERY_RATE",
        fewer=False,
    ),
    Figure(
        "error_rate",
        "Error rate",
        "Of the messages that we sent in the period, the share that failed or whose fate is unknown. Messages that "
        "still wait to be sent are left out.",
        Unit.PERCENT,
        "SUPPORT_TARGET_ERROR_RATE",
    ),
    Figure(
        "satisfaction",
        "Satisfaction",
        'The average of the ratings from 1 to 5 that students gave in the period, when asked "How did we do?" after a '
        "chat.",
        Unit.STARS,
        "SUPPORT_TARGET_SATISFACTION",
        fewer=False,
        source=Source("rated_at", "rating"),
    ),
)
BY_NAME = {figure.name: figure for figure in FIGURES}
