"""What was told when. The row is claimed in the transaction that queues the mail, so of two workers one tells it."""

from __future__ import annotations

from datetime import datetime, timedelta

from conversations.models import AccountNotice
from support.models import MailedAlert

SLACK = timedelta(minutes=1)  # a periodic job never starts to the second


def claim(kind: str, thing: str, now: datetime, period: timedelta, figure: int | None = None) -> bool:
    """Whether this may be told now: it was not, or not within `period`. From here on it counts as told."""
    row, created = MailedAlert.objects.get_or_create(
        kind=kind, thing=thing, defaults={"mailed_at": now, "figure": figure}
    )
    if created:
        return True
    due = MailedAlert.objects.filter(pk=row.pk, mailed_at__lte=now - period + SLACK)
    return bool(due.update(mailed_at=now, figure=figure))


def last(kind: str, thing: str) -> MailedAlert | None:
    """When this was last told, with what was measured then."""
    return MailedAlert.objects.filter(kind=kind, thing=thing).first()


def forget_settled(kind: str) -> None:
    """Trouble that is over is forgotten: should it come back, it is told at once."""
    settled = AccountNotice.objects.exclude(settled_at=None).values("key")
    MailedAlert.objects.filter(kind=kind, thing__in=settled).delete()
