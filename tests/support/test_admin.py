"""The desk in Django admin: tickets to read for now, and the words and days of the desk to write."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from conversations.models import Conversation
from support import services
from support.models import CannedReply, Holiday, SupportTicket
from tests.conversations.admin.conftest import Desk, agent, page, sit, supervisor
from tests.conversations.conftest import Phone

__all__ = ["agent", "sit", "supervisor"]

pytestmark = pytest.mark.usefixtures("channel")


@pytest.fixture
def ticket(student: Conversation, phone: Phone) -> SupportTicket:
    """The ticket of a student who has asked for a person and said why."""
    phone.taps("support")
    phone.says("My photo was refused")
    return SupportTicket.objects.get()


def test_who_waits_longest_comes_first_and_what_is_closed_on_demand(
    agent: Desk, ticket: SupportTicket, other_phone: Phone
) -> None:
    other_phone.says("support")
    second = SupportTicket.objects.latest("id")
    html = agent.reads(SupportTicket)
    assert html.index(page(ticket)) < html.index(page(second))
    assert agent.user is not None
    services.close(ticket, agent.user)
    assert page(ticket) not in agent.reads(SupportTicket)
    assert page(ticket) in agent.reads(SupportTicket, show="closed")


def test_a_ticket_shows_its_thread_and_who_changed_what(agent: Desk, ticket: SupportTicket) -> None:
    assert agent.user is not None
    services.reply(ticket, agent.user, "Which one?")
    html = agent.reads(ticket)
    assert html.index("My photo was refused") < html.index("Which one?")
    assert "badge-queued" in html
    assert "Status: <bdi>Open</bdi> → <bdi>In progress" in html
    assert page(ticket.conversation) in html


def test_a_ticket_is_found_by_its_person(agent: Desk, ticket: SupportTicket) -> None:
    assert page(ticket) in agent.reads(SupportTicket, q="5678")
    assert page(ticket) not in agent.reads(SupportTicket, q="9999")


def test_canned_replies_and_holidays_are_written_by_supervisors(supervisor: Desk) -> None:
    supervisor.client.post(page(CannedReply, "add"), {"shortcut": "hi", "title": "Hello", "text": "Hello {name}!"})
    supervisor.client.post(page(Holiday, "add"), {"day": "2026-10-01", "name": "Independence Day"})
    assert "Hello {name}!" in supervisor.reads(CannedReply)
    assert "Independence Day" in supervisor.reads(Holiday)


def test_a_supervisor_may_do_all_that_an_agent_may(db: None) -> None:
    agents, supervisors = (
        set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))
        for name in ("agent", "supervisor")
    )
    assert agents < supervisors
    assert "change_homework" in agents
    assert not {right for right in agents | supervisors if right.endswith(("_user", "_group", "_permission"))}
