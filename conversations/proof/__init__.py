"""The promises about messages, checked over what is stored (`manage.py prove`).

Everything is read in one snapshot, so that a running service can be proved, too. What waits is overdue only where a
worker was alive long enough to have looked after it: a stopped service or an old backup breaks no promise by standing
still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Max

from conversations.models import Heartbeat
from conversations.proof.checks import CHECKS, PARAMETERS, Check

GRACE = timedelta(minutes=5)  # after which something that waits counts as forgotten
SHOWN = 5  # ids of a breach that are named

# What is told beside the breaches.
_FIGURES = """
SELECT
    (SELECT count(*) FROM conversations_inboxitem),
    (SELECT count(DISTINCT key) FROM conversations_inboxitem),
    (SELECT count(*) FROM conversations_inboxitem WHERE dead),
    (SELECT count(*) FROM conversations_message WHERE delivery_status = 'unknown' AND hold_until IS NULL),
    (SELECT count(*) FROM (
        SELECT FROM conversations_deliveryreport WHERE client_ref IS NOT NULL
        GROUP BY client_ref HAVING count(DISTINCT provider_id) > 1
    ) twice)
"""

_COUNTED = "SELECT count(*), (array_agg(id ORDER BY id))[:%(shown)s] FROM ({}) broken"


@dataclass(frozen=True, slots=True)
class Breach:
    """A check to which rows answered: how many, and the first of their ids."""

    check: Check
    count: int
    ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the stored data say. `twice` counts the messages that went out twice, as promise 5 allows or not."""

    webhooks: int
    unique: int
    put_aside: int
    unknown: int
    twice: int
    breaches: Sequence[Breach]

    def count(self, kind: str) -> int:
        """How many rows break a promise in this way (see `Check.breaks`)."""
        return sum(breach.count for breach in self.breaches if breach.check.breaks == kind)


def prove(grace: timedelta = GRACE) -> Proof:
    """Ask every question. `grace`: how long something may wait while workers are alive."""
    last_sign_of_life = Heartbeat.objects.aggregate(at=Max("seen_at"))["at"]
    parameters: dict[str, Any] = {**PARAMETERS, "overdue": last_sign_of_life and last_sign_of_life - grace}
    snapshot = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if snapshot:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(_FIGURES)
        webhooks, unique, put_aside, unknown, twice = cursor.fetchone()
        return Proof(webhooks, unique, put_aside, unknown, twice, _breaches(cursor, parameters))


def _breaches(cursor: CursorWrapper, parameters: dict[str, Any]) -> list[Breach]:
    found = []
    for check in CHECKS:
        cursor.execute(_COUNTED.format(check.sql), {**parameters, "shown": SHOWN})
        count, ids = cursor.fetchone()
        if count:
            found.append(Breach(check, count, ids))
    return found
