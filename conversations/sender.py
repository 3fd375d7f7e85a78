"""A message goes out: claim, send, record. The one part that must cope with not knowing.

The provider has no idempotency key, so a message that is sent twice arrives twice. Therefore:

1. `sending` is committed before the first byte goes out; a sender that dies leaves a lease behind, and when that runs
   out the outcome is *unknown*, never "not sent".
2. Nothing of a conversation leaves while an earlier message of it is queued, sending or unknown (and held).
3. An unknown outcome waits for evidence: a delivery report that carries our reference. Only when the hold is over and
   the same statement finds no report is a bot message queued again; what a person is behind is shown to a person.
4. Workers share one queue with SKIP LOCKED; times are the database's, so a worker's wrong clock harms nobody.
5. A result that comes late (a worker frozen past its lease) may confirm a message but never queue it again.
6. A file is read after the claim, beside the loop: where it is kept may be far away. A message whose file does not come
   in time is queued again well within its lease, for no byte of it went out.

queued -> sending -> sent -> delivered -> read -> played
   ^         |-> queued (surely not accepted: back-off)      |-> failed
   |         '-> unknown -> sent (evidence) | queued (hold over, resend) | unknown without hold (a person decides)
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from uuid import UUID

from django.conf import settings
from django.db import DataError, Error, IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from conversations import delivery, failpoints, gates, people, prepared, wakeup
from conversations.channel import Accepted, Channel, Outgoing, SendError, Verdict, get_channel
from conversations.models import Contact, DeliveryStatus, Message
from conversations.outbox import WORDS, file_of, outgoing, when_given_up
from conversations.received import Person
from conversations.storage import StoreError

log = logging.getLogger(__name__)

NOTHING = Outgoing(ref=UUID(int=0), to=Person())
MAX_ATTEMPTS = 10
MAX_UNKNOWN = 4  # sends whose outcome nobody knows, before a person is asked even about a bot message
LONGEST_PAUSE = 120.0  # seconds between two tries of one message


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker alone may send now; `attempt` tells its tries apart.

    `outgoing` is without its file, which is still to be read (`whole`).
    """

    id: int
    conversation_id: int
    attempt: int
    tries: int  # of these, since somebody last asked for it
    claimed_at: datetime
    outgoing: Outgoing
    has_file: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """How a send ended: accepted, or the error that says what follows."""

    claimed: Claimed
    accepted: Accepted | None = None
    error: SendError | None = None


def claim(limit: int, resting: Collection[int] = (), *, files: bool = True) -> list[Claimed]:
    """Take up to `limit` messages that may leave now, at most one per conversation; they are `sending` from here on.

    Conversations that are `resting` get none. `files`: also messages that have one.
    """
    if limit <= 0:
        return []
    until = time.monotonic() + settings.OUTBOX_LEASE  # a little sooner than the database says
    try:
        with transaction.atomic():
            values = {"limit": limit, "lease": settings.OUTBOX_LEASE, "resting": list(resting), "files": files}
            found = prepared.rows(_claim(), values)
    except IntegrityError:
        return []  # another worker took a message of the same conversation at this very moment; it is theirs
    width = len(Message._meta.concrete_fields)  # noqa: SLF001  (public in spite of its name)
    taken = [(now, quotes, prepared.made(Message, row[:width]), row[width:]) for now, quotes, *row in found]
    tried = [
        _prepare(message, prepared.made(Contact, contact), quotes, now, until)
        for now, quotes, message, contact in sorted(taken, key=lambda one: one[2].pk)
    ]
    ready = [claimed for claimed in tried if claimed]
    return claim(limit, resting, files=files) if tried and not ready else ready


def _prepare(message: Message, contact: Contact, quotes: str | None, now: datetime, until: float) -> Claimed | None:
    """Make a claimed message ready, but for its file. One that cannot be put together fails alone."""
    tries = message.attempts - message.forgiven
    empty = Claimed(message.pk, message.conversation_id, message.attempts, tries, now, NOTHING)
    try:
        ready = replace(outgoing(message, contact, quotes), until=until)
        return replace(empty, outgoing=ready, has_file=message.kind not in WORDS)
    except Error:
        raise
    except Exception as error:  # noqa: BLE001  (logged)
        _fail(empty, _unusable(message.pk, error), now)
        return None


def _unusable(message_id: int, error: Exception) -> SendError:
    log.error("A message could not be put together.", extra={"message_id": message_id}, exc_info=error)
    return SendError(Verdict.PERMANENT, "This message could not be put together.", hint="Tell the developers.")


# The head of each conversation: queued, due, and with nothing before it that is still on its way. What was tried before
# waits until a report about it has been looked at, should one have come since it was queued again (rule 3).
@cache
def _claim() -> str:
    return f"""
        WITH head AS MATERIALIZED (
            SELECT m.id, m.conversation_id, m.reply_to_id FROM conversations_message m
            WHERE m.delivery_status = 'queued' AND m.due_at <= statement_timestamp()
            AND (%(files)s OR m.kind IN {WORDS})
            AND m.conversation_id <> ALL(%(resting)s::bigint[]) AND NOT EXISTS (
                SELECT 1 FROM conversations_message e
                WHERE e.conversation_id = m.conversation_id AND e.id <> m.id
                AND (
                    e.delivery_status IN ('queued', 'sending')
                    OR (e.delivery_status = 'unknown' AND e.hold_until IS NOT NULL)
                )
                AND (e.id < m.id OR e.delivery_status = 'sending')
            ) AND (m.attempts = 0 OR NOT EXISTS (
                SELECT 1 FROM conversations_deliveryreport r
                WHERE r.client_ref = m.client_ref AND r.message_id IS NULL
            ))
            ORDER BY m.due_at, m.id LIMIT %(limit)s FOR UPDATE OF m SKIP LOCKED
        )
        UPDATE conversations_message m SET
            delivery_status = 'sending', attempts = m.attempts + 1,
            lease_until = statement_timestamp() + make_interval(secs => %(lease)s)
        FROM head
        JOIN conversations_conversation conversation ON conversation.id = head.conversation_id
        JOIN conversations_contact contact ON contact.id = conversation.contact_id
        LEFT JOIN conversations_message quoted ON quoted.id = head.reply_to_id
        WHERE m.id = head.id
        RETURNING
            statement_timestamp(), quoted.provider_id,
            {prepared.columns(Message, "m")}, {prepared.columns(Contact, "contact")}
    """  # noqa: S608  (names of columns)


def whole(claimed: Claimed) -> Outgoing:
    """The message with its file, which may take long to read. Raises StoreError when it cannot be had now."""
    if not claimed.has_file:
        return claimed.outgoing
    try:
        return replace(claimed.outgoing, file=file_of(claimed.id))
    except Error as error:
        raise StoreError("The file cannot be read now; the message follows.") from error


def transmit(channel: Channel, claimed: Claimed, read: Callable[[Claimed], Outgoing] = whole) -> Result:
    """Hand one claimed message to the provider, once it is `read`. This is what takes long; nothing is written here.

    The one catcher of whatever a channel or a store should not have raised: a bug there must leave no message without
    an outcome.
    """
    failpoints.hit("send.after_claim")
    try:
        outgoing = read(claimed)
    except StoreError as error:
        return Result(claimed, error=SendError(Verdict.RETRY, str(error)))
    except Exception as error:  # noqa: BLE001  (logged)
        return Result(claimed, error=_unusable(claimed.id, error))
    if time.monotonic() > outgoing.until:  # we were frozen, and another worker may have it by now
        return Result(claimed, error=SendError(Verdict.RETRY, "The sender stood still; the message follows."))
    try:
        accepted = channel.send(outgoing)
    except SendError as error:
        return Result(claimed, error=error)
    except Exception as error:
        log.exception("Sending went wrong in an unforeseen way.", extra={"message_id": claimed.id})
        return Result(claimed, error=SendError(Verdict.UNKNOWN, f"Unforeseen: {type(error).__name__}."))
    failpoints.hit("send.after_response")
    return Result(claimed, accepted=accepted)


def record(results: list[Result], now: datetime) -> None:
    """Write down how sends ended, all in one transaction, messages in the order of their ids.

    An answer that PostgreSQL does not take (whatever it holds) must not keep the others from being recorded: then each
    is recorded alone, and the culprit's outcome is unknown. Raises django.db.Error when the database is away.
    """
    in_order = sorted(results, key=lambda one: one.claimed.id)
    try:
        _record(in_order, now)
    except (DataError, IntegrityError) as error:
        if len(in_order) > 1:
            for result in in_order:
                record([result], now)
            return
        log.warning("An answer could not be recorded.", extra={"message_id": in_order[0].claimed.id})
        unusable = SendError(Verdict.UNKNOWN, f"The answer could not be recorded ({type(error).__name__}).")
        _record([Result(in_order[0].claimed, error=unusable)], now)


def _record(results: list[Result], now: datetime) -> None:
    if not results:
        return
    failpoints.hit("send.before_record")
    with transaction.atomic():
        for result in results:
            if result.accepted:
                _confirm(result.claimed, result.accepted)
                if recipient := result.accepted.recipient:
                    # After the commit: it takes a lock, and messages are in hand here.
                    transaction.on_commit(partial(people.learn_recipient, result.claimed.outgoing.to, recipient))
            elif result.error:
                _RULES[result.error.verdict](result.claimed, result.error, now)
        accepted = [result.claimed.claimed_at for result in results if result.accepted]
        if accepted:
            gates.passed(max(accepted))
            transaction.on_commit(partial(_see_who_was_faster, results))


def _see_who_was_faster(results: list[Result]) -> None:
    """Reports may have come before we wrote down that their message was accepted. Those to come ring by themselves."""
    ids = [result.accepted.provider_id for result in results if result.accepted]
    if prepared.row(_WAITING_REPORT, [ids]):
        wakeup.call(wakeup.REPORTS)


_WAITING_REPORT = """
SELECT 1 FROM conversations_deliveryreport WHERE provider_id = ANY(%s) AND message_id IS NULL LIMIT 1
"""


def _confirm(claimed: Claimed, accepted: Accepted) -> None:
    """Accepted. Reports that came before are left to `delivery`: it locks reports first, so we must not."""
    prepared.run(_CONFIRM, [accepted.provider_id, claimed.id, claimed.attempt])


_CONFIRM = """
UPDATE conversations_message SET
    delivery_status = 'sent', provider_id = %s, sent_at = statement_timestamp(),
    lease_until = NULL, hold_until = NULL, error = '', error_code = NULL
WHERE id = %s AND attempts = %s AND delivery_status IN ('sending', 'unknown', 'queued')
"""


def _mine(claimed: Claimed) -> Q:
    """Only while the try is still ours: a late result may confirm, it may not requeue (rule 5)."""
    return Q(pk=claimed.id, attempts=claimed.attempt, delivery_status=DeliveryStatus.SENDING)


def _again(claimed: Claimed, error: SendError, seconds: float) -> None:
    Message.objects.filter(_mine(claimed)).update(
        delivery_status=DeliveryStatus.QUEUED,
        lease_until=None,
        due_at=Now() + timedelta(seconds=seconds),
        error=error.message[:500],
        error_code=error.code,
    )


def _retry(claimed: Claimed, error: SendError, now: datetime) -> None:
    if claimed.tries >= min(error.tries or MAX_ATTEMPTS, MAX_ATTEMPTS):
        _fail(claimed, error, now)
    else:
        _again(claimed, error, min(2.0 ** (claimed.tries - 1), LONGEST_PAUSE) * random.uniform(0.8, 1.2))  # noqa: S311


def _rate_recipient(claimed: Claimed, error: SendError, now: datetime) -> None:
    """Meta on 131056: wait 4^n seconds, n = 0, 1, 2, …; only this person waits."""
    if claimed.tries >= MAX_ATTEMPTS:
        _fail(claimed, error, now)
    else:
        _again(claimed, error, min(4.0 ** (claimed.tries - 1), LONGEST_PAUSE))


def _unreachable(claimed: Claimed, error: SendError, now: datetime) -> None:
    gates.slow_down(gates.NETWORK, error, claimed.claimed_at)
    _uncounted(claimed, error)


def _rate_number(claimed: Claimed, error: SendError, now: datetime) -> None:
    gates.slow_down(gates.NUMBER, error, claimed.claimed_at)
    _uncounted(claimed, error)


def _rate_app(claimed: Claimed, error: SendError, now: datetime) -> None:
    gates.slow_down(gates.APP, error, claimed.claimed_at)
    _uncounted(claimed, error)


def _stop(claimed: Claimed, error: SendError, now: datetime) -> None:
    gates.stop(error)
    _uncounted(claimed, error)


def _uncounted(claimed: Claimed, error: SendError) -> None:
    """Back into the queue for a reason that is not the message's: such tries do not wear it out."""
    Message.objects.filter(_mine(claimed)).update(
        delivery_status=DeliveryStatus.QUEUED,
        lease_until=None,
        due_at=Now(),
        attempts=F("attempts") - 1,
        error=error.message[:500],
        error_code=error.code,
    )


def _fail(claimed: Claimed, error: SendError, now: datetime) -> None:
    Message.objects.filter(_mine(claimed)).update(
        delivery_status=DeliveryStatus.FAILED,
        lease_until=None,
        failed_at=now,
        error=_with_advice(error)[:500],
        error_code=error.code,
    )
    log.warning("A message could not be sent.", extra={"message_id": claimed.id, "code": error.code})


def _with_advice(error: SendError) -> str:
    """What staff are told of an error, with what to do where its code does not say so (`outbox.hint`)."""
    if get_channel().verdict(error.code):
        return error.message
    return f"{error.message} {when_given_up(error.hint, error.verdict)}".strip()


def _unknown(claimed: Claimed, error: SendError, now: datetime) -> None:
    Message.objects.filter(_mine(claimed)).update(
        delivery_status=DeliveryStatus.UNKNOWN,
        lease_until=None,
        hold_until=Now() + timedelta(seconds=settings.OUTBOX_HOLD),
        error=error.message[:500],
        error_code=error.code,
    )
    log.warning("The outcome of a send is unknown.", extra={"message_id": claimed.id, "code": error.code})


_RULES: dict[Verdict, Callable[[Claimed, SendError, datetime], None]] = {
    Verdict.RETRY: _retry,
    Verdict.UNREACHABLE: _unreachable,
    Verdict.RATE_RECIPIENT: _rate_recipient,
    Verdict.RATE_NUMBER: _rate_number,
    Verdict.RATE_APP: _rate_app,
    Verdict.AUTH: _stop,
    Verdict.ACCOUNT: _stop,
    Verdict.WINDOW_CLOSED: _fail,
    Verdict.RECIPIENT: _fail,
    Verdict.PERMANENT: _fail,
    Verdict.UNKNOWN: _unknown,
}


def sweep(*, oldest: timedelta | None = delivery.RECENT) -> int:
    """Look after leases and holds that ran out and reports not yet matched; returns how many rows moved.

    `oldest`: of the reports (see `delivery.match_reports`).
    """
    moved = delivery.match_reports(oldest=oldest)
    for statement in (_LEASE_OVER, _HOLD_OVER):
        moved += prepared.run(statement, {"hold": settings.OUTBOX_HOLD, "most": MAX_UNKNOWN})
    return moved


_LEASE_OVER = """
WITH over AS MATERIALIZED (
    SELECT id FROM conversations_message
    WHERE delivery_status = 'sending' AND lease_until < statement_timestamp() LIMIT 200 FOR UPDATE SKIP LOCKED
)
UPDATE conversations_message m SET
    delivery_status = 'unknown', lease_until = NULL,
    hold_until = statement_timestamp() + make_interval(secs => %(hold)s),
    error = 'The sender stopped before it could note the outcome.'
FROM over WHERE m.id = over.id
"""

# Rule 3: the test for evidence is part of the statement that queues again; between two a report could slip in.
_HOLD_OVER = f"""
WITH over AS MATERIALIZED (
    SELECT id FROM conversations_message
    WHERE delivery_status = 'unknown' AND hold_until < statement_timestamp() LIMIT 200 FOR UPDATE SKIP LOCKED
)
UPDATE conversations_message m SET
    hold_until = NULL,
    delivery_status = CASE
        WHEN m.policy = 'resend' AND m.attempts - m.forgiven < %(most)s THEN 'queued' ELSE 'unknown'
    END,
    due_at = statement_timestamp()
FROM over
WHERE m.id = over.id AND NOT EXISTS (
    SELECT 1 FROM conversations_deliveryreport r
    WHERE r.client_ref = m.client_ref AND r.status IN ('sent', 'delivered', 'read', 'played', 'failed')
    AND {delivery.COUNTED}
)
"""  # noqa: S608  (our own words)


def deliver_all() -> int:
    """Send everything that may leave now, in this process and one at a time; returns how many were tried."""
    tried = 0
    while claimed := claim(1):
        record([transmit(get_channel(), one) for one in claimed], timezone.now())
        tried += len(claimed)
    return tried
