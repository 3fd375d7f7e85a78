"""Each list is read from an index in its order, so that a page costs the same however long the list is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import Contact, Conversation
from support.models import Category, SupportTicket
from tests.support.api.conftest import Api, ClientFor
from tests.support.api.test_costs import person

# Where rows are read one by one and nothing may be sorted, PostgreSQL takes the index that has them in order.
ONE_BY_ONE = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
INDEXES = {
    "admin/conversations": "conversation_newest_first",
    "admin/conversations?unread=true": "conversation_unread",
    "admin/conversations?chat_support=true": "conversation_by_state",
    "admin/conversations?failed=true": "message_troubles",
    "support/tickets?status=CLOSED": "ticket_by_status",
    "support/tickets?priority=HIGH": "ticket_by_priority",
    "support/tickets?category=Other": "ticket_by_category",
    "support/tickets?assigned=me": "ticket_by_holder",
    "support/tickets?waiting=true": "ticket_waiting",
    "admin/homework": "homework_newest_first",
    "admin/conversations/2348012340000/messages": "message_thread",
}


@pytest.fixture
def desk(supervisor: User, client_for: ClientFor) -> Api:
    """A supervisor's program, at a desk with a few rows of everything."""
    Category.objects.get_or_create(name="Other")
    for number in range(3):
        person(number, supervisor)
    archive(User.objects.get(username="colleague0"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return client_for(supervisor)


def archive(colleague: User) -> None:
    """Many more rows that none of the filters wants: whoever reads them all has read too much."""
    people = Contact.objects.bulk_create(Contact(phone=f"+23470{number:08}") for number in range(300))
    spoken = timezone.now() - timedelta(days=100)
    chats = Conversation.objects.bulk_create(
        Conversation(contact=contact, state="idle", last_message_at=spoken) for contact in people
    )
    facts = {"assigned_admin": colleague, "status": "RESOLVED", "priority": "LOW", "created_at": spoken}
    SupportTicket.objects.bulk_create(SupportTicket(conversation=chat, **facts) for chat in chats)


@pytest.mark.parametrize("path", INDEXES)
def test_a_page_of_a_list_is_read_from_its_index(desk: Api, path: str) -> None:
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as statements:
        cursor.execute(ONE_BY_ONE)
        assert desk.get(f"/api/{path}").status_code == 200
        page = next(one["sql"] for one in statements if one["sql"].endswith((" LIMIT 21", " LIMIT 50")))
        cursor.execute(f"EXPLAIN {page}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"using {INDEXES[path]} " in plan
    assert "Seq Scan on conversations_message" not in plan


def test_a_conversation_of_an_agent_is_found_from_the_tickets(desk: Api) -> None:
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as statements:
        desk.get("/api/admin/conversations?assigned=me")
        page = next(one["sql"] for one in statements if "ANY(ARRAY" in one["sql"])
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {page}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond: (id = ANY (" in plan
