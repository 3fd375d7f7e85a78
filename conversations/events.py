"""What happened, for whoever watches live (`conversations.models.LiveEvent`).

Triggers write events in the transaction that causes them (migration 0002: messages, deliveries, conversations; the desk
adds its tickets). An event names a row, and whoever tells of it reads what the row says now. So no verb can forget to
write one, a turn costs no further statement (measured: less than can be told from noise), and texts are stored once.

Ids are given when a row is written, and transactions end in another order than they write: whoever remembers the
greatest id seen misses what was written before and committed after. Hence two ways to read without gaps:

- `news` goes from one snapshot of the database to the next: what was not visible in the last one is new, exactly, and
  however long a transaction took;
- `since` serves a client, which knows nothing but the last id it was told: everything from ten seconds before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now

from conversations.models import Conversation, LiveEvent

KEPT = timedelta(hours=1)  # how far back a client may ask
GRACE = timedelta(minutes=5)  # what is deleted was out of reach for a while: no reader stands in the middle of it
OVERLAP = timedelta(seconds=10)  # longer than a transaction lasts between writing and commit
MOST = 2000  # events that are told one by one; whoever missed more is better off reading the lists anew
PRESENT = timedelta(seconds=30)  # how long a sign of presence counts


class Kind(StrEnum):
    """What an event is about; `subject` is the id of that row. What a newer release may write besides is not read."""

    MESSAGE = "message"  # a message is new, its file has come, or it was taken back
    DELIVERY = "delivery"  # a message of ours has got further, or not; not told of `sending`
    CONVERSATION = "conversation"  # what its row in the list says, its ticket's holder among it; or it is gone
    TICKET = "ticket"  # a ticket or an entry of its thread (support's migration 0006)
    PRESENCE = "presence"  # somebody of the team looks at a conversation or writes in it


class Doing(StrEnum):
    """What somebody of the team does at a conversation."""

    LOOKING = "looking"
    TYPING = "typing"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as readers get it."""

    id: int
    kind: Kind
    subject: int
    data: dict[str, Any] | None
    at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """What happened between two snapshots. `missed`: more than is told one by one, or the database is another one."""

    snapshot: str
    events: list[Happened]
    missed: bool = False


# --- Telling ----------------------------------------------------------------------------------------------------------


def presence(conversation: Conversation, staff: User, doing: Doing) -> None:
    """Tell the team what one of them does at a conversation. It counts for PRESENT; a client repeats it before."""
    data = {"staff_id": staff.pk, "username": staff.get_username(), "doing": doing.value}
    LiveEvent.objects.create(kind=Kind.PRESENCE, subject=conversation.pk, data=data)


def present(conversation: Conversation) -> list[Happened]:
    """The newest sign of each member of the team who is at this conversation now."""
    signs = LiveEvent.objects.filter(
        kind=Kind.PRESENCE, subject=conversation.pk, created_at__gt=Now() - PRESENT
    ).order_by("id")
    newest = {sign.data["staff_id"]: sign for sign in signs if sign.data}
    return [_happened(sign) for sign in newest.values() if sign.data and sign.data["doing"] != Doing.GONE]


@contextmanager
def quiet() -> Iterator[None]:
    """A transaction that writes no events: for filling the database with more than anybody could watch."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET LOCAL edubot.quiet = 'on'")
        yield


# --- Reading ----------------------------------------------------------------------------------------------------------


def newest_id() -> int:
    """The id of the newest event; 0 when there is none."""
    return LiveEvent.objects.aggregate(newest=Max("id"))["newest"] or 0


def since(last_id: int) -> list[Happened] | None:
    """Everything from OVERLAP before the event `last_id`, oldest first: a client drops the ids that it knows.

    None where that cannot be told: the event is older than KEPT and not the newest, or unknown, or more than MOST
    happened after it.
    """
    last = LiveEvent.objects.filter(pk=last_id).annotate(reach=Now() - KEPT).first()
    if last is None or (last.created_at < last.reach and last_id != newest_id()):
        return None
    if LiveEvent.objects.filter(pk__gt=last_id)[: MOST + 1].count() > MOST:
        return None
    found = LiveEvent.objects.filter(created_at__gte=last.created_at - OVERLAP, kind__in=Kind)
    return [_happened(event) for event in found.order_by("id")]


def news(snapshot: str | None) -> News:
    """What has become visible since `snapshot`, in the order of ids, and the snapshot to go on from.

    None for the first time: nothing is told, but everything that is committed from now on will be.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, {"seen": snapshot, "most": MOST + 1, "known": [kind.value for kind in Kind]})
        rows = cursor.fetchall()
    now, is_elsewhere = rows[0][:2]
    found = [Happened(id_, Kind(kind), subject, _read(data), at) for *_, id_, kind, subject, data, at in rows if id_]
    missed = bool(is_elsewhere) or len(found) > MOST
    return News(now, [] if missed else found, missed)


# A database restored from a backup counts its transactions from somewhere else. Then our snapshot lies in its future
# (`is_elsewhere`), and so may rows that came with the backup, which must not be taken for news for ever (`< xmax`).
_NEWS = """
SELECT here.now::text, pg_snapshot_xmax(here.now) < pg_snapshot_xmax(%(seen)s::pg_snapshot) AS is_elsewhere,
    event.id, event.kind, event.subject, event.data, event.created_at
FROM (SELECT pg_current_snapshot() AS now) here LEFT JOIN LATERAL (
    SELECT * FROM conversations_liveevent
    WHERE xact >= pg_snapshot_xmin(%(seen)s::pg_snapshot) AND xact < pg_snapshot_xmax(here.now)
        AND NOT pg_visible_in_snapshot(xact, %(seen)s::pg_snapshot) AND kind = ANY(%(known)s)
    ORDER BY id LIMIT %(most)s
) event ON true
ORDER BY event.id
"""


def forget_old() -> int:
    """Delete what nobody may ask for any more, except the newest event: it says where a quiet night began."""
    old = LiveEvent.objects.filter(created_at__lt=Now() - KEPT - GRACE)
    return old.filter(pk__lt=newest_id()).delete()[0]


def _happened(event: LiveEvent) -> Happened:
    return Happened(event.pk, Kind(event.kind), event.subject, event.data, event.created_at)


def _read(data: str | None) -> dict[str, Any] | None:
    return json.loads(data) if data else None
