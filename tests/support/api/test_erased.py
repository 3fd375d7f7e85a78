"""Who was erased is in no list of people any more, and consoles that look at the chat are told that it is gone."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from conversations.models import Contact, Conversation, LiveEvent
from support.models import SupportTicket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Answer, Api, ClientFor
from tests.support.api.test_events import told

LISTS = ("conversations", "students", "leads")
BOLA = "+2348087654321"


@pytest.fixture
def desk(supervisor: User, client_for: ClientFor) -> Api:
    """Somebody who may export."""
    return client_for(supervisor)


def erase(contact: Contact, boss: User) -> None:
    """The button on the person's page."""
    client = Client()
    client.force_login(boss)
    address = reverse("admin:conversations_contact_erase", args=[contact.pk])
    assert client.post(address, {"confirmation": "erase"}).status_code == 302


@pytest.fixture
def erased(ticket: SupportTicket, phone: Phone, other_phone: Phone, admin: User) -> Conversation:
    """A student who was in a live chat and is erased, beside Bola, a lead."""
    phone.says("Is anybody there?")
    phone.waits()
    other_phone.says("hi")
    conversation = phone.conversation
    erase(conversation.contact, admin)
    return conversation


@pytest.fixture
def erased_long_ago(student: Conversation, other_phone: Phone) -> Conversation:
    """A student whom an older release erased, beside Bola: the lists went on showing the row."""
    other_phone.says("hi")
    Contact.objects.filter(pk=student.contact_id).update(phone=None, user_id="erased.0123456789ab", name="")
    return student


def people(answer: Answer) -> list[str]:
    """The people whom a list holds, if it counts them right."""
    body = answer.json()
    found = [row["contact_id"] for row in body["data"]]
    assert body["total"] == len(found)
    return found


def listed(desk: Api) -> dict[str, list[str]]:
    """Who is in which list."""
    return {name: people(desk.get(f"/api/admin/{name}")) for name in LISTS}


@pytest.mark.usefixtures("erased")
class TestErased:
    """Somebody who was erased just now."""

    def test_no_list_holds_them(self, desk: Api) -> None:
        assert listed(desk) == {"conversations": [BOLA], "students": [], "leads": [BOLA]}

    @pytest.mark.parametrize("name", ["students", "leads"])
    def test_no_file_of_people_holds_them(self, desk: Api, name: str) -> None:
        assert b"erased" not in desk.get(f"/api/admin/exports/{name}.csv").getvalue()

    def test_they_are_counted_among_nobody(self, desk: Api) -> None:
        stats = desk.get("/api/admin/dashboard/stats").json()["data"]
        leads = desk.get("/api/admin/leads/stats").json()["data"]
        assert (stats["students"], stats["leads"]) == (0, 1)
        assert (leads["total_leads"], leads["converted_leads"]) == (1, 0)

    def test_what_was_said_and_asked_is_counted_all_the_same(self, desk: Api) -> None:
        assert desk.get("/api/admin/dashboard/stats").json()["data"]["tickets"]["CLOSED"] == 1


@pytest.mark.django_db(transaction=True)  # the events are those of the erasure's own transaction
def test_consoles_hear_that_the_chat_is_gone_and_no_message_of_it(desk: Api, erased: Conversation) -> None:
    first = LiveEvent.objects.earliest("id").pk
    chats = [data for data in told(desk, "conversation", first) if data["conversation_id"] == erased.pk]
    assert chats
    assert all(data["gone"] and "phone_number" not in data for data in chats)
    ids = {f"msg_{pk}" for pk in erased.messages.values_list("pk", flat=True)}
    for kind in ("message", "delivery"):
        about = [data for data in told(desk, kind, first) if data["id"] in ids]
        assert about
        assert all(data["gone"] and "phone_number" not in data for data in about)


@pytest.mark.usefixtures("erased_long_ago")
def test_who_was_erased_by_an_older_release_leaves_the_lists_with_a_migration(desk: Api) -> None:
    assert listed(desk)["students"] == ["erased.0123456789ab"]
    migration = import_module("conversations.migrations.0009_erased_are_listed_nowhere")
    with connection.cursor() as cursor:
        cursor.execute(migration.LEAVE_OUT)
    assert listed(desk) == {"conversations": [BOLA], "students": [], "leads": [BOLA]}
