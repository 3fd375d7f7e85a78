"""What must be true of every conversation, whoever wrote it: each promise is a query that finds who breaks it."""

from __future__ import annotations

from django.db import connection

PROMISES = {
    "the counters repeat what the messages say": """
        SELECT c.id FROM conversations_conversation c
        LEFT JOIN conversations_message m ON m.conversation_id = c.id
        GROUP BY c.id HAVING c.message_count <> count(m.id)
            OR c.unread_count <> count(m.id) FILTER (WHERE m.sender = 'user' AND m.id > c.read_up_to)
            OR c.last_message_id IS DISTINCT FROM max(m.id)
            OR c.last_message_at IS DISTINCT FROM max(m.created_at)
            OR c.last_inbound_at IS DISTINCT FROM max(m.created_at) FILTER (WHERE m.sender = 'user')""",
    "a thread's ids follow its time": """
        SELECT id FROM (SELECT id, created_at, lag(created_at) OVER (PARTITION BY conversation_id ORDER BY id) AS before
            FROM conversations_message) t WHERE created_at < before""",
    "nothing happens in the future": """
        SELECT id FROM conversations_message WHERE greatest(created_at, sent_at, delivered_at, read_at, failed_at)
            > clock_timestamp()""",
    "nothing of the demo is on its way": """
        SELECT m.id FROM conversations_message m JOIN conversations_conversation c ON c.id = m.conversation_id
        JOIN conversations_contact p ON p.id = c.contact_id
        WHERE p.user_id LIKE 'DEMO.%' AND (m.delivery_status IN ('queued', 'sending') OR m.hold_until IS NOT NULL)""",
    "only our own messages have a delivery status": """
        SELECT id FROM conversations_message WHERE (sender = 'user') <> (delivery_status IS NULL)""",
    "delivery times fit the status": """
        SELECT id FROM conversations_message WHERE delivery_status = 'read' AND (read_at IS NULL OR sent_at IS NULL)
            OR delivery_status IN ('sent', 'delivered') AND read_at IS NOT NULL
            OR (delivery_status = 'failed') <> (failed_at IS NOT NULL)
            OR (delivery_status = 'failed' AND error = '')""",
    "an answer quotes its own conversation, and the past": """
        SELECT m.id FROM conversations_message m JOIN conversations_message q ON q.id = m.reply_to_id
        WHERE q.conversation_id <> m.conversation_id OR q.id >= m.id""",
    "a live chat has its moment and its ticket": """
        SELECT c.id FROM conversations_conversation c
        LEFT JOIN support_tickets t ON t.conversation_id = c.id AND t.chat_started_at IS NOT NULL
            AND t.chat_ended_at IS NULL
        WHERE (c.state = 'chat_support_active') <> (c.chat_started_at IS NOT NULL)
            OR (c.state = 'chat_support_active') <> (t.id IS NOT NULL)
            OR c.chat_started_at <> t.chat_started_at""",
    "a conversation has one ticket in which something goes on": """
        SELECT conversation_id FROM support_tickets
        WHERE status IN ('OPEN', 'IN_PROGRESS') OR (chat_started_at IS NOT NULL AND chat_ended_at IS NULL)
        GROUP BY conversation_id HAVING count(*) > 1""",
    "a ticket's times fit its status": """
        SELECT id FROM support_tickets WHERE (status = 'CLOSED') <> (closed_at IS NOT NULL)
            OR (status = 'CLOSED') <> (ended_by <> '')
            OR (status IN ('RESOLVED', 'CLOSED')) <> (resolved_at IS NOT NULL)
            OR (resolved_at IS NULL) <> (resolution_seconds IS NULL)
            OR (first_response_at IS NULL) <> (first_response_seconds IS NULL)
            OR (status IN ('RESOLVED', 'CLOSED') AND waiting_since IS NOT NULL)
            OR (status = 'OPEN' AND first_response_at IS NOT NULL)
            OR (status = 'IN_PROGRESS' AND assigned_admin_id IS NULL)
            OR (rating IS NULL) <> (rated_at IS NULL) OR rated_at < rating_asked_at
            OR least(first_response_at, resolved_at, closed_at) < created_at""",
    "nobody waits who was answered": """
        SELECT t.id FROM support_tickets t LEFT JOIN support_messages e
            ON e.ticket_id = t.id AND e.kind = 'message' AND e.sender_type = 'admin' AND e.created_at >= t.waiting_since
        WHERE e.id IS NOT NULL OR t.waiting_since < t.created_at""",
    "the first response is the first answer in the thread": """
        SELECT t.id FROM support_tickets t
        LEFT JOIN support_messages e ON e.ticket_id = t.id AND e.kind = 'message' AND e.sender_type = 'admin'
        GROUP BY t.id HAVING t.first_response_at IS DISTINCT FROM min(e.created_at)""",
    "a ticket's history ends where the ticket stands": """
        SELECT t.id FROM support_tickets t CROSS JOIN LATERAL (SELECT after FROM support_ticketchange
            WHERE ticket_id = t.id AND field = 'status' ORDER BY id DESC LIMIT 1) h WHERE h.after <> t.status""",
    "an entry's message is of the ticket's conversation": """
        SELECT e.id FROM support_messages e JOIN support_tickets t ON t.id = e.ticket_id
        JOIN conversations_message m ON m.id = e.message_id WHERE m.conversation_id <> t.conversation_id""",
    "solved homework has its answer": """
        SELECT id FROM conversations_homework WHERE (status = 'SOLVED') <> (solved_at IS NOT NULL)
            OR (status = 'SOLVED' AND (solution_message_id IS NULL OR assigned_admin_id IS NULL))""",
    "homework in images has files": """
        SELECT h.id FROM conversations_homework h LEFT JOIN conversations_attachment a ON a.homework_id = h.id
        GROUP BY h.id HAVING (h.submission_type = 'IMAGE') <> (count(a.id) > 0)""",
    "a stored file is there": """
        SELECT a.id FROM conversations_attachment a LEFT JOIN conversations_mediafile f ON f.name = a.file
        WHERE a.status = 'stored' AND (f.id IS NULL OR f.size <> a.size)""",
    "a payment is decided once it is not pending": """
        SELECT id FROM conversations_payment WHERE (status = 'PENDING') <> (decided_at IS NULL)""",
    "only students hand in and pay": """
        SELECT p.id FROM conversations_contact p WHERE p.registered_at IS NULL AND (
            EXISTS (SELECT FROM conversations_homework h WHERE h.contact_id = p.id)
            OR EXISTS (SELECT FROM conversations_payment y WHERE y.contact_id = p.id))""",
}


def broken() -> dict[str, list[int]]:
    """The promises that do not hold, each with ids of at most ten rows that break it."""
    found: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        for promise, query in PROMISES.items():
            cursor.execute(f"SELECT * FROM ({query}) broken LIMIT 10")  # noqa: S608  (our own words)
            if rows := [row[0] for row in cursor.fetchall()]:
                found[promise] = rows
    return found
