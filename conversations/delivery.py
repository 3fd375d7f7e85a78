"""What a message's delivery status becomes when reports come in, in whatever order they do.

Meta reports out of order, twice, late, or never `delivered` before `read`; a report may be here before our own record
that the message was sent. So reports are facts that are only ever added, and the status is computed from all of them:
it moves up the ladder sent < delivered < read < played. `failed` counts only while nothing better is known, and a late
`sent` does not undo it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

from django.db import connection, transaction

from conversations import failpoints, prepared
from conversations.channel import Verdict, get_channel
from conversations.models import DeliveryReport, DeliveryStatus, Message
from conversations.notices import raise_notice
from conversations.received import Delivery, Severity

LADDER = (
    DeliveryStatus.SENT,
    DeliveryStatus.DELIVERED,
    DeliveryStatus.READ,
    DeliveryStatus.PLAYED,
)
_RUNG = {status.value: rung for rung, status in enumerate(LADDER, start=1)}
_DELIVERED = _RUNG["delivered"]
BATCH = 500
RECENT = timedelta(days=1)
UNTOLD = "WhatsApp could not deliver it and did not say why."

# Of a message's reports `r` these count: all but what was said of an earlier try that a person has sent again, unless
# that one arrived after all.
COUNTED = """(
    r.status IN ('delivered', 'read', 'played') OR NOT EXISTS (
        SELECT 1 FROM conversations_deliveryreport s
        WHERE s.message_id = r.message_id AND s.provider_id = r.provider_id AND s.superseded
    )
)"""


def settle(current: str, reported: Iterable[str]) -> str:
    """The status that follows from the current one and every status reported so far. Unknown words change nothing."""
    reports = set(reported)
    best = max([_RUNG.get(current, 0), *(_RUNG.get(status, 0) for status in reports)])
    failed = Delivery.FAILED in reports or current == DeliveryStatus.FAILED
    if best >= _DELIVERED or (best and not failed):
        return LADDER[best - 1].value
    return DeliveryStatus.FAILED.value if failed else current


def match_reports(limit: int = BATCH, *, oldest: timedelta | None = RECENT) -> int:
    """Find the messages of reports that have none yet and move those messages forward; returns how many were matched.

    A report whose message is not recorded yet stays and is looked at again, here and when the send is recorded. One
    that nobody claims in a day speaks of no message of ours, unless no worker was there to ask: `oldest` None asks
    about all.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MATCH, {"limit": limit, "oldest": oldest.total_seconds() if oldest else None})
        matched = [message_id for (message_id,) in cursor.fetchall()]
        apply_reports(matched)
        if matched:
            failpoints.hit("reports.before_commit")
    return len(matched)


# Two joins rather than an OR, so that each is answered by its own index; the provider's id is the better witness, but
# for a message that has none: should another one have been given the same id, its reference alone tells them apart.
# SKIP LOCKED: several workers share the queue.
_MATCH = """
WITH found AS MATERIALIZED (
    SELECT r.id, COALESCE(CASE WHEN b.provider_id IS NULL THEN b.id END, a.id, b.id) AS message_id
    FROM conversations_deliveryreport r
    LEFT JOIN conversations_message a ON a.provider_id = r.provider_id
    LEFT JOIN conversations_message b ON b.client_ref = r.client_ref
    WHERE r.message_id IS NULL AND COALESCE(a.id, b.id) IS NOT NULL
    AND (r.received_at < statement_timestamp() - make_interval(secs => %(oldest)s)) IS NOT TRUE
    ORDER BY r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED
)
UPDATE conversations_deliveryreport r SET message_id = f.message_id FROM found f WHERE r.id = f.id
RETURNING r.message_id
"""


def apply_reports(message_ids: Iterable[int]) -> None:
    """Bring these messages to where all their reports say they are. Runs inside a transaction.

    Messages are locked in the order of their ids, so that two workers with overlapping batches never deadlock.
    """
    wanted = sorted(set(message_ids))
    messages = list(Message.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
    reports = defaultdict(list)
    for row in prepared.rows(_reports(), [wanted]):
        report = prepared.made(DeliveryReport, row)
        reports[report.message_id].append(report)
    told = [(message, counted) for message in messages if (counted := reports[message.pk])]
    for message, counted in told:
        _settle_message(message, counted)
    _learn_ids((message, counted[0].provider_id) for message, counted in told if not message.provider_id)
    Message.objects.bulk_update(messages, _WRITTEN, batch_size=BATCH)


@cache
def _reports() -> str:
    return f"""
        SELECT {prepared.columns(DeliveryReport, "r")} FROM conversations_deliveryreport r
        WHERE r.message_id = ANY(%s::bigint[]) AND {COUNTED} ORDER BY r.id
    """  # noqa: S608  (our own words)


_WRITTEN = [
    "delivery_status",
    "provider_id",
    "lease_until",
    "hold_until",
    "sent_at",
    "delivered_at",
    "read_at",
    "failed_at",
    "error",
    "error_code",
]


def _learn_ids(told: Iterable[tuple[Message, str]]) -> None:
    """Note the provider's id of messages that were accepted without our hearing of it.

    Should two sends have been answered with one and the same id, it is the first message's; the other does without.
    """
    nameless = {provider_id: message for message, provider_id in reversed(list(told))}
    taken = set(Message.objects.filter(provider_id__in=nameless).values_list("provider_id", flat=True))
    for provider_id in nameless.keys() - taken:
        nameless[provider_id].provider_id = provider_id


def _settle_message(message: Message, reports: list[DeliveryReport]) -> None:
    message.delivery_status = settle(message.delivery_status or "", (report.status for report in reports))
    if message.delivery_status in _RUNG or message.delivery_status == DeliveryStatus.FAILED:
        message.lease_until = message.hold_until = None
    times = _first_times(reports)
    message.sent_at = message.sent_at or times.get("sent")
    message.delivered_at = message.delivered_at or times.get("delivered")
    message.read_at = message.read_at or times.get("read")
    message.failed_at = message.failed_at or times.get("failed")
    if message.delivery_status in _RUNG:  # what we thought of the send is disproved; what was reported stays below
        message.error, message.error_code = "", None
    for report in reports:
        if report.status == Delivery.FAILED:
            error = report.error or {}
            message.error_code = code = error.get("code")
            said = get_channel().sentence(code) or error.get("details") or error.get("title") or UNTOLD
            message.error = str(said)[:500]
            _alert_if_all_are_refused(message.error_code, message.error)


def _alert_if_all_are_refused(code: int | None, reason: str) -> None:
    """A failure of our account's concerns every message, also when the provider accepts them first."""
    channel = get_channel()
    if channel.verdict(code) in {Verdict.AUTH, Verdict.ACCOUNT}:
        raise_notice(
            f"messages-refused-{code}",
            "messages_refused",
            Severity.CRITICAL,
            f"WhatsApp takes our messages and then refuses them: {reason} {channel.hint(code)}".strip(),
            code=code,
        )


def _first_times(reports: list[DeliveryReport]) -> dict[str, datetime]:
    times: dict[str, datetime] = {}
    for report in reports:
        at = report.at or report.received_at
        times[report.status] = min(at, times.get(report.status, at))
    return times
