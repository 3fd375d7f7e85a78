"""Tickets over HTTP: opened, found, changed and answered, with the codes that clients rely on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import people
from conversations.channel import MemoryChannel
from conversations.models import Conversation
from conversations.received import Person
from support import searching
from support.audit import AuditEntry
from support.models import Category, EntryKind, Status, SupportMessage, SupportTicket
from support.services import open_ticket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Answer, Api, ClientFor

TICKETS = "/api/support/tickets"
STRANGER = "+2348055555555"


@pytest.fixture
def grace(agent: User, client_for: ClientFor) -> Api:
    """The agent's client."""
    return client_for(agent)


@pytest.fixture
def sola(supervisor: User, client_for: ClientFor) -> Api:
    """The supervisor's client."""
    return client_for(supervisor)


@pytest.fixture
def path(ticket: SupportTicket) -> str:
    """Where the ticket stands."""
    return f"{TICKETS}/{ticket.pk}"


def code(answer: Answer) -> tuple[int, str]:
    """The status and the error code."""
    return answer.status_code, answer.json()["error_code"]


def ids(answer: Answer) -> list[int]:
    """Which tickets a list holds."""
    return [row["id"] for row in answer.json()["data"]]


def queries(api: Api, address: str) -> int:
    """How many queries an answer takes, but for the first of a minute."""
    api.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert api.get(address).status_code == 200
    return len(asked)


def closed_ticket(conversation: Conversation, **fields: object) -> SupportTicket:
    """A ticket of the archive."""
    return SupportTicket.objects.create(
        conversation=conversation, status=Status.CLOSED, closed_at=timezone.now(), **fields
    )


PNG = b"\x89PNG\r\n\x1a\n"


class TestOpening:
    """POST /api/support/tickets."""

    def test_a_ticket_is_opened_for_somebody_unknown(self, grace: Api) -> None:
        answer = grace.post(TICKETS, {"phone_number": STRANGER, "issue_description": "No class today?"})
        ticket = SupportTicket.objects.get()
        assert answer.status_code == 201
        assert answer.json()["data"] == {
            "ticket_id": ticket.pk,
            "id": ticket.pk,
            "status": "OPEN",
            "phone_number": STRANGER,
        }
        assert ticket.issue_description == "No class today?"
        assert AuditEntry.objects.get(verb="ticket.open").object_id == str(ticket.pk)

    def test_the_open_one_is_returned_instead_of_a_second(
        self, grace: Api, ticket: SupportTicket, phone: Phone
    ) -> None:
        answer = grace.post(TICKETS, {"phone_number": "2348012345678"})
        assert (answer.status_code, answer.json()["data"]["ticket_id"]) == (200, ticket.pk)

    def test_a_number_of_two_forms_is_one_person_by_whichever_they_are_asked_for(
        self, grace: Api, channel: MemoryChannel
    ) -> None:
        dialled, known = "+5531987654321", "+553187654321"
        Phone(channel, Person(phone=known)).says("hi")
        opened = grace.post(TICKETS, {"phone_number": dialled}).json()["data"]
        assert opened["phone_number"] == known  # from which answers come
        for phone in (dialled, known):
            assert grace.get(f"/api/admin/conversations/{phone}/messages").json()["data"]
            for query in ("phone", "search"):
                assert ids(grace.get(f"{TICKETS}?{query}={phone[1:]}")) == [opened["id"]]

    def test_the_student_notices_nothing(self, grace: Api, student: Conversation, phone: Phone) -> None:
        before = phone.conversation.state
        grace.post(TICKETS, {"phone_number": "+2348012345678", "student_id": student.contact_id})
        assert (phone.conversation.state, phone.waits()) == (before, [])

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"phone_number": "0801 234"}, "phone_number"),
            ({"phone_number": "08012345678"}, "phone_number"),
            ({"phone_number": "+08012345678"}, "phone_number"),
            ({"phone_number": 2348012345678}, "phone_number"),
            ({"phone_number": STRANGER, "priority": "HIGHEST"}, "priority"),
            ({"phone_number": STRANGER, "category": "Nothing"}, "category"),
            ({"phone_number": STRANGER, "student_id": 999}, "student_id"),
            ({"phone_number": STRANGER, "issue_description": "x" * 4001}, "issue_description"),
            ({"phone_number": STRANGER, "sender_name": "\u200b"}, "sender_name"),
        ],
    )
    def test_a_wrong_field_is_named_and_leaves_nothing(self, grace: Api, wrong: dict[str, object], field: str) -> None:
        answer = grace.post(TICKETS, wrong)
        assert code(answer) == (422, "VALIDATION_ERROR")
        assert list(answer.json()["errors"]) == [field]
        assert not Conversation.objects.exists()


class TestLists:
    """GET /api/support/tickets and /open-tickets."""

    def test_a_list_has_its_figures_and_both_names(self, grace: Api, ticket: SupportTicket) -> None:
        body = grace.get(TICKETS).json()
        assert (body["count"], body["total"], body["skip"], body["limit"]) == (1, 1, 0, 20)
        assert body["data"] == body["tickets"]
        row = body["data"][0]
        assert (row["student_name"], row["assigned_to"], row["category"]) == ("Ada Obi", None, None)
        assert row["student_id"] == ticket.conversation.contact_id

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("status=OPEN", True),
            ("status=CLOSED", False),
            ("priority=MEDIUM", True),
            ("priority=URGENT", False),
            ("assigned=none", True),
            ("assigned=me", False),
            ("assigned=77", False),
            ("phone=%2B2348012345678", True),
            ("phone=+2348012345678", True),
            ("phone=2348012345678", True),
            ("phone=2348012345", False),
            ("category=Homework", False),
            ("search=ada", True),
            ("search=5678", True),
            ("search=234801", True),
            ("search=801234", False),
            ("search=Zebra", False),
            ("active=true", True),
            ("active=false", False),
            ("waiting=true", True),
            ("waiting=false", False),
            ("older_than=60", False),
        ],
    )
    def test_filters(self, grace: Api, ticket: SupportTicket, query: str, found: bool) -> None:
        assert ids(grace.get(f"{TICKETS}?{query}")) == ([ticket.pk] if found else [])

    def test_those_that_wait_are_told_who_waits_longest_first(self, grace: Api, ticket: SupportTicket) -> None:
        hour, day = (timezone.now() - timedelta(hours=hours) for hours in (1, 24))
        stranger = people.conversation_with(Person(phone=STRANGER))
        other = SupportTicket.objects.create(conversation=stranger, created_at=day, waiting_since=hour)
        SupportTicket.objects.filter(pk=ticket.pk).update(waiting_since=day)
        assert ids(grace.get(f"{TICKETS}?waiting=true")) == [ticket.pk, other.pk]
        assert ids(grace.get(f"{TICKETS}?older_than=60")) == [other.pk]
        first = grace.get(f"{TICKETS}?waiting=true&limit=1").json()
        assert ids(grace.get(f"{TICKETS}?waiting=true&limit=1&cursor={first['next']}")) == [other.pk]

    def test_mine_are_those_that_i_have(self, grace: Api, ticket: SupportTicket, agent: User) -> None:
        SupportTicket.objects.update(assigned_admin=agent)
        assert ids(grace.get(f"{TICKETS}?assigned=me")) == [ticket.pk]
        assert ids(grace.get(f"{TICKETS}?assigned={agent.pk}")) == [ticket.pk]

    def test_a_number_finds_its_ticket(self, grace: Api, ticket: SupportTicket) -> None:
        assert ids(grace.get(f"{TICKETS}?search=%23{ticket.pk}")) == [ticket.pk]

    def test_a_search_leaves_out_the_oldest_of_what_the_filters_leave_and_says_so(
        self, grace: Api, ticket: SupportTicket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(searching, "MOST", 2)
        SupportTicket.objects.update(issue_description="The fees")
        words = f"My fees, as in ticket {ticket.pk}"
        _, older, newer = (closed_ticket(ticket.conversation, issue_description=words).pk for _ in range(3))

        def found(query: str) -> tuple[list[int], bool]:
            answer = grace.get(f"{TICKETS}?{query}")
            return ids(answer), answer.json()["search_cut"]

        assert found("search=fees") == ([newer, older], True)
        assert found("status=OPEN&search=fees") == found("waiting=true&search=ada") == ([ticket.pk], False)
        assert found(f"search={ticket.pk}") == ([newer, older, ticket.pk], True)

    @pytest.mark.parametrize(
        "query",
        [
            "status=open",
            "priority=1",
            "assigned=grace",
            "phone=12",
            "limit=0",
            "limit=101",
            "skip=-1",
            "x=1",
            "older_than=0",
        ],
    )
    def test_a_wrong_parameter_is_refused(self, grace: Api, query: str) -> None:
        assert code(grace.get(f"{TICKETS}?{query}")) == (422, "VALIDATION_ERROR")

    def test_open_tickets_are_the_active_ones_newest_first(
        self, grace: Api, ticket: SupportTicket, other_phone: Phone, agent: User
    ) -> None:
        closed_ticket(ticket.conversation)
        other_phone.says("hi")
        newer = open_ticket(other_phone.conversation, agent).ticket
        body = grace.get("/api/support/open-tickets").json()
        assert [row["id"] for row in body["data"]] == [newer.pk, ticket.pk]
        assert body["tickets"] == body["data"]

    def test_the_count_of_messages_leaves_notes_out(
        self, grace: Api, ticket: SupportTicket, path: str, phone: Phone
    ) -> None:
        before = grace.get("/api/support/open-tickets").json()["data"][0]["message_count"]
        grace.post(f"{path}/messages", {"message": "Called us", "internal": True})
        grace.post(f"{path}/messages", {"message": "I am waiting"})
        assert grace.get("/api/support/open-tickets").json()["data"][0]["message_count"] == before + 1

    @pytest.mark.parametrize("address", [TICKETS, "/api/support/open-tickets"])
    def test_more_rows_ask_no_more_queries(self, grace: Api, ticket: SupportTicket, agent: User, address: str) -> None:
        few = queries(grace, address)
        for number in range(5):
            person = people.conversation_with(Person(phone=f"+23480999999{number:02}"))
            SupportTicket.objects.create(conversation=person, assigned_admin=agent)
        assert queries(grace, address) == few == 3  # the person, the limit, the rows with their number

    def test_what_is_known_is_not_sent_again(self, grace: Api, ticket: SupportTicket) -> None:
        first = grace.get(TICKETS)
        assert grace.get(TICKETS, if_none_match=first["ETag"]).status_code == 304


class TestDetail:
    """GET /api/support/tickets/{id}."""

    def test_it_has_the_thread_oldest_first(self, grace: Api, ticket: SupportTicket, path: str, phone: Phone) -> None:
        phone.says("My homework is gone")
        grace.post(f"{path}/messages?sender_type=admin", {"message": "Let me look"})
        data = grace.get(path).json()["data"]
        said = [(one["sender_type"], one["sender_name"], one["message"]) for one in data["messages"]]
        assert ("user", "Ada Obi", "My homework is gone") in said
        assert said[-1] == ("admin", "grace", "Let me look")
        assert data["messages"][-1]["delivery_status"] == "queued"
        assert data["messages"][-1]["ticket_id"] == ticket.pk
        sent = SupportMessage.objects.get(pk=data["messages"][-1]["id"])
        assert data["messages"][-1]["conversation_message_id"] == f"msg_{sent.message_id}"
        assert data["messages"][-1]["message_type"] == "text"
        assert (data["messages"][-1]["error"], data["messages"][-1]["retry_possible"]) == (None, False)
        assert (data["status"], data["assigned_to"]) == ("IN_PROGRESS", "grace")
        assert data["first_response_at"].endswith("Z")

    def test_a_longer_thread_asks_no_more_queries(self, grace: Api, path: str, phone: Phone) -> None:
        phone.sends_photo(PNG)
        few = queries(grace, path)
        for word in ("one", "two", "three"):
            phone.says(word)
            phone.sends_photo(PNG)
            grace.post(f"{path}/messages", {"message": word, "internal": True})
        assert queries(grace, path) == few == 5  # the person, the limit, the ticket, its thread, its files

    def test_a_file_stands_in_the_thread_as_it_does_in_the_conversation(
        self, grace: Api, path: str, phone: Phone
    ) -> None:
        phone.says("Here it is")
        phone.sends_photo(PNG, caption="Page 1")
        conversation = f"/api/admin/conversations/{grace.get(path).json()['data']['contact_id']}/messages"
        files = [one["media"] for one in grace.get(conversation).json()["data"] if one["media"]]
        assert [one["media"] for one in grace.get(path).json()["data"]["messages"] if one["media"]] == files
        assert [file["caption"] for file in files] == ["Page 1"]

    def test_a_thread_is_read_from_its_end_part_by_part(self, grace: Api, ticket: SupportTicket, path: str) -> None:
        now = timezone.now()  # the same for all: the order among equals is theirs, too
        SupportMessage.objects.bulk_create(
            SupportMessage(ticket=ticket, kind="note", sender_type="admin", text=f"Note {number}", created_at=now)
            for number in range(5)
        )
        parts, place = [], "?limit=2"
        while True:
            data = grace.get(path + place).json()["data"]
            parts.append([one["message"] for one in data["messages"]])
            if not data["has_older"]:
                break
            place = f"?limit=2&before={data['messages'][0]['id']}"
        assert parts == [["Note 3", "Note 4"], ["Note 1", "Note 2"], ["Note 0"]]

    def test_of_a_very_long_thread_the_newest_five_hundred_are_told(
        self, grace: Api, ticket: SupportTicket, path: str
    ) -> None:
        notes = (SupportMessage(ticket=ticket, kind="note", sender_type="admin", text=str(n)) for n in range(501))
        SupportMessage.objects.bulk_create(notes)
        data = grace.get(path).json()["data"]
        assert [one["message"] for one in data["messages"]] == [str(number) for number in range(1, 501)]
        assert data["has_older"] is True

    @pytest.mark.parametrize("wrong", ["limit=501", "limit=0", "before=x", "before=999999"])
    def test_a_part_that_there_is_not_is_refused(self, grace: Api, path: str, wrong: str) -> None:
        answer = grace.get(f"{path}?{wrong}")
        assert (code(answer), list(answer.json()["errors"])) == ((422, "VALIDATION_ERROR"), [wrong.partition("=")[0]])

    @pytest.mark.parametrize("wrong", ["999999", "0", "x", "9" * 19])
    def test_an_unknown_one_is_404(self, grace: Api, wrong: str) -> None:
        assert code(grace.get(f"{TICKETS}/{wrong}")) == (404, "NOT_FOUND")


class TestChanging:
    """PATCH /api/support/tickets/{id}."""

    def test_all_that_is_named_changes(self, grace: Api, ticket: SupportTicket, path: str, agent: User) -> None:
        Category.objects.create(name="Homework")
        change = {"status": "IN_PROGRESS", "priority": "HIGH", "category": "Homework", "assigned_admin_id": agent.pk}
        data = grace.patch(path, change).json()["data"]
        assert {name: data[name] for name in change} == change
        assert data["assigned_to"] == "grace"
        assert AuditEntry.objects.get(verb="ticket.change").details == {"fields": sorted(change)}

    def test_null_gives_it_back(self, grace: Api, path: str, agent: User) -> None:
        grace.patch(path, {"assigned_admin_id": agent.pk})
        assert grace.patch(path, {"assigned_admin_id": None}).json()["data"]["assigned_admin_id"] is None

    def test_an_illegal_change_names_the_legal_ones_and_changes_nothing(
        self, grace: Api, ticket: SupportTicket, path: str
    ) -> None:
        grace.patch(path, {"status": "RESOLVED"})
        answer = grace.patch(path, {"status": "OPEN", "priority": "URGENT"})
        assert code(answer) == (409, "INVALID_TRANSITION")
        assert "CLOSED, IN_PROGRESS" in answer.json()["message"]
        ticket.refresh_from_db()
        assert (ticket.status, ticket.priority) == ("RESOLVED", "MEDIUM")

    def test_reopening_beside_another_is_refused(self, grace: Api, ticket: SupportTicket) -> None:
        old = closed_ticket(ticket.conversation)
        assert code(grace.patch(f"{TICKETS}/{old.pk}", {"status": "IN_PROGRESS"})) == (409, "TICKET_ACTIVE")

    def test_a_colleagues_is_taken_only_on_purpose(
        self, grace: Api, ticket: SupportTicket, path: str, other_agent: User
    ) -> None:
        SupportTicket.objects.update(assigned_admin=other_agent)
        assert code(grace.patch(path, {"priority": "LOW"})) == (409, "ASSIGNED_TO_OTHER")
        answer = grace.patch(path, {"priority": "LOW", "take": True})
        assert (answer.status_code, answer.json()["data"]["assigned_to"]) == (200, "grace")

    def test_only_supervisors_give_chats_to_others(self, grace: Api, sola: Api, path: str, other_agent: User) -> None:
        change = {"assigned_admin_id": other_agent.pk}
        assert code(grace.patch(path, change)) == (403, "FORBIDDEN")
        assert sola.patch(path, change).json()["data"]["assigned_to"] == "tunde"

    def test_closing_ends_the_chat(self, grace: Api, path: str, phone: Phone) -> None:
        grace.patch(path, {"status": "CLOSED"})
        phone.waits()
        assert phone.conversation.state == "idle"
        assert phone.last.text.startswith("Thank you for contacting support!")

    @pytest.mark.parametrize(
        "wrong", [{"status": "DONE"}, {"assigned_admin_id": 999999}, {"assigned_admin_id": "1"}, {"category": "x\0"}]
    )
    def test_a_wrong_value_is_refused(self, grace: Api, path: str, wrong: dict[str, object]) -> None:
        answer = grace.patch(path, wrong)
        assert (code(answer), list(answer.json()["errors"])) == ((422, "VALIDATION_ERROR"), list(wrong))


class TestWriting:
    """POST /api/support/tickets/{id}/messages."""

    def test_an_answer_reaches_the_student(self, grace: Api, ticket: SupportTicket, path: str, phone: Phone) -> None:
        answer = grace.post(f"{path}/messages?sender_type=admin", {"message": " It is here. "})
        data = answer.json()["data"]
        assert (answer.status_code, data["message"], data["id"]) == (201, "It is here.", data["message_id"])
        assert ticket.entries.get(pk=data["id"]).message is not None
        phone.waits()
        assert phone.last.text == "🎧 Support Team: It is here."
        ticket.refresh_from_db()
        assert ticket.status == "IN_PROGRESS"

    def test_the_same_key_answers_once(self, grace: Api, path: str, phone: Phone) -> None:
        first, second = (
            grace.post(f"{path}/messages?sender_type=admin", {"message": "Once"}, idempotency_key="k1")
            for _ in range(2)
        )
        assert first.json()["data"] == second.json()["data"]
        assert [one.text for one in phone.waits()].count("🎧 Support Team: Once") == 1

    @pytest.mark.parametrize(("query", "internal"), [("?sender_type=admin", False), ("", False), ("", True)])
    def test_the_same_key_answers_once_also_on_the_next_ticket(
        self, grace: Api, ticket: SupportTicket, path: str, query: str, internal: bool
    ) -> None:
        body = {"message": "Once", "internal": internal, "client_id": "k1"}
        first = grace.post(f"{path}/messages{query}", body)
        grace.patch(path, {"status": "CLOSED"})
        following = grace.post(TICKETS, {"phone_number": "+2348012345678"}).json()["data"]["id"]
        second = grace.post(f"{TICKETS}/{following}/messages{query}", body)
        assert (second.status_code, second.json()["data"]) == (201, first.json()["data"])
        assert grace.get(f"{TICKETS}/{following}").json()["data"]["messages"] == []
        assert {entry.object_id for entry in AuditEntry.objects.filter(verb="ticket.write")} == {str(ticket.pk)}

    def test_two_keys_for_one_message_are_refused(self, grace: Api, path: str) -> None:
        answer = grace.post(f"{path}/messages", {"message": "Once", "client_id": "k1"}, idempotency_key="k2")
        assert (code(answer), list(answer.json()["errors"])) == ((422, "VALIDATION_ERROR"), ["client_id"])

    @pytest.mark.parametrize(
        ("query", "internal", "kind"),
        [
            ("", False, EntryKind.REPORTED),
            ("?sender_type=user", False, EntryKind.REPORTED),
            ("", True, EntryKind.NOTE),
            ("?sender_type=admin", True, EntryKind.NOTE),
        ],
    )
    def test_what_is_no_answer_is_kept_as_what_it_is(
        self, grace: Api, path: str, query: str, internal: bool, kind: str
    ) -> None:
        data = grace.post(f"{path}/messages{query}", {"message": "They called", "internal": internal}).json()["data"]
        assert SupportMessage.objects.get(pk=data["id"]).kind == kind

    def test_what_is_no_answer_never_leaves_the_desk(self, grace: Api, path: str, phone: Phone) -> None:
        phone.waits()
        for internal in (True, False):
            assert grace.post(f"{path}/messages", {"message": "Called", "internal": internal}).status_code == 201
        assert phone.waits() == []

    def test_what_the_person_said_brings_a_resolved_ticket_back(self, grace: Api, path: str) -> None:
        grace.patch(path, {"status": "RESOLVED"})
        grace.post(f"{path}/messages", {"message": "Still broken"})
        assert grace.get(path).json()["data"]["status"] == "IN_PROGRESS"

    @pytest.mark.parametrize("query", ["", "?sender_type=admin"])
    @pytest.mark.parametrize("internal", [True, False])
    def test_a_closed_ticket_takes_nothing(self, grace: Api, path: str, query: str, internal: bool) -> None:
        grace.patch(path, {"status": "CLOSED"})
        answer = grace.post(f"{path}/messages{query}", {"message": "Too late", "internal": internal})
        assert code(answer) == (409, "TICKET_CLOSED")

    def test_a_colleagues_ticket_is_answered_only_on_purpose(self, grace: Api, path: str, other_agent: User) -> None:
        SupportTicket.objects.update(assigned_admin=other_agent)
        answering = f"{path}/messages?sender_type=admin"
        assert code(grace.post(answering, {"message": "Me"})) == (409, "ASSIGNED_TO_OTHER")
        assert grace.post(answering, {"message": "Me", "take": True}).status_code == 201

    def test_outside_the_window_only_templates_may_go(self, grace: Api) -> None:
        ticket_id = grace.post(TICKETS, {"phone_number": STRANGER}).json()["data"]["id"]
        answer = grace.post(f"{TICKETS}/{ticket_id}/messages?sender_type=admin", {"message": "Hello"})
        assert code(answer) == (409, "WINDOW_CLOSED")

    @pytest.mark.parametrize(("sender", "most"), [("user", 2000), ("admin", 4000)])
    def test_length(self, grace: Api, path: str, sender: str, most: int) -> None:
        writing = f"{path}/messages?sender_type={sender}"
        assert grace.post(writing, {"message": "x" * most}).status_code == 201
        assert code(grace.post(writing, {"message": "x" * (most + 1)})) == (422, "VALIDATION_ERROR")
        assert code(grace.post(writing, {"message": "   "})) == (422, "VALIDATION_ERROR")

    def test_another_kind_of_sender_is_refused(self, grace: Api, path: str) -> None:
        assert code(grace.post(f"{path}/messages?sender_type=bot", {"message": "Hi"})) == (422, "VALIDATION_ERROR")


class TestNotifications:
    """GET /api/support/notifications."""

    def test_nothing_waits(self, grace: Api) -> None:
        data = grace.get("/api/support/notifications").json()["data"]
        assert data == {
            "open_tickets": 0,
            "in_progress_tickets": 0,
            "unassigned_tickets": 0,
            "active_chats": 0,
            "has_alerts": False,
        }

    def test_the_figures_stand_in_data_and_beside_it(self, grace: Api, path: str, agent: User) -> None:
        before = grace.get("/api/support/notifications").json()
        assert (before["open_tickets"], before["unassigned_tickets"], before["active_chats"]) == (1, 1, 1)
        grace.patch(path, {"status": "IN_PROGRESS", "assigned_admin_id": agent.pk})
        after = grace.get("/api/support/notifications").json()
        assert (after["open_tickets"], after["in_progress_tickets"], after["unassigned_tickets"]) == (0, 1, 0)
        assert {name: after[name] for name in after["data"]} == after["data"]
        assert after["has_alerts"] is True
