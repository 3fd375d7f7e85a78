"""Finding what there is to tell. Lines carry numbers of tickets, times and masked phones, never anybody's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from conversations.models import AccountNotice
from conversations.received import Severity
from edubot.logs import mask, one_line
from support.alerts import memory
from support.models import ACTIVE, SupportTicket

MOST_LINES = 20  # a mail is read on a phone; the desk shows the rest
BIGGEST_TABLES = 3


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to tell: what it is remembered by, and lines about it. Without lines it is only remembered.

    `count` is how many it stands for, `figure` what was measured.
    """

    key: str
    lines: tuple[str, ...]
    count: int = 1
    figure: int | None = None


def critical_notices(now: datetime) -> list[Thing]:
    """Trouble that is not settled: the token is dead, the number is blocked, sending has stopped."""
    notices = AccountNotice.objects.filter(severity=Severity.CRITICAL, settled_at=None).order_by("-created_at")
    return [Thing(notice.key, (one_line(mask(notice.title)),)) for notice in notices[:MOST_LINES]]


def unassigned_tickets(now: datetime) -> list[Thing]:
    """Active tickets that nobody has taken."""
    return _digest(SupportTicket.objects.filter(status__in=ACTIVE, assigned_admin=None), now)


def unresolved_tickets(now: datetime) -> list[Thing]:
    """Active tickets that were opened long ago."""
    old = now - timedelta(hours=settings.SUPPORT_ALERT_UNRESOLVED_AFTER)
    return _digest(SupportTicket.objects.filter(status__in=ACTIVE, created_at__lte=old), now)


def database_growth(now: datetime) -> list[Thing]:
    """How much larger the database is than when it was last measured, where that is much."""
    size, before = _database_size(), memory.last("growth", "database")
    if before is None or not before.figure:
        return [Thing("database", (), figure=size)]
    grown = size - before.figure
    if grown * 100 < before.figure * settings.SUPPORT_ALERT_GROWTH:
        return [Thing("database", (), figure=size)]
    percent, since = round(grown * 100 / before.figure), f"{before.mailed_at:%d %B}"
    told = (
        f"It holds {_megabytes(size)} now, {_megabytes(grown)} ({percent} %) more than on {since}. Its largest tables:"
    )
    return [Thing("database", (told, *_biggest_tables()), figure=size)]


def _digest(tickets: QuerySet[SupportTicket], now: datetime) -> list[Thing]:
    """The tickets as one thing, the oldest first."""
    count = tickets.count()
    if not count:
        return []
    shown = tickets.select_related("conversation__contact", "assigned_admin").order_by("created_at")[:MOST_LINES]
    lines = [_line(ticket, now) for ticket in shown]
    more = (f"and {count - MOST_LINES} more",) if count > MOST_LINES else ()
    return [Thing("all", (*lines, *more), count)]


def _line(ticket: SupportTicket, now: datetime) -> str:
    holder = f", {ticket.assigned_admin.username}" if ticket.assigned_admin else ""
    person = f"…{ticket.conversation.contact.address[-2:]}"
    return f"#{ticket.pk}  {person}, opened {_ago(now - ticket.created_at)} ago, {ticket.priority}{holder}"


def _ago(passed: timedelta) -> str:
    minutes = int(passed.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def _database_size() -> int:
    """Bytes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone()
    return int(size)


def _biggest_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_BIGGEST, [BIGGEST_TABLES])
        return [f"{name}: {_megabytes(size)}" for name, size in cursor.fetchall()]


_BIGGEST = """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
ORDER BY 2 DESC LIMIT %s
"""


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"
