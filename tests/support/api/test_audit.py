"""What was done stays as it was written; a log-in can be ended by an administrator."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import Http404
from django.test import Client, RequestFactory

from conversations.models import Conversation, Homework
from support.api.lookups import conversation_or_404
from support.audit import AuditEntry, audit
from support.models import CannedReply, SupportTicket, TokenFamily
from tests.support.api.conftest import ClientFor

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(agent: User) -> AuditEntry:
    """Something that the agent did."""
    return audit(agent, "ticket.close", agent, ticket=7)


@pytest.fixture
def office(admin: User) -> Client:
    """An administrator in Django admin."""
    http = Client()
    http.force_login(admin)
    return http


def test_it_says_who_what_and_which(entry: AuditEntry, agent: User) -> None:
    entry.refresh_from_db()
    assert (entry.actor, entry.username, entry.verb) == (agent, "grace", "ticket.close")
    assert (entry.object_type, entry.object_id, entry.details) == ("auth.user", str(agent.pk), {"ticket": 7})


def test_it_says_from_where_and_in_which_request(agent: User, client_for: ClientFor) -> None:
    client_for(agent).post("/api/admin/logout", x_request_id="abc123")
    found = AuditEntry.objects.get(verb="log_out")
    assert (found.address, found.request_id) == ("127.0.0.1", "abc123")


def test_a_row_is_neither_changed_nor_deleted(entry: AuditEntry) -> None:
    entry.verb = "nothing"
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()


def test_it_outlives_the_user(entry: AuditEntry, agent: User) -> None:
    agent.delete()
    found = AuditEntry.objects.get(pk=entry.pk)
    assert (found.actor, found.username) == (None, "grace")


def test_a_request_of_nobody_is_written_down_too() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.5")
    request.user = AnonymousUser()
    assert audit(request, "looked").address == "203.0.113.5"


@pytest.mark.parametrize("method", ["get", "post"])
def test_django_admin_shows_it_and_changes_nothing(office: Client, entry: AuditEntry, method: str) -> None:
    page = f"/admin/support/auditentry/{entry.pk}"
    assert b"ticket.close" in office.get("/admin/support/auditentry/").content
    assert office.get(f"{page}/change/").status_code == 200
    assert office.post(f"{page}/change/", {"verb": "nothing"}).status_code == 403
    assert getattr(office, method)(f"{page}/delete/").status_code == 403
    assert getattr(office, method)("/admin/support/auditentry/add/").status_code == 403


def test_an_administrator_ends_a_log_in(office: Client, agent: User, client_for: ClientFor) -> None:
    api = client_for(agent)
    family = TokenFamily.objects.get()
    office.post("/admin/support/tokenfamily/", {"action": "end", "_selected_action": [str(family.pk)]})
    assert api.get("/api/admin/me").status_code == 401
    assert AuditEntry.objects.get(verb="log_in.end").object_id == str(family.pk)


class TestLookup:
    """From an address in a path to the conversation."""

    def test_a_phone_or_a_user_id_finds_it(self, lead: Conversation) -> None:
        lead.contact.user_id = "NG.123"
        lead.contact.save()
        assert conversation_or_404("+2348012345678") == conversation_or_404("NG.123") == lead

    @pytest.mark.parametrize("address", ["+2348000000000", "NG.999"])
    def test_nobody_is_404(self, lead: Conversation, address: str) -> None:
        with pytest.raises(Http404):
            conversation_or_404(address)


@pytest.mark.parametrize("body", [{}, {"take": True}])
def test_a_change_of_nothing_is_not_written_down(
    agent: User, client_for: ClientFor, ticket: SupportTicket, body: dict[str, object]
) -> None:
    assert client_for(agent).patch(f"/api/support/tickets/{ticket.pk}", body).status_code == 200
    assert not AuditEntry.objects.filter(verb="ticket.change").exists()


def test_nor_is_one_of_homework_or_of_words(admin: User, client_for: ClientFor, student: Conversation) -> None:
    homework = Homework.objects.create(reference="ABC234", contact=student.contact, subject="Physics", content="?")
    reply = CannedReply.objects.create(shortcut="hello", title="Hello", text="Good morning!")
    desk = client_for(admin)
    for path in (f"/api/admin/homework/{homework.pk}", f"/api/admin/canned-replies/{reply.pk}"):
        assert desk.patch(path, {}).status_code == 200
    assert not AuditEntry.objects.filter(verb__endswith=".change").exists()
