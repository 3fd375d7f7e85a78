"""Our own side: settings, worker, sending, the last message that came in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from conversations import gates
from conversations.models import Heartbeat, InboxItem
from whatsapp import checks
from whatsapp.doctor.findings import Finding, Level, Patient, fail, ok, warn

FRESH = timedelta(seconds=15)  # a worker renews its sign of life every few seconds
QUIET = timedelta(days=7)

_OPENS: dict[str, tuple[Level, str]] = {
    gates.PAUSED: (Level.FAIL, "When it is safe to send again, resume sending in Django admin."),
    gates.ACCOUNT: (Level.FAIL, "Mend what WhatsApp complains about; one message a minute is tried until it is taken."),
}
_BY_ITSELF = (Level.WARN, "Nothing to do: sending goes on by itself.")


def settings_(_patient: Patient) -> Iterator[Finding]:
    """What the system checks say about our settings."""
    broken = list(checks.broken())
    for rule in broken:
        yield fail(rule.message, rule.hint) if rule.fatal else warn(rule.message, rule.hint)
    if not broken:
        yield ok("All settings for WhatsApp are there.")


def worker(_patient: Patient) -> Iterator[Finding]:
    """Whether somebody is at work: without a worker messages come in and are not answered."""
    seen = Heartbeat.objects.aggregate(last=Max("seen_at"))["last"]
    if seen and timezone.now() - seen < FRESH:
        yield ok("A worker is running.")
    else:
        yield fail("No worker is running: messages come in and are not answered.", "Start `python manage.py worker`.")


def sending(_patient: Patient) -> Iterator[Finding]:
    """Whether messages may leave."""
    closed = gates.closed()
    for gate in closed:
        level, mend = _OPENS.get(gate.name, _BY_ITSELF)
        yield Finding(level, f"Sending is stopped: {gate.reason}", mend)
    if not closed:
        yield ok("Messages may leave.")


def last_message(_patient: Patient) -> Iterator[Finding]:
    """When something last arrived from Meta: the one proof that all of the way works."""
    at = InboxItem.objects.aggregate(last=Max("received_at"))["last"]
    mend = "Write “hi” to the number; if nothing arrives, see the webhook fields and that the app is Live at Meta."
    if at is None:
        yield warn("No message has ever arrived.", mend)
    elif timezone.now() - at > QUIET:
        yield warn(f"The last message arrived {(timezone.now() - at).days} days ago.", mend)
    else:
        yield ok(f"The last message arrived on {timezone.localtime(at):%d %B, %H:%M}.")
