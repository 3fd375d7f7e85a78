"""What comes in: stored at once, understood later, handled exactly once and in order.

`receive` is all that a webhook waits for: one statement whatever the batch. Everything else happens in a worker:
`drain` takes a mailbox (one person's items), and for each item in order opens one transaction that locks the
conversation, lets the bot decide, and commits the new state, the replies and "handled" together. A worker that dies in
between leaves the item as it was.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from conversations import failpoints, people, prepared, runner, wakeup
from conversations.channel import get_channel
from conversations.models import Conversation, InboxItem, Message, UnreadablePost
from conversations.notices import raise_notice
from conversations.received import (
    Batch,
    Echo,
    IdentityChange,
    Ignored,
    Item,
    Notice,
    Person,
    Receipt,
    Received,
    Severity,
)
from edubot.database import is_outage

log = logging.getLogger(__name__)

TURN = 10  # items of one mailbox, before the others come first again
IN_USE = timedelta(milliseconds=20)  # until a mailbox whose conversation somebody has locked is tried again
PAUSES = (0.2, 1.0, 3.0, 10.0)  # seconds before the second, third, fourth and fifth try of an item


# --- In the webhook ---------------------------------------------------------------------------------------------------


def receive(batch: Batch) -> int:
    """Store everything a webhook carried, durably, before returning; returns how many items were new.

    A key that is already there is a second delivery and changes nothing. Rows are inserted in the order of their keys:
    two webhooks with the same items in another order would deadlock otherwise. Ids follow the order of the batch.
    Raises django.db.Error when nothing was stored.

    A connection that was cut meanwhile is replaced once. Asking first whether it lives would cost every webhook a
    round trip; as a second delivery changes nothing, trying again is as good.
    """
    failpoints.hit("web.before_commit")
    connection.health_check_done = True  # type: ignore[attr-defined]  # unknown to the stubs
    try:
        items, reports = _store(batch)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        items, reports = _store(batch)
    failpoints.hit("web.after_commit")
    if items:
        wakeup.call(wakeup.INBOX)
    if reports:
        wakeup.call(wakeup.REPORTS)
    return items + reports


def _store(batch: Batch) -> tuple[int, int]:
    """How many items and how many reports were new."""
    values = []
    if batch.items:
        items = [{"key": item.key, "mailbox": item.mailbox, "raw": item.raw} for item in batch.items]
        values.append(json.dumps(items))
    if batch.receipts:
        values.append(json.dumps([_report(receipt) for receipt in batch.receipts]))
    found = prepared.row(_RECEIVE[bool(batch.items), bool(batch.receipts)], values)
    assert found  # noqa: S101  (two counts)
    return found[0], found[1]


# What belonged to somebody who was erased is not taken in again, however late it comes (see models.Tombstone).
_ERASED = "SELECT FROM conversations_tombstone WHERE digest = encode(sha256(convert_to({}, 'UTF8')), 'hex')"
_ITEMS = f"""items AS (
    INSERT INTO conversations_inboxitem (id, key, mailbox, raw)
    SELECT id, key, mailbox, raw FROM (
        SELECT nextval('conversations_inboxitem_id_seq') AS id, key, mailbox, raw FROM (
            SELECT key, mailbox, raw
            FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS (key text, mailbox text, raw jsonb))
            WITH ORDINALITY AS arrived(key, mailbox, raw, place)
            WHERE NOT EXISTS ({_ERASED.format("key")}) ORDER BY place
        ) in_order
    ) numbered
    ORDER BY key
    ON CONFLICT (key) DO NOTHING
    RETURNING 1
)"""  # noqa: S608  (our own words)
_REPORTS = f"""reports AS (
    INSERT INTO conversations_deliveryreport (provider_id, status, recipient, client_ref, at, error, pricing)
    SELECT provider_id, status, recipient, client_ref, at, error, pricing
    FROM jsonb_to_recordset(%s::jsonb) AS arrived(
        provider_id text, status text, recipient text, client_ref uuid, at timestamptz, error jsonb, pricing jsonb
    )
    WHERE NOT EXISTS ({_ERASED.format("provider_id")})
    ORDER BY provider_id, status, recipient
    ON CONFLICT (provider_id, status, recipient) DO NOTHING
    RETURNING 1
)"""  # noqa: S608  (our own words)
_NEW_ITEMS, _NEW_REPORTS = "(SELECT count(*) FROM items)", "(SELECT count(*) FROM reports)"
_RECEIVE = {  # whether there are items, and reports
    (False, False): "SELECT 0, 0",
    (True, False): f"WITH {_ITEMS} SELECT {_NEW_ITEMS}, 0",
    (False, True): f"WITH {_REPORTS} SELECT 0, {_NEW_REPORTS}",
    (True, True): f"WITH {_ITEMS}, {_REPORTS} SELECT {_NEW_ITEMS}, {_NEW_REPORTS}",
}


def _report(receipt: Receipt) -> dict[str, object]:
    return {
        "provider_id": receipt.provider_id,
        "status": receipt.status,
        "recipient": receipt.recipient,
        "client_ref": str(receipt.client_ref) if receipt.client_ref else None,
        "at": receipt.at.isoformat() if receipt.at else None,
        "error": dict(receipt.error) if receipt.error else None,
        "pricing": dict(receipt.pricing) if receipt.pricing else None,
    }


def keep_unreadable(body: bytes, reason: str) -> None:
    """Keep a correctly signed body that nobody can read, once however often it comes, and tell staff."""
    digest = hashlib.sha256(body).hexdigest()
    with transaction.atomic():
        post, created = UnreadablePost.objects.get_or_create(
            digest=digest, defaults={"body": body, "reason": reason[:200]}
        )
        if not created:
            UnreadablePost.objects.filter(pk=post.pk).update(times=post.times + 1)
        raise_notice(
            f"unreadable-{digest[:16]}",
            "unreadable_post",
            Severity.WARNING,
            "WhatsApp sent something that could not be read. It is kept; nothing else was lost.",
            post=post.pk,
        )


# --- In a worker ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drained:
    """What became of a mailbox: how many items were handled, and in how long its next one is due (None: none waits)."""

    handled: int
    pause: timedelta | None = None


def waiting(besides: set[str], limit: int = 1000) -> list[str]:
    """Mailboxes with items to handle, the longest waiting first, without those the caller has in hand."""
    return [mailbox for (mailbox,) in prepared.rows(_WAITING, [list(besides), limit])]


_WAITING = """
SELECT mailbox FROM conversations_inboxitem WHERE handled_at IS NULL AND NOT mailbox = ANY(%s)
GROUP BY mailbox ORDER BY min(id) LIMIT %s
"""


def drain(mailbox: str, stopping: Callable[[], bool] = lambda: False) -> Drained:
    """Handle the waiting items of one mailbox, in order, until none is left, the next one must wait, or `stopping`.

    After a few items it is somebody else's turn. Each item is handled under its conversation's lock; two workers that
    come upon the same mailbox do not wait for each other: the second one goes on to the next student. Raises
    django.db.Error when the database is away.
    """
    handled = 0
    for item, pause in _first(mailbox, TURN):
        if pause > timedelta(0):
            return Drained(handled, pause)
        if stopping():
            break
        if not handle(item):
            return Drained(handled, _pause(mailbox) or IN_USE)  # what comes after it waits with it
        handled += 1
    return Drained(handled)


def _first(mailbox: str, count: int) -> list[tuple[InboxItem, timedelta]]:
    """The first waiting items and how long each must wait; another worker may have one of them when its turn comes."""
    return [(prepared.made(InboxItem, row), pause) for *row, pause in prepared.rows(_next(), [mailbox, count])]


@cache
def _next() -> str:
    return f"""
        SELECT {prepared.columns(InboxItem, "item")}, due_at - statement_timestamp() AS pause
        FROM conversations_inboxitem item WHERE mailbox = %s AND handled_at IS NULL ORDER BY id LIMIT %s
    """  # noqa: S608  (names of columns)


def _pause(mailbox: str) -> timedelta | None:
    """How long the first waiting item must wait; None when none waits or it may be tried at once."""
    return next((pause for _, pause in _first(mailbox, 1) if pause > timedelta(0)), None)


def drain_all() -> int:
    """Handle everything that waits, in this process (tests, the terminal chat); returns how many items were handled."""
    handled, resting = 0, set[str]()
    while mailboxes := waiting(resting):
        for mailbox in mailboxes:
            drained = drain(mailbox)
            handled += drained.handled
            if drained.pause:
                resting.add(mailbox)
    return handled


def handle(item: InboxItem) -> bool:
    """Handle one item; False when it failed and will be tried again later.

    This is the one catcher of whatever goes wrong while an item is handled: a bug must cost one item, not the student's
    other messages, and never anybody else's. A database that is away or full is no fault of the item's and goes to the
    caller; the item waits until it is well again.
    """
    try:
        _handle(item, get_channel().read(item.raw))
    except Error as error:
        if is_outage(error):
            raise
        return _failed(item, error)
    except people.InUse:
        return False
    except people.Busy as busy:
        InboxItem.objects.filter(pk=item.pk).update(due_at=Now() + busy.pause)
        return False
    except Exception as error:  # noqa: BLE001
        return _failed(item, error)
    return True


def _handle(item: InboxItem, what: Item) -> None:
    match what:
        case Received():
            _in_conversation(item, people.id_with(what.person), what, runner.handle_received)
        case Echo():
            _in_conversation(item, people.id_with(what.said.person), what.said, runner.handle_echo)
        case IdentityChange():
            _change_identity(item, what)
        case Notice():
            runner.account_notice(item.pk, what)
            _done(item, what.kind)
        case Ignored():
            _done(item, what.reason)


def _change_identity(item: InboxItem, what: IdentityChange) -> None:
    """Carry out a change that is in no thread yet; one that is told again may have been followed by others."""
    if Message.objects.filter(provider_id=what.provider_id).exists():
        _done(item, "seen before")
        return
    conversation = people.change_identity(what.old, what.new)
    _in_conversation(item, conversation.pk, _as_message(what), runner.handle_received)


def _as_message(change: IdentityChange) -> Received:
    person = Person(phone=change.new.phone, user_id=change.new.user_id)
    return Received(change.provider_id, person, "system", at=change.at, text=change.text)


def _in_conversation(
    item: InboxItem, conversation_id: int, said: Received, handle: Callable[[Conversation, Received], str]
) -> None:
    """`handle` a message under its conversation's lock. Raises people.InUse where somebody else has the lock."""
    with transaction.atomic():
        found = prepared.row(_TAKE, [conversation_id, timezone.now(), HANDLED, item.pk])
        if found is None:
            raise people.InUse
        if not found[0]:
            return  # another worker was here a moment ago
        outcome = handle(people.locked(conversation_id), said)
        if outcome != HANDLED:
            _done(item, outcome)
        failpoints.hit("proc.before_commit")
    failpoints.hit("proc.after_commit")


# First the conversation's lock, or nothing; then the item: handled, should all that follows be committed with it.
_TAKE = """
WITH locked AS MATERIALIZED (
    SELECT id FROM conversations_conversation WHERE id = %s FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE conversations_inboxitem item SET handled_at = %s, outcome = %s
    FROM locked WHERE item.id = %s AND item.handled_at IS NULL RETURNING item.id
)
SELECT (SELECT id FROM taken) FROM locked
"""
HANDLED = "handled"


def _done(item: InboxItem, outcome: str) -> None:
    InboxItem.objects.filter(pk=item.pk).update(handled_at=timezone.now(), outcome=outcome[:300])


def _failed(item: InboxItem, error: Exception) -> bool:
    """Count the failure; after the last try put the item aside for staff. Returns whether the mailbox may go on."""
    tries = item.attempts + 1
    ours = InboxItem.objects.filter(pk=item.pk, handled_at=None)  # not if another worker has handled it meanwhile
    log.error(
        "An item could not be handled.",
        extra={"item_id": item.pk, "tries": tries, "error": type(error).__name__},
        exc_info=error,
    )
    if tries <= len(PAUSES):
        due = Now() + timedelta(seconds=PAUSES[tries - 1])
        ours.update(attempts=tries, due_at=due, outcome=type(error).__name__)
        return False
    with transaction.atomic():
        outcome = f"failed: {type(error).__name__}"
        if not ours.update(attempts=tries, dead=True, handled_at=timezone.now(), outcome=outcome):
            return True
        raise_notice(
            f"dead-item-{item.pk}",
            "item_failed",
            Severity.WARNING,
            "A student's message could not be handled by the bot. It is kept and can be tried again.",
            item=item.pk,
        )
    _apologise(item)
    return True


def _apologise(item: InboxItem) -> None:
    """Tell the student that we have their message. What broke the item may break this too: then staff alone know."""
    try:
        with transaction.atomic():
            runner.apologise(get_channel().read(item.raw))
    except Exception as error:  # noqa: BLE001
        log.warning("Nobody could be told.", extra={"item_id": item.pk, "error": type(error).__name__})


def revive(item: InboxItem) -> None:
    """Try a dead item again (after a fix): it is handled as if it had just come in."""
    InboxItem.objects.filter(pk=item.pk, dead=True).update(
        dead=False, handled_at=None, attempts=0, due_at=Now(), outcome=""
    )
    wakeup.call(wakeup.INBOX)
