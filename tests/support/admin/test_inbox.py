"""The inbox of Django admin: folders, search, one action on many tickets, and what a page costs."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import Contact
from support import searching, services
from support.admin.tickets import CUT
from support.audit import AuditEntry
from support.models import SupportTicket
from tests.conversations.admin.conftest import Desk, page, person
from tests.support.admin.test_shift import me

pytestmark = pytest.mark.usefixtures("channel")


def opened(number: int, minutes: int = 0, **fields: object) -> SupportTicket:
    """A ticket whose student has waited for so many minutes."""
    since = timezone.now() - timedelta(minutes=minutes)
    row = {"conversation": person(number), "waiting_since": since} | fields
    return SupportTicket.objects.create(**row)


def listed(desk: Desk, *tickets: SupportTicket, **parameters: str | int) -> list[bool]:
    """Which of these tickets the inbox shows."""
    html = desk.reads(SupportTicket, **parameters)
    return [page(ticket) in html for ticket in tickets]


def test_the_inbox_holds_who_waits_the_longest_first(agent: Desk) -> None:
    short, long = opened(1, 5), opened(2, 90)
    answered = opened(3, waiting_since=None)
    html = agent.reads(SupportTicket)
    assert html.index(page(long)) < html.index(page(short))
    assert "1 h 30 min" in html
    assert page(answered) not in html
    assert "Waiting (2)" in html


def test_every_filter_leaves_what_it_names(agent: Desk) -> None:
    mine = opened(1, 70, assigned_admin=me(agent), priority="URGENT")
    free = opened(2, 2, chat_started_at=timezone.now())
    closed = opened(3, waiting_since=None, status="CLOSED")
    all_of_them = (mine, free, closed)
    assert listed(agent, *all_of_them, show="mine") == [True, False, False]
    assert listed(agent, *all_of_them, show="unassigned") == [False, True, False]
    assert listed(agent, *all_of_them, show="all") == [True, True, True]
    assert listed(agent, *all_of_them, show="all", chat="live") == [False, True, False]
    assert listed(agent, *all_of_them, waiting="3600") == [True, False, False]
    assert listed(agent, *all_of_them, priority__exact="URGENT") == [True, False, False]
    assert listed(agent, *all_of_them, status__exact="CLOSED") == [False, False, True]
    assert listed(agent, *all_of_them, assignee=me(agent).pk) == [True, False, False]
    assert listed(agent, *all_of_them, assignee="none") == [False, True, False]
    assert listed(agent, *all_of_them, assignee="1' OR 1=1", waiting="x", chat="x") == [True, True, False]


def test_a_search_finds_closed_tickets_too_by_number_phone_and_name(agent: Desk) -> None:
    wanted, other = opened(1, waiting_since=None, status="CLOSED"), opened(20_002)
    Contact.objects.filter(pk=other.conversation.contact_id).update(name="Bola Ade", profile_name="", username="")
    for term in (f"#{wanted.pk}", str(wanted.pk), "0000001", "ada"):
        assert listed(agent, wanted, other, q=term) == [True, False]
    assert listed(agent, wanted, other, q="#" + "9" * 30) == [False, False]


def test_a_search_that_found_more_than_it_lists_says_so(agent: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST", 1)
    older, newer = opened(1), opened(2, status="CLOSED", waiting_since=None)
    assert listed(agent, older, newer, q="ada") == [False, True]
    assert CUT in agent.reads(SupportTicket, q="ada")
    assert listed(agent, older, newer, q="ada", status__exact="OPEN") == [True, False]
    assert CUT not in agent.reads(SupportTicket, q="ada", status__exact="OPEN")


def test_the_first_page_says_what_waits_and_leads_there(agent: Desk, boss: Desk, onlooker: Desk) -> None:
    mine, free = opened(1, assigned_admin=me(agent), status="IN_PROGRESS"), opened(2)
    html = agent.get("/admin/").content.decode()
    figures = re.findall(r'<a href="([^"]+)"[^>]*><strong>(\d+)</strong> ([\w ]+)', html)
    assert [(label, number) for _, number, label in figures] == [
        *(("Open", "1"), ("In progress", "1"), ("Unassigned", "1"), ("Live chats", "0"))
    ]
    held = [
        [page(ticket) in agent.get(unescape(address)).content.decode() for ticket in (mine, free)]
        for address, *_ in figures
    ]
    assert held == [[False, True], [True, False], [False, True], [False, False]]
    assert html.index("The inbox: who waits") < html.index("Whether we are sending")
    assert "Audit entries" not in html
    assert "Who did what" in boss.get("/admin/").content.decode()
    nothing = onlooker.get("/admin/").content.decode()
    assert "view or edit anything" in nothing
    assert page(SupportTicket) not in nothing


def test_supervisors_act_on_many_at_once_and_each_ticket_stands_for_itself(supervisor: Desk, agent: Desk) -> None:
    first, second = opened(1), opened(2, status="CLOSED", waiting_since=None)
    answer = supervisor.runs("resolve_all", first, second).content.decode()
    assert f"{first} is resolved." in answer
    assert "cannot go from CLOSED to RESOLVED" in answer
    supervisor.runs("assign_to_me", first)
    supervisor.runs("set_priority", first, second, confirmed="yes", value="URGENT")
    supervisor.runs("assign_to", second, confirmed="yes", value=me(agent).pk)
    for ticket in (first, second):
        ticket.refresh_from_db()
    assert (first.status, first.assigned_admin, first.priority) == ("RESOLVED", supervisor.user, "URGENT")
    assert (second.status, second.assigned_admin, second.priority) == ("CLOSED", agent.user, "URGENT")
    assert AuditEntry.objects.filter(verb="ticket.set_priority", details={"to": "URGENT"}).count() == 2
    assert AuditEntry.objects.get(verb="ticket.assign_to").details == {"to": me(agent).pk}


def test_closing_many_asks_first(supervisor: Desk) -> None:
    ticket = opened(1)
    assert "Close these tickets?" in supervisor.runs("close_all", ticket).content.decode()
    ticket.refresh_from_db()
    assert ticket.status == "OPEN"
    supervisor.runs("close_all", ticket, confirmed="yes")
    ticket.refresh_from_db()
    assert ticket.status == "CLOSED"


def test_a_choice_that_is_none_is_asked_again(supervisor: Desk) -> None:
    ticket = opened(1)
    answer = supervisor.runs("set_priority", ticket, confirmed="yes", value="HUGE").content.decode()
    assert "Select a valid choice" in answer
    ticket.refresh_from_db()
    assert ticket.priority == "MEDIUM"


def test_agents_have_no_action_on_many(agent: Desk) -> None:
    ticket = opened(1)
    agent.runs("close_all", ticket, confirmed="yes")
    ticket.refresh_from_db()
    assert ticket.status == "OPEN"


def test_a_longer_inbox_and_a_longer_thread_cost_no_more_statements(agent: Desk, ticket: SupportTicket) -> None:
    services.take(ticket, me(agent))
    agent.reads(ticket)  # what Django looks up once per process
    before = [_statements(agent, SupportTicket), _statements(agent, ticket)]
    assert max(before) <= 16
    for number in range(10, 20):
        opened(number)
        services.reply(ticket, me(agent), f"Words {number}")
        services.note(ticket, me(agent), f"Note {number}")
    assert [_statements(agent, SupportTicket), _statements(agent, ticket)] == before


def _statements(desk: Desk, row: SupportTicket | type[SupportTicket]) -> int:
    with CaptureQueriesContext(connection) as queries:
        desk.reads(row)
    return len(queries)
