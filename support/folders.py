"""The views of the inbox, as data: which tickets, in which order. The API, the console and Django admin show these."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet

from support.models import ACTIVE, Priority, Status, SupportTicket

_ACTIVE = Q(status__in=ACTIVE)


@dataclass(frozen=True, slots=True)
class Folder:
    """One view: what it is called, what it holds, what comes first. Of a `personal` one everybody sees their own."""

    slug: str
    name: str
    about: str
    condition: Q
    order: tuple[str, ...] = ("id",)
    personal: bool = False

    def holds(self, user: User) -> Q:
        """What it holds for somebody."""
        return self.condition & Q(assigned_admin=user) if self.personal else self.condition

    def tickets(self, user: User) -> QuerySet[SupportTicket]:
        """The tickets it holds for somebody, in its order, with what a list shows of each."""
        found = SupportTicket.objects.filter(self.holds(user)).order_by(*self.order)
        return found.select_related("conversation__contact", "assigned_admin", "category")


FOLDERS: tuple[Folder, ...] = (
    Folder(
        "waiting",
        "Waiting",
        "Students who wait for an answer, the longest first.",
        _ACTIVE & Q(waiting_since__isnull=False),
        ("waiting_since", "id"),
    ),
    Folder("mine", "Mine", "Active tickets that are yours, the oldest first.", _ACTIVE, personal=True),
    Folder(
        "unassigned",
        "Unassigned",
        "Active tickets that are nobody's, the oldest first.",
        _ACTIVE & Q(assigned_admin=None),
    ),
    Folder(
        "urgent",
        "Urgent",
        "Active tickets of high or urgent priority, the oldest first.",
        _ACTIVE & Q(priority__in=[Priority.HIGH, Priority.URGENT]),
    ),
    Folder("active", "All active", "Open or in progress, the newest first.", _ACTIVE, ("-id",)),
    Folder(
        "resolved",
        "Resolved",
        "Answered; they close by themselves. The latest first.",
        Q(status=Status.RESOLVED),
        ("-resolved_at", "-id"),
    ),
    Folder("closed", "Closed", "The archive, the latest first.", Q(status=Status.CLOSED), ("-closed_at", "-id")),
)
BY_SLUG = {folder.slug: folder for folder in FOLDERS}
COUNTED = ("waiting", "mine", "unassigned", "urgent", "active")  # the archive grows without end: nobody counts it


def counts(user: User) -> dict[str, int]:
    """How many tickets each folder of COUNTED holds, in one query over the active tickets."""
    wanted = {slug: Count("pk", filter=BY_SLUG[slug].holds(user)) for slug in COUNTED}
    return SupportTicket.objects.filter(_ACTIVE).aggregate(**wanted)
