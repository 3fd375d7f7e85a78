"""The questions of the proof, as a table: where a row answers, a promise was broken.

Parameters: `overdue` is the moment before which what still waits counts as forgotten (NULL: nothing does); the others
stand in `PARAMETERS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conversations.bot.rules import Rule
from conversations.delivery import COUNTED
from conversations.received import QUIET

CLOCKS = 5  # seconds by which Meta's clock, which counts whole seconds, and ours may differ

LOST, DOUBLE, UNANSWERED, DISORDER = "lost", "double effects", "unanswered", "out of order"
UNSAID, TWICE, BEHIND = "failed without a reason", "repeated blindly", "behind their reports"
KINDS = (LOST, DOUBLE, UNANSWERED, DISORDER, UNSAID, TWICE, BEHIND)  # what a breach may be, as `prove` counts them

# Rules by which a person's message may get no answer of its own.
SILENT = frozenset(
    {
        *(Rule.NEVER_ANSWERED, Rule.NOT_READABLE, Rule.TOO_FAST, Rule.NO_CHAT),
        *(Rule.CHAT_PASSED_ON, Rule.CHAT_FOREIGN_BUTTON),
    }
)

# Of whoever was erased nothing is left that says why (support.privacy.erase); real user ids begin with two capitals.
NOT_ERASED = """AND NOT EXISTS (
            SELECT FROM conversations_conversation c JOIN conversations_contact p ON p.id = c.contact_id
            WHERE c.id = m.conversation_id AND starts_with(p.user_id, 'erased.')
        )
"""

# What makes a second delivery, or a second click, meet a wall: table and columns of a unique index.
GUARDS = (
    ("conversations_inboxitem", "key"),
    ("conversations_message", "provider_id"),
    ("conversations_message", "client_ref"),
    ("conversations_message", "conversation_id,client_id"),
    ("conversations_message", "conversation_id"),  # one in flight
    ("conversations_deliveryreport", "provider_id,status,recipient"),
    ("conversations_homework", "reference"),
    ("conversations_payment", "reference"),
)


@dataclass(frozen=True, slots=True)
class Check:
    """One question: the promise of docs/quality.md it belongs to, what a row breaks, the sentence, and the SQL."""

    promise: int
    breaks: str
    sentence: str
    sql: str


CHECKS: tuple[Check, ...] = (
    Check(
        1,
        LOST,
        "a webhook item counts as handled, and its message is in no thread",
        """
        SELECT i.id FROM conversations_inboxitem i WHERE i.outcome = 'handled'
        AND NOT EXISTS (SELECT FROM conversations_message m WHERE m.provider_id = i.key)
        """,
    ),
    Check(
        2,
        DOUBLE,
        "one webhook item is stored twice",
        "SELECT max(id) AS id FROM conversations_inboxitem GROUP BY key HAVING count(*) > 1",
    ),
    Check(
        2,
        DOUBLE,
        "one message of WhatsApp's stands twice in the threads",
        """
        SELECT max(id) AS id FROM conversations_message WHERE provider_id IS NOT NULL
        GROUP BY provider_id HAVING count(*) > 1
        """,
    ),
    Check(
        2,
        DOUBLE,
        "a thread holds more or fewer messages than the turns that wrote it counted",
        """
        SELECT c.id FROM conversations_conversation c
        LEFT JOIN (SELECT conversation_id, count(*) AS held FROM conversations_message GROUP BY 1) m
        ON m.conversation_id = c.id WHERE c.message_count <> COALESCE(m.held, 0)
        """,
    ),
    Check(
        2,
        DOUBLE,
        "a unique index that keeps second deliveries out is missing or broken",
        """
        SELECT g.number AS id FROM unnest(%(tables)s::text[], %(columns)s::text[])
            WITH ORDINALITY AS g(held_by, held, number)
        WHERE NOT EXISTS (
            SELECT FROM pg_index x WHERE x.indrelid = to_regclass(g.held_by) AND x.indisunique AND x.indisvalid
            AND string_to_array(g.held, ',') = ARRAY(
                SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY AS k(attnum, place)
                JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum ORDER BY k.place
            )
        )
        """,
    ),
    Check(
        2,
        UNANSWERED,
        "a webhook item has waited for too long",
        """
        SELECT id FROM conversations_inboxitem WHERE handled_at IS NULL AND greatest(received_at, due_at) < %(overdue)s
        """,
    ),
    Check(
        4,
        UNANSWERED,
        "a student's message was handled, and no answer follows it",
        """
        SELECT id FROM (
            SELECT id, conversation_id, sender, kind, explanation,
                lead(sender) OVER (PARTITION BY conversation_id ORDER BY id) AS next
            FROM conversations_message
        ) m
        WHERE sender = 'user' AND next IS DISTINCT FROM 'bot' AND kind <> ALL(%(quiet)s)
        AND (explanation IS NULL OR explanation ->> 'rule' <> ALL(%(silent)s))
        """  # noqa: S608  (our own words)
        + NOT_ERASED,
    ),
    Check(
        4,
        UNANSWERED,
        "what a student wrote faster than we answer was kept, and not answered when they had paused",
        """
        SELECT m.id FROM conversations_message m
        WHERE m.sender = 'user' AND m.explanation ->> 'rule' = %(too_fast)s AND m.created_at < %(overdue)s
        AND NOT EXISTS (
            SELECT FROM conversations_message l WHERE l.conversation_id = m.conversation_id AND l.id > m.id
            AND (l.sender = 'bot' OR l.created_at >= %(overdue)s)
        )
        """,
    ),
    Check(
        4,
        UNANSWERED,
        "an answer has waited to be sent for too long, and nothing holds sending up",
        """
        SELECT m.id FROM conversations_message m WHERE NOT EXISTS (SELECT FROM conversations_gate) AND (
            (m.delivery_status = 'queued' AND m.due_at < %(overdue)s AND NOT EXISTS (
                SELECT FROM conversations_message e WHERE e.conversation_id = m.conversation_id AND e.id < m.id AND (
                    e.delivery_status IN ('queued', 'sending')
                    OR (e.delivery_status = 'unknown' AND e.hold_until IS NOT NULL))))
            OR (m.delivery_status = 'sending' AND COALESCE(m.lease_until, '-infinity') < %(overdue)s)
            OR (m.delivery_status = 'unknown' AND m.hold_until < %(overdue)s))
        """,
    ),
    Check(
        3,
        DISORDER,
        "a student's messages stand in the thread in another order than they came",
        """
        SELECT id FROM (
            SELECT m.id, i.id AS came,
                lag(i.id) OVER (PARTITION BY m.conversation_id, i.mailbox ORDER BY m.id) AS came_before
            FROM conversations_message m JOIN conversations_inboxitem i ON i.key = m.provider_id
            WHERE m.sender = 'user'
        ) m WHERE came < came_before
        """,
    ),
    Check(
        3,
        DISORDER,
        "an answer left before an earlier one of the same conversation",
        """
        SELECT id FROM (
            SELECT id, sent_at, max(sent_at) OVER (
                PARTITION BY conversation_id ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS sent_before
            FROM conversations_message WHERE sender <> 'user' AND sent_at IS NOT NULL AND forgiven = 0
            AND payload -> 'echo' IS NULL
        ) m WHERE sent_at < sent_before - make_interval(secs => %(clocks)s)
        """,
    ),
    Check(
        4,
        UNSAID,
        "a send failed, and staff are not told why",
        """
        SELECT m.id FROM conversations_message m
        WHERE m.delivery_status = 'failed' AND m.error = '' AND m.error_code IS NULL
        """  # noqa: S608  (our own words)
        + NOT_ERASED,
    ),
    Check(
        5,
        TWICE,
        "words of staff, a template or a promise about money went out twice, and nobody asked for it",
        """
        SELECT m.id FROM conversations_message m JOIN conversations_deliveryreport r ON r.client_ref = m.client_ref
        WHERE m.policy = 'park' AND m.forgiven = 0 GROUP BY m.id HAVING count(DISTINCT r.provider_id) > 1
        """,
    ),
    Check(
        6,
        BEHIND,
        "a message stands behind what its delivery reports say",
        f"""
        SELECT m.id FROM conversations_message m JOIN (
            SELECT r.message_id, bool_or(r.status = 'failed') AS failed,
                COALESCE(max(array_position(%(ladder)s::text[], r.status::text)), 0) AS best
            FROM conversations_deliveryreport r WHERE r.message_id IS NOT NULL AND {COUNTED} GROUP BY r.message_id
        ) r ON r.message_id = m.id
        CROSS JOIN LATERAL (
            SELECT COALESCE(array_position(%(ladder)s::text[], m.delivery_status::text), 0) AS now
        ) s
        WHERE CASE
            WHEN r.best >= 2 THEN s.now < r.best
            WHEN m.delivery_status = 'failed' THEN false  -- which a late `sent` does not undo
            WHEN r.failed THEN s.now < 2
            ELSE s.now < r.best
        END
        """,  # noqa: S608  (our own words)
    ),
    Check(
        6,
        BEHIND,
        "a delivery report of one of our messages was left lying",
        """
        SELECT r.id FROM conversations_deliveryreport r WHERE r.message_id IS NULL AND r.received_at < %(overdue)s
        AND (EXISTS (SELECT FROM conversations_message m WHERE m.client_ref = r.client_ref)
             OR EXISTS (SELECT FROM conversations_message m WHERE m.provider_id = r.provider_id))
        """,
    ),
)

PARAMETERS: Mapping[str, object] = {
    "quiet": sorted(QUIET),
    "silent": sorted(rule.value for rule in SILENT),
    "too_fast": Rule.TOO_FAST.value,
    "tables": [table for table, _ in GUARDS],
    "columns": [columns for _, columns in GUARDS],
    "ladder": ["sent", "delivered", "read", "played"],
    "clocks": CLOCKS,
}
