"""Putting something before staff: account trouble, items that could not be handled, sending that has stopped."""

from __future__ import annotations

import logging

from django.utils import timezone

from conversations.models import AccountNotice
from conversations.received import Severity

log = logging.getLogger(__name__)


def raise_notice(key: str, kind: str, severity: Severity, title: str, /, **data: object) -> bool:
    """Put a notice before staff, once per open key; returns whether it is new. `data` holds ids and codes, no texts."""
    _, created = AccountNotice.objects.update_or_create(
        key=key[:120],
        defaults={
            "kind": kind[:60],
            "severity": severity.value,
            "title": title[:300],
            "data": data,
            "settled_at": None,
        },
        create_defaults={"kind": kind[:60], "severity": severity.value, "title": title[:300], "data": data},
    )
    if created:
        log.warning("A notice was raised for staff.", extra={"notice": key, "severity": severity.value})
    return created


def settle_notice(key: str) -> None:
    """The trouble is over."""
    AccountNotice.objects.filter(key=key[:120], settled_at=None).update(settled_at=timezone.now())
