"""What a console is told: rows as the lists show them, in one piece, for a few statements however many there are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import events
from conversations.events import Doing, Happened, Kind
from conversations.models import Attachment, Contact, Conversation, LiveEvent, Message
from support.live import follower as followers
from support.live import shapes
from support.live.follower import Follower
from support.models import SupportMessage, SupportTicket
from tests.conversations.conftest import Phone

pytestmark = pytest.mark.django_db


def told(kind: Kind, subject: int, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """The data of the event about this row."""
    (piece,) = shapes.frames([Happened(7, kind, subject, data, timezone.now())])
    head, kind_line, data_line = piece.decode().strip().split("\n")
    assert (head, kind_line) == ("id: 7", f"event: {kind}")
    found: dict[str, Any] = json.loads(data_line.removeprefix("data: "))
    return found


class TestShapes:
    """The keys of docs/api.md, with what the row says now."""

    def test_a_message_of_a_student(self, phone: Phone, student: Conversation) -> None:
        phone.says("menu")
        message = student.messages.filter(sender="user").latest("id")
        data = told(Kind.MESSAGE, message.pk)
        assert (
            data.items()
            >= {
                "id": f"msg_{message.pk}",
                "conversation_id": student.pk,
                "phone_number": "+2348012345678",
                "text": "menu",
                "sender": "user",
                "sender_type": "user",
                "sender_name": "Ada Obi",
                "message_type": "text",
                "delivery_status": None,
                "error": None,
                "retry_possible": False,
            }.items()
        )
        assert data["explanation"]["rule"]
        assert data["timestamp"].endswith("Z")

    def test_a_photo_can_be_opened_from_the_event(self, phone: Phone, student: Conversation) -> None:
        phone.sends_photo(b"\xff\xd8\xff", caption="Page 1")
        file = Attachment.objects.get()
        media = told(Kind.MESSAGE, file.message_id)["media"]
        assert media.items() >= {"url": f"/api/admin/media/{file.pk}", "caption": "Page 1"}.items()

    def test_a_failed_delivery_says_why(self, lead: Conversation) -> None:
        message = Message.objects.create(
            conversation=lead, sender="admin", delivery_status="failed", error="Not on WhatsApp.", error_code=131026
        )
        data = told(Kind.DELIVERY, message.pk)
        assert (data["delivery_status"], data["retry_possible"]) == ("failed", True)
        assert data["error"].items() >= {"code": 131026, "message": "Not on WhatsApp."}.items()

    @pytest.mark.parametrize(("held", "words"), [(True, "has not said yet"), (False, "Nobody knows")])
    def test_an_unknown_outcome_says_whom_it_waits_for(self, lead: Conversation, held: bool, words: str) -> None:
        hold = timezone.now() if held else None
        message = Message.objects.create(conversation=lead, sender="bot", delivery_status="unknown", hold_until=hold)
        data = told(Kind.DELIVERY, message.pk)
        assert words in data["error"]["hint"]
        assert data["retry_possible"] is not held

    def test_a_conversation_with_its_ticket(self, student: Conversation) -> None:
        grace = User.objects.create_user("grace")
        ticket = SupportTicket.objects.create(conversation=student, assigned_admin=grace)
        data = told(Kind.CONVERSATION, student.pk)
        assert data.items() >= {"student_name": "Ada Obi", "type": "student", "state": student.state}.items()
        assert (data["ticket_id"], data["assigned_to"]) == (ticket.pk, "grace")

    def test_a_ticket(self, student: Conversation) -> None:
        ticket = SupportTicket.objects.create(conversation=student, issue_description="x" * 5000, priority="HIGH")
        data = told(Kind.TICKET, ticket.pk)
        expected = {"id": ticket.pk, "ticket_id": ticket.pk, "status": "OPEN", "priority": "HIGH", "assigned_to": None}
        assert data.items() >= expected.items()
        assert len(data["issue_description"]) == shapes.LONGEST

    def test_presence(self, student: Conversation) -> None:
        events.presence(student, User.objects.create_user("grace"), Doing.TYPING)
        (sign,) = events.present(student)
        data = told(Kind.PRESENCE, student.pk, sign.data)
        assert data.items() >= {"phone_number": "+2348012345678", "username": "grace", "doing": "typing"}.items()

    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            (Kind.MESSAGE, {"id": "msg_12345"}),
            (Kind.DELIVERY, {"id": "msg_12345"}),
            (Kind.CONVERSATION, {"conversation_id": 12345}),
            (Kind.TICKET, {"id": 12345}),
            (Kind.PRESENCE, {"conversation_id": 12345}),
        ],
    )
    def test_a_row_that_is_gone_is_named(self, kind: Kind, name: dict[str, Any]) -> None:
        assert told(kind, 12345).items() >= (name | {"gone": True}).items()

    def test_a_long_text_is_cut_and_says_so(self, lead: Conversation) -> None:
        message = Message.objects.create(conversation=lead, sender="user", text="é" * 60_000)
        data = told(Kind.MESSAGE, message.pk)
        assert (len(data["text"]), data["truncated"]) == (shapes.LONGEST, True)

    @pytest.mark.parametrize("text", ["a\n\nevent: expired\ndata: {}\n\n", "\r\r\rid: 9\r", "\u2028\x85\ud800"])
    def test_no_text_breaks_out_of_its_event(self, text: str) -> None:
        piece = shapes.frame("message", {"text": text}, 1)
        assert piece.count(b"\n") == 4
        assert b"\r" not in piece

    def test_a_burst_costs_as_many_statements_as_one(self, phone: Phone, student: Conversation) -> None:
        SupportTicket.objects.create(conversation=student)
        with CaptureQueriesContext(connection) as for_few:
            shapes.frames(_all_that_happened())
        for _ in range(5):
            phone.says("menu")
            Message.objects.update(delivery_status="read")
        with CaptureQueriesContext(connection) as for_many:
            assert len(shapes.frames(_all_that_happened())) > 30
        assert len(for_many) == len(for_few) <= 8


def _all_that_happened() -> list[Happened]:
    rows = LiveEvent.objects.order_by("id")
    return [Happened(row.pk, Kind(row.kind), row.subject, row.data, row.created_at) for row in rows]


def hear(play: Callable[[Follower], object], expires_in: float = 60) -> list[bytes]:
    """All that a follower is sent, from `play` to its end."""

    async def follow() -> list[bytes]:
        follower = Follower(asyncio.get_running_loop().time() + expires_in)
        play(follower)
        return [piece async for piece in follower.pieces()]

    return asyncio.run(follow())


def nothing(follower: Follower) -> None:
    """It is quiet at the desk."""


class TestTickets:
    """Whatever verb changes a ticket, and however it writes, the ticket is told of."""

    @pytest.fixture
    def ticket(self, student: Conversation) -> SupportTicket:
        return SupportTicket.objects.create(conversation=student)

    def test_every_write_is_told(self, ticket: SupportTicket, student: Conversation) -> None:
        writes: dict[str, Callable[[], object]] = {
            "an update in SQL": lambda: SupportTicket.objects.filter(pk=ticket.pk).update(rating=5),
            "an entry": lambda: SupportMessage.objects.create(ticket=ticket, kind="note", sender_type="admin"),
        }
        for name, write in writes.items():
            LiveEvent.objects.all().delete()
            write()
            assert list(LiveEvent.objects.values_list("kind", "subject")) == [("ticket", ticket.pk)], name

    def test_what_the_list_of_conversations_shows_is_told_there_too(
        self, ticket: SupportTicket, student: Conversation
    ) -> None:
        both = {("ticket", ticket.pk), ("conversation", student.pk)}
        writes: dict[str, Callable[[], object]] = {
            "an update in SQL": lambda: SupportTicket.objects.filter(pk=ticket.pk).update(waiting_since=timezone.now()),
            "another status": lambda: SupportTicket.objects.filter(pk=ticket.pk).update(status="RESOLVED"),
            "a deletion": ticket.delete,
        }
        for name, write in writes.items():
            LiveEvent.objects.all().delete()
            write()
            assert set(LiveEvent.objects.values_list("kind", "subject")) == both, name

    def test_who_it_is_is_told_of_their_present_ticket_too(self, ticket: SupportTicket, student: Conversation) -> None:
        SupportTicket.objects.create(conversation=student, status="CLOSED")
        changes: tuple[dict[str, str], ...] = ({"name": "Ada Eze"}, {"phone": "+2348099999999"})
        for change in changes:
            LiveEvent.objects.all().delete()
            Contact.objects.filter(pk=student.contact_id).update(**change)
            told = set(LiveEvent.objects.values_list("kind", "subject"))
            assert told == {("ticket", ticket.pk), ("conversation", student.pk)}, change

    def test_a_note_beside_a_conversation_is_told_of_there(self, lead: Conversation) -> None:
        LiveEvent.objects.all().delete()
        SupportMessage.objects.create(conversation=lead, kind="note", sender_type="admin", text="Calls on Monday.")
        assert list(LiveEvent.objects.values_list("kind", "subject")) == [("conversation", lead.pk)]


class TestFollower:
    """One console: it gets what it is given, or it is ended."""

    def test_it_gets_everything_and_then_the_end(self) -> None:
        def play(follower: Follower) -> None:
            follower.put(b"one ", b"two ")
            follower.expire()

        assert b"".join(hear(play)) == b"one two " + shapes.EXPIRED

    def test_one_that_reads_too_slowly_is_ended_and_costs_no_more_memory(self) -> None:
        def play(follower: Follower) -> None:
            for _ in range(60):
                follower.put(b"x" * 100_000)

        assert hear(play) == []

    def test_it_expires_with_its_token(self) -> None:
        assert hear(nothing, expires_in=0.01) == [shapes.EXPIRED]

    def test_a_quiet_stream_gives_signs_of_life(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(followers, "HEARTBEAT", 0.01)
        *beats, last = hear(nothing, expires_in=0.2)
        assert len(beats) > 3
        assert all(b"event: heartbeat\n" in beat and b"id:" not in beat for beat in beats)
        assert last == shapes.EXPIRED
