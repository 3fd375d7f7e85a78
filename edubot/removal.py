"""Taking invented people out again, with all that came of them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

_THREADS, _PEOPLE = "= ANY(%(threads)s)", "= ANY(%(people)s)"
_OF_TICKETS = f"ticket_id IN (SELECT id FROM support_tickets WHERE conversation_id {_THREADS})"  # noqa: S608
_OF_MESSAGES = f"message_id IN (SELECT id FROM conversations_message WHERE conversation_id {_THREADS})"  # noqa: S608

# Children first: PostgreSQL cascades nothing here, and Django would load every row to do it.
_STEPS = (
    ("support_messages", f"conversation_id {_THREADS}"),
    ("support_messages", _OF_TICKETS),
    ("support_ticketchange", _OF_TICKETS),
    ("support_tickets", f"conversation_id {_THREADS}"),
    ("conversations_attachment", _OF_MESSAGES),
    ("conversations_deliveryreport", _OF_MESSAGES),
    ("conversations_homework", f"contact_id {_PEOPLE}"),
    ("conversations_payment", f"contact_id {_PEOPLE}"),
    ("conversations_subscription", f"contact_id {_PEOPLE}"),
    ("conversations_message", f"conversation_id {_THREADS}"),
    ("conversations_conversation", f"id {_THREADS}"),
    ("conversations_contact", f"id {_PEOPLE}"),
)


def remove_people(people: Sequence[int], threads: Sequence[int]) -> None:
    """Delete these contacts and their conversations, given by their ids, with every row that hangs on them.

    For people who were invented: of a real one, what must stay stays (see `erase_person`). Call it in a transaction.
    """
    values = {"people": list(people), "threads": list(threads)}
    with connection.cursor() as cursor:
        for table, which in _STEPS:
            cursor.execute(f"DELETE FROM {table} WHERE {which}", values)  # noqa: S608  (our own words)
