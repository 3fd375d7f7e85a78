"""The list of conversations, one of them, and what staff change about it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.channel import MemoryChannel
from conversations.models import Contact, Conversation, Message
from conversations.received import Person
from support import services
from support.audit import AuditEntry
from support.models import SupportTicket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Api, ClientFor, make_user

LIST = "/api/admin/conversations"
ADA = f"{LIST}/+2348012345678"


@pytest.fixture
def desk(agent: User, client_for: ClientFor) -> Api:
    """An agent's program."""
    return client_for(agent)


@pytest.fixture
def both(student: Conversation, phone: Phone, other_phone: Phone) -> None:
    """Ada, a student in a live chat, who wrote before Bola, a lead."""
    phone.taps("support")
    other_phone.says("hi")


def found(desk: Api, query: str) -> list[str]:
    """The names in a list."""
    answer = desk.get(f"{LIST}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["student_name"] for row in answer.json()["data"]]


class TestList:
    """GET /api/admin/conversations."""

    def test_a_row_says_what_the_contract_promises(self, desk: Api, student: Conversation, phone: Phone) -> None:
        phone.taps("support")
        phone.says("I cannot pay")
        student = phone.conversation
        (row,) = desk.get(LIST).json()["data"]
        assert student.window_expires_at
        assert (
            row
            | {
                "phone_number": "+2348012345678",
                "contact_id": "+2348012345678",
                "student_name": "Ada Obi",
                "message_count": student.message_count,
                "unread_count": student.unread_count,
                "last_message_sender": "bot",
                "is_active": True,
                "is_chat_support": True,
                "type": "student",
                "state": "chat_support_active",
                "ticket_id": SupportTicket.objects.get().pk,
                "assigned_to": None,
                "labels": [],
                "window_expires_at": student.window_expires_at.isoformat().replace("+00:00", "Z"),
            }
            == row
        )
        assert row["last_message_time"].endswith("Z")

    def test_the_newest_message_stands_first(self, desk: Api, both: None, phone: Phone) -> None:
        assert found(desk, "") == ["Bola", "Ada Obi"]
        phone.says("hello?")
        assert found(desk, "") == ["Ada Obi", "Bola"]

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("chat_support=true", ["Ada Obi"]),
            ("chat_support=false", ["Bola"]),
            ("state=chat_support_active", ["Ada Obi"]),
            ("state=idle", []),
            ("unread=false", []),
            ("unread=true", ["Bola", "Ada Obi"]),
            ("search=2348012", ["Ada Obi"]),
            ("search=%2B23480", ["Bola", "Ada Obi"]),
            ("search=5678", ["Ada Obi"]),
            ("search=4321", ["Bola"]),
            ("search=678", []),
            ("search=0123", []),
            ("search=ada", ["Ada Obi"]),
            ("search=OBI+ad", ["Ada Obi"]),
            ("search=da", []),
            ("search=ada+bola", []),
            ("search=bol", ["Bola"]),
            ("search=.*", []),
            ("search=bol&chat_support=true", []),
            ("search=", ["Bola", "Ada Obi"]),
        ],
    )
    def test_filters_and_search(self, desk: Api, both: None, query: str, names: list[str]) -> None:
        assert found(desk, query) == names

    @pytest.mark.parametrize(
        ("status", "hold", "is_found"),
        [("failed", None, True), ("unknown", None, True), ("unknown", 60, False), ("sent", None, False)],
    )
    def test_what_failed_or_waits_for_a_person_is_found(
        self, desk: Api, both: None, phone: Phone, status: str, hold: int | None, *, is_found: bool
    ) -> None:
        until = timezone.now() + timedelta(seconds=hold) if hold else None
        phone.conversation.messages.filter(sender="bot").update(delivery_status=status, hold_until=until)
        Message.objects.exclude(conversation=phone.conversation).filter(sender="bot").update(delivery_status="read")
        assert found(desk, "failed=true") == (["Ada Obi"] if is_found else [])
        assert found(desk, "failed=false") == (["Bola"] if is_found else ["Bola", "Ada Obi"])

    def test_whose_chats_they_are(self, desk: Api, both: None, agent: User, other_agent: User) -> None:
        assert found(desk, "assigned=none") == ["Ada Obi"]
        services.take(SupportTicket.objects.get(), agent)
        assert found(desk, "assigned=me") == found(desk, f"assigned={agent.pk}") == ["Ada Obi"]
        assert found(desk, f"assigned={other_agent.pk}") == found(desk, "assigned=none") == []
        assert found(desk, "assigned=me&search=bola") == []
        services.close(SupportTicket.objects.get(), agent)
        assert found(desk, "assigned=me") == []

    @pytest.mark.parametrize(
        "query",
        ["state=nowhere", "failed=maybe", "assigned=you", "unread=maybe", "limit=101", "limit=0", "cursor=x", "age=3"],
    )
    def test_a_bad_parameter_is_422(self, desk: Api, query: str) -> None:
        answer = desk.get(f"{LIST}?{query}")
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [query.partition("=")[0]])

    def test_a_cursor_leads_through_all_of_them(self, desk: Api, both: None) -> None:
        first = desk.get(f"{LIST}?limit=1").json()
        second = desk.get(f"{LIST}?limit=1&cursor={first['next']}").json()
        assert [row["student_name"] for page in (first, second) for row in page["data"]] == ["Bola", "Ada Obi"]
        assert (first["count"], first["total"], second["next"]) == (1, 2, None)

    def test_a_search_finds_the_newest_fifty(self, desk: Api) -> None:
        now = timezone.now()
        for number in range(60):
            contact = Contact.objects.create(phone=f"+23480000000{number:02}", name="Ife")
            Conversation.objects.create(contact=contact, last_message_at=now - timedelta(minutes=number))
        answer = desk.get(f"{LIST}?search=ife&limit=100").json()
        assert (answer["total"], answer["next"]) == (50, None)
        assert answer["data"][-1]["phone_number"] == "+2348000000049"

    def test_the_number_of_statements_does_not_grow_with_the_rows(
        self, desk: Api, both: None, channel: MemoryChannel
    ) -> None:
        few = statements(desk)
        for number in range(3):
            somebody = Phone(channel, Person(phone=f"+23480999999{number:02}"))
            somebody.registers()
            somebody.taps("support")
        assert statements(desk) == few <= 4

    def test_somebody_is_active_for_half_an_hour(self, desk: Api, both: None, admin: User) -> None:
        assert [row["is_active"] for row in desk.get(LIST).json()["data"]] == [True, True]
        Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(minutes=31))
        assert [row["is_active"] for row in desk.get(LIST).json()["data"]] == [False, True]  # Ada's chat is open

    def test_polling_is_answered_with_304_until_something_happens(self, desk: Api, both: None, phone: Phone) -> None:
        tag = desk.get(LIST)["ETag"]
        assert desk.get(LIST, if_none_match=tag).status_code == 304
        phone.says("hello?")
        assert desk.get(LIST, if_none_match=tag).status_code == 200


def statements(desk: Api) -> int:
    """How many statements the list itself takes, beside those about who asks."""
    with CaptureQueriesContext(connection) as seen:
        desk.get(LIST)
    tables = ("conversations_", "support_tickets")
    return sum(any(table in query["sql"] for table in tables) for query in seen.captured_queries)


class TestOne:
    """GET /api/admin/conversations/{phone}."""

    @pytest.mark.parametrize("address", ["+2348012345678", "%2B2348012345678", "2348012345678"])
    def test_it_adds_profile_context_and_ticket(self, desk: Api, both: None, address: str) -> None:
        data = desk.get(f"{LIST}/{address}").json()["data"]
        assert (data["profile"]["name"], data["profile"]["email"]) == ("Ada Obi", "ada@example.com")
        assert (data["profile"]["class_grade"], data["ticket"]["status"]) == ("SS2", "OPEN")
        assert data["ticket"]["id"] == data["ticket_id"]
        assert isinstance(data["context"], dict)

    def test_a_moment_that_the_bot_remembers_ends_in_z(self, desk: Api, ticket: SupportTicket, phone: Phone) -> None:
        phone.taps("end_chat")
        services.ask_rating(ticket.pk)
        rating = desk.get(ADA).json()["data"]["context"]["rating"]
        assert re.fullmatch(r"[0-9-]{10}T[0-9:.]{15}Z", rating["asked_at"])

    def test_without_a_ticket_it_has_none(self, desk: Api, student: Conversation) -> None:
        assert desk.get(ADA).json()["data"]["ticket"] is None

    def test_somebody_whose_phone_is_withheld_has_a_contact_id(self, desk: Api) -> None:
        contact = Contact.objects.create(user_id="NG.abc123", profile_name="Chi")
        Conversation.objects.create(contact=contact)
        data = desk.get(f"{LIST}/NG.abc123").json()["data"]
        assert (data["phone_number"], data["contact_id"], data["student_name"]) == (None, "NG.abc123", "Chi")

    @pytest.mark.parametrize("wrong", ["+2340000000000", "1234", "abc", "NG.nobody", "%00"])
    def test_an_unknown_or_misshapen_phone_is_404(self, desk: Api, student: Conversation, wrong: str) -> None:
        assert desk.get(f"{LIST}/{wrong}").status_code == 404


class TestChanges:
    """PATCH /api/admin/conversations/{phone}."""

    def test_reading_it_empties_the_count_until_they_write_again(self, desk: Api, both: None, phone: Phone) -> None:
        assert desk.patch(ADA, {"read": True}).json()["data"]["unread_count"] == 0
        phone.says("hello?")
        assert desk.get(ADA).json()["data"]["unread_count"] == 1

    def test_labels_are_kept_once_each_and_noted(self, desk: Api, student: Conversation) -> None:
        answer = desk.patch(ADA, {"labels": ["exam", " fees ", "exam"]})
        assert answer.json()["data"]["labels"] == ["exam", "fees"]
        assert AuditEntry.objects.get(verb="conversation.change").details == {"fields": ["labels"]}

    def test_an_agent_takes_and_lets_go(self, desk: Api, both: None, agent: User) -> None:
        assert desk.patch(ADA, {"assigned_admin_id": agent.pk}).json()["data"]["assigned_to"] == "grace"
        assert desk.patch(ADA, {"assigned_admin_id": None}).json()["data"]["assigned_to"] is None

    def test_a_colleagues_chat_is_taken_on_purpose_only(
        self, desk: Api, both: None, agent: User, other_agent: User
    ) -> None:
        services.take(SupportTicket.objects.get(), other_agent)
        refused = desk.patch(ADA, {"assigned_admin_id": agent.pk, "labels": ["exam"]})
        assert (refused.status_code, refused.json()["error_code"]) == (409, "ASSIGNED_TO_OTHER")
        assert desk.get(ADA).json()["data"]["labels"] == []
        taken = desk.patch(ADA, {"assigned_admin_id": agent.pk, "take": True})
        assert taken.json()["data"]["assigned_to"] == "grace"

    def test_agents_do_not_give_chats_to_others(
        self, desk: Api, both: None, other_agent: User, supervisor: User, client_for: ClientFor
    ) -> None:
        assert desk.patch(ADA, {"assigned_admin_id": other_agent.pk}).status_code == 403
        given = client_for(supervisor).patch(ADA, {"assigned_admin_id": other_agent.pk})
        assert given.json()["data"]["assigned_to"] == "tunde"

    def test_whoever_may_be_given_a_ticket_may_be_given_it_here_too(
        self, both: None, supervisor: User, client_for: ClientFor
    ) -> None:
        sola, boss = client_for(supervisor), make_user("boss", is_superuser=True)  # without is_staff
        for path in (ADA, f"/api/support/tickets/{SupportTicket.objects.get().pk}"):
            assert sola.patch(path, {"assigned_admin_id": boss.pk}).json()["data"]["assigned_to"] == "boss", path
            assert sola.patch(path, {"assigned_admin_id": None}).status_code == 200

    def test_without_a_ticket_nobody_can_be_given_it(self, desk: Api, student: Conversation, agent: User) -> None:
        answer = desk.patch(ADA, {"assigned_admin_id": agent.pk})
        assert (answer.status_code, answer.json()["error_code"]) == (409, "CHAT_NOT_ACTIVE")

    @pytest.mark.parametrize(
        "body",
        [
            {"read": False},
            {"read": "yes"},
            {"labels": "exam"},
            {"labels": [""]},
            {"labels": ["x" * 41]},
            {"labels": [str(number) for number in range(21)]},
            {"assigned_admin_id": 999_999},
            {"assigned_admin_id": "1"},
        ],
    )
    def test_a_wrong_value_is_422(self, desk: Api, student: Conversation, body: dict[str, object]) -> None:
        assert desk.patch(ADA, body).status_code == 422
