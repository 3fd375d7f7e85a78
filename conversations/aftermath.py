"""After a restore: what the database believes is to be sent may have been sent since.

A backup remembers its outbox as it was. Messages that were queued then have long arrived, and a worker that finds them
would send them all again. So sending is shut, and every message that was on its way then becomes `unknown`, for a
person to decide: the delivery reports that would tell were lost with the rest. The live events start
anew as well: they are told apart by transaction, and those of another server mean nothing here.

The statements are SQL, not models: they run in the transaction that brings the tables back, of whatever release.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from conversations import gates
from conversations.models import DeliveryStatus, Message
from conversations.notices import raise_notice, settle_notice
from conversations.received import Severity

GATES = "conversations_gate"
NOTICE = "restored"
SET_ASIDE = "It was on its way when the backup was taken, and may have arrived since. Look before you send it again."

_SHUT = """
INSERT INTO conversations_gate (name, closed_until, reason, error_code, times, closed_at)
VALUES ('paused', NULL, {reason}, NULL, 1, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET closed_until = NULL, reason = excluded.reason, closed_at = excluded.closed_at;
UPDATE conversations_message SET
    delivery_status = 'unknown', lease_until = NULL, hold_until = NULL, error_code = NULL, error = {error}
WHERE created_at <= {moment} AND (
    delivery_status IN ('queued', 'sending') OR (delivery_status = 'unknown' AND hold_until IS NOT NULL)
);
DELETE FROM conversations_liveevent;
"""


def shut_sql(taken_at: datetime, *, nothing_newer: bool = False) -> str:
    """SQL that shuts sending and sets aside what was on its way at `taken_at`. Twice is no harm.

    `nothing_newer`: all that the database holds is of the backup, so nobody's clock has to be asked.
    """
    moment = taken_at.astimezone(UTC)
    reason = f"A backup of {moment:%Y-%m-%d %H:%M} UTC was restored: see manage.py after_restore."
    words = {"reason": reason, "error": SET_ASIDE, "moment": "infinity" if nothing_newer else moment.isoformat()}
    return _SHUT.format(**{name: _quoted(word) for name, word in words.items()})


def shut(taken_at: datetime, *, nothing_newer: bool = False) -> int:
    """Shut sending and set aside what was on its way at `taken_at`; returns how many messages wait for a person."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(shut_sql(taken_at, nothing_newer=nothing_newer))
        waiting = set_aside().count()
        raise_notice(
            NOTICE,
            "restored",
            Severity.CRITICAL,
            "A backup was restored. Nothing is sent until somebody lets it: manage.py after_restore.",
            messages=waiting,
        )
    return waiting


def set_aside() -> QuerySet[Message]:
    """The messages about which nobody has decided yet, the oldest first."""
    return Message.objects.filter(delivery_status=DeliveryStatus.UNKNOWN, error=SET_ASIDE).order_by("id")


def resume() -> None:
    """A person lets messages out again. Those that were set aside stay so until somebody sends each again."""
    gates.resume()
    settle_notice(NOTICE)


def _quoted(word: str) -> str:
    """A literal of SQL; all of them are our own words."""
    return "'" + word.replace("'", "''") + "'"
