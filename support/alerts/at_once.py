"""A critical notice is mailed as soon as the worker comes to it, not at the next look of the clock."""

from __future__ import annotations

from django.db.models.signals import post_save

from conversations.models import AccountNotice
from conversations.received import Severity
from support.alerts import memory
from support.alerts.kinds import CRITICAL


def _tell(sender: object, instance: AccountNotice, **_: object) -> None:
    """Queue the mail with the notice, in its transaction. The same trouble may be raised with every message we send."""
    from support.tasks import tell_critical

    is_open = instance.severity == Severity.CRITICAL and instance.settled_at is None
    if is_open and memory.last(CRITICAL, instance.key) is None:
        tell_critical.defer()


post_save.connect(_tell, sender=AccountNotice, dispatch_uid="support.alerts.at_once")
