"""The figures' values, now and over a stretch of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache.backends.locmem import LocMemCache
from django.db.models import Avg, Count, Min, Q
from django.utils import timezone

from conversations.bot.types import State
from conversations.models import Conversation, DeliveryStatus, Message
from support.clock import open_seconds
from support.figures.table import BY_NAME, FIGURES, Figure
from support.models import ACTIVE, SupportTicket

LATELY = timedelta(days=7)
MANY = 10_000  # messages; so many are not read again within a minute
KEPT = LocMemCache("sent", {"TIMEOUT": 60})  # of this process

ARRIVED = (DeliveryStatus.DELIVERED, DeliveryStatus.READ, DeliveryStatus.PLAYED)
IN_TROUBLE = (DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN)
TRIED = (DeliveryStatus.SENT, *ARRIVED, *IN_TROUBLE)


@dataclass(frozen=True, slots=True)
class Value:
    """What a figure is: None where there was nothing to measure. `count` is how many rows are behind it."""

    figure: Figure
    value: float | None
    count: int

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None where there is none, or nothing to measure."""
        return self.figure.is_met(self.value)


def measure_lately(now: datetime | None = None) -> dict[str, Value]:
    """All figures over the last seven days; what became of MANY messages or more as of the last minute."""
    until = now or timezone.now()
    since = until - LATELY
    sent: dict[str, int] = KEPT.get("lately") or _sent(since, until)
    if sent["tried"] >= MANY:
        KEPT.add("lately", sent)
    return _measured(since, until, sent)


def measure(since: datetime, until: datetime) -> dict[str, Value]:
    """All figures by name, in the order of the table; `since` is part of the period and `until` is not."""
    return _measured(since, until, _sent(since, until))


def _measured(since: datetime, until: datetime, sent: dict[str, int]) -> dict[str, Value]:
    found = {value.figure.name: value for value in (*_now(until), *_averages(since, until), *_sending(sent))}
    return {figure.name: found[figure.name] for figure in FIGURES}


def _value(name: str, value: float | None, count: int) -> Value:
    return Value(BY_NAME[name], value, count)


def _now(now: datetime) -> Iterator[Value]:
    """What goes on at this moment, whatever the period."""
    chats = Conversation.objects.filter(state=State.CHAT_SUPPORT_ACTIVE).count()
    desk = SupportTicket.objects.filter(status__in=ACTIVE).aggregate(
        waiting=Count("waiting_since"),
        longest=Min("waiting_since"),
        unassigned=Count("pk", filter=Q(assigned_admin=None)),
    )
    longest = open_seconds(desk["longest"], now) if desk["longest"] else None
    yield _value("active_chats", chats, chats)
    yield _value("waiting", desk["waiting"], desk["waiting"])
    yield _value("longest_wait", longest, desk["waiting"])
    yield _value("unassigned", desk["unassigned"], desk["unassigned"])


def _averages(since: datetime, until: datetime) -> Iterator[Value]:
    for figure in FIGURES:
        if figure.source and figure.source.value:
            tickets = figure.source.tickets(since, until).order_by()
            found = tickets.aggregate(average=Avg(figure.source.value), count=Count(figure.source.value))
            yield Value(figure, None if found["average"] is None else float(found["average"]), found["count"])


def _sent(since: datetime, until: datetime) -> dict[str, int]:
    """How many messages we tried to send, and what became of them."""
    sent = Message.objects.filter(created_at__gte=since, created_at__lt=until, delivery_status__in=TRIED)
    return sent.aggregate(
        tried=Count("pk"),
        arrived=Count("pk", filter=Q(delivery_status__in=ARRIVED)),
        in_trouble=Count("pk", filter=Q(delivery_status__in=IN_TROUBLE)),
    )


def _sending(found: dict[str, int]) -> Iterator[Value]:
    yield _value("delivery_rate", _share(found["arrived"], found["tried"]), found["tried"])
    yield _value("error_rate", _share(found["in_trouble"], found["tried"]), found["tried"])


def _share(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
