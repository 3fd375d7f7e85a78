"""What can be taken away as a file: a table. To export something new, add a line to EXPORTS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from conversations.models import Contact, Homework, Message, Payment
from conversations.models.people import KNOWN
from support import figures
from support.exports.table import Cell, lines
from support.models import SupportTicket

BATCH = 1000  # rows in memory at once

Rows = Callable[[date, date], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Export:
    """A file: its name, the rows of a stretch of days (both included), and the columns, heading → attribute."""

    name: str
    rows: Rows
    columns: tuple[tuple[str, str], ...]

    def file(self, first: date, last: date) -> Iterator[bytes]:
        """The file, line by line, whatever its length."""
        getters = [_getter(path) for _, path in self.columns]
        found = self.rows(first, last).iterator(chunk_size=BATCH)
        return lines([heading for heading, _ in self.columns], ([get(row) for get in getters] for row in found))


def _getter(path: str) -> Callable[[Any], Cell]:
    """The value at the end of a dotted path; None where the way ends early (nobody has the ticket)."""
    steps = [attrgetter(step) for step in path.split(".")]

    def get(row: Any) -> Cell:
        for step in steps:
            row = step(row) if row is not None else None
        return row if row is None or isinstance(row, str | int | float | Decimal | datetime) else str(row)

    return get


def _between(rows: QuerySet[Any], column: str, first: date, last: date) -> QuerySet[Any]:
    """The rows of these days of the team's, in their order."""
    zone = timezone.get_default_timezone()
    since, until = (datetime.combine(day, time.min, zone) for day in (first, last + timedelta(days=1)))
    return rows.filter(**{f"{column}__gte": since, f"{column}__lt": until}).order_by(column, "pk")


def _of(rows: Callable[[], QuerySet[Any]], column: str) -> Rows:
    return lambda first, last: _between(rows(), column, first, last)


_PERSON = (("phone", "contact.phone"), ("contact_id", "contact.address"), ("name", "contact.display_name"))
_TICKET = (
    ("id", "pk"),
    *((heading, f"conversation.{path}") for heading, path in _PERSON),
    ("sender_name", "sender_name"),
    ("issue", "issue_description"),
    ("status", "status"),
    ("priority", "priority"),
    ("category", "category.name"),
    ("assigned_to", "assigned_admin.username"),
    ("opened_by", "opened_by"),
    ("created_at", "created_at"),
    ("first_response_at", "first_response_at"),
    ("first_response_seconds", "first_response_seconds"),
    ("resolved_at", "resolved_at"),
    ("resolution_seconds", "resolution_seconds"),
    ("closed_at", "closed_at"),
    ("ended_by", "ended_by"),
    ("rating", "rating"),
)
_CONTACT = (
    ("id", "pk"),
    ("phone", "phone"),
    ("contact_id", "address"),
    ("name", "name"),
    ("profile_name", "profile_name"),
    ("email", "email"),
    ("class", "class_grade"),
    ("language", "language"),
    ("created_at", "created_at"),
    ("registered_at", "registered_at"),
)


def _tickets() -> QuerySet[SupportTicket]:
    return SupportTicket.objects.select_related("conversation__contact", "category", "assigned_admin")


EXPORTS = {
    export.name: export
    for export in (
        Export("tickets", _of(_tickets, "created_at"), _TICKET),
        Export(
            "messages",
            _of(lambda: Message.objects.select_related("conversation__contact", "staff"), "created_at"),
            (
                ("id", "pk"),
                *((heading, f"conversation.{path}") for heading, path in _PERSON),
                ("sender", "sender"),
                ("staff", "staff.username"),
                ("kind", "kind"),
                ("text", "text"),
                ("delivery_status", "delivery_status"),
                ("error", "error"),
                ("created_at", "created_at"),
            ),
        ),
        Export("students", _of(Contact.objects.all, "registered_at"), _CONTACT),
        Export("leads", _of(lambda: Contact.objects.filter(KNOWN, registered_at=None), "created_at"), _CONTACT),
        Export(
            "homework",
            _of(lambda: Homework.objects.select_related("contact", "assigned_admin"), "created_at"),
            (
                ("id", "pk"),
                ("reference", "reference"),
                *_PERSON,
                ("subject", "subject"),
                ("type", "submission_type"),
                ("content", "content"),
                ("status", "status"),
                ("assigned_to", "assigned_admin.username"),
                ("solution", "solution_text"),
                ("created_at", "created_at"),
                ("solved_at", "solved_at"),
            ),
        ),
        Export(
            "payments",
            _of(lambda: Payment.objects.select_related("contact", "decided_by"), "created_at"),
            (
                ("id", "pk"),
                ("reference", "reference"),
                *_PERSON,
                ("amount", "amount"),
                ("currency", "currency"),
                ("plan", "plan"),
                ("status", "status"),
                ("decided_by", "decided_by.username"),
                ("created_at", "created_at"),
                ("decided_at", "decided_at"),
            ),
        ),
        *(
            Export(name, partial(figures.rows, name), (*_TICKET, ("at", "at"), ("value", "value")))
            for name in figures.REPORTS
        ),
    )
}
