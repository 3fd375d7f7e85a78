"""A conversation's thread and its files."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import media
from conversations.models import Attachment, Conversation, DeliveryStatus, Message
from support import services
from support.models import SupportTicket
from tests.conversations.admin.conftest import PNG
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Api, ClientFor

THREAD = "/api/admin/conversations/+2348012345678/messages"


@pytest.fixture
def desk(agent: User, client_for: ClientFor) -> Api:
    """An agent's program."""
    return client_for(agent)


def thread(desk: Api, query: str = "") -> list[dict[str, Any]]:
    """The messages of Ada's thread."""
    answer = desk.get(f"{THREAD}?{query}")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["data"])


def texts(desk: Api, query: str) -> list[str]:
    """What they say."""
    return [row["text"] for row in thread(desk, query)]


@pytest.fixture
def counted(lead: Conversation) -> list[Message]:
    """Nine messages, one to nine, and nothing else."""
    lead.messages.all().delete()
    return [Message.objects.create(conversation=lead, sender="user", text=str(number)) for number in range(1, 10)]


class TestThread:
    """GET …/{phone}/messages."""

    def test_everybody_is_in_it_oldest_first(self, desk: Api, ticket: SupportTicket, phone: Phone, agent: User) -> None:
        phone.says("I cannot pay")
        services.reply(ticket, agent, "We look into it.")
        rows = thread(desk)
        assert [row["sender"] for row in rows[-3:]] == ["user", "bot", "admin"]
        assert (
            rows[-1]
            | {
                "phone_number": "+2348012345678",
                "text": "We look into it.",
                "sender_type": "admin",
                "sender_name": "grace",
                "message_type": "text",
                "delivery_status": "queued",
                "error": None,
                "buttons": [],
                "media": None,
                "reply_to": None,
                "explanation": None,
                "retry_possible": False,
            }
            == rows[-1]
        )
        assert rows[-1]["timestamp"].endswith("Z")

    def test_what_the_student_said_has_no_delivery_and_is_explained(self, desk: Api, student: Conversation) -> None:
        first = thread(desk)[0]
        assert (first["text"], first["sender_name"], first["delivery_status"]) == ("hi", "Ada Obi", None)
        assert {"rule", "keyword", "state"} <= first["explanation"].keys()

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", "123456789"),
            ("limit=3", "789"),
            ("before={5}&limit=3", "234"),
            ("before=msg_{5}&limit=100", "1234"),
            ("after={5}&limit=3", "678"),
            ("after={9}", ""),
            ("around={5}&limit=3", "456"),
            ("around={5}&limit=4", "4567"),
            ("around={1}&limit=4", "123"),
            ("around={5}&limit=1", "5"),
        ],
    )
    def test_any_part_of_it_can_be_asked_for(
        self, desk: Api, counted: list[Message], query: str, expected: str
    ) -> None:
        ids = [0, *(message.pk for message in counted)]
        assert "".join(texts(desk, query.format(*ids))) == expected

    @pytest.mark.parametrize(
        "query",
        ["before=x", "after=0", "around=msg_", f"before={10**19 - 1}", "before=1&after=2", "limit=101", "page=2"],
    )
    def test_a_bad_parameter_is_422(self, desk: Api, lead: Conversation, query: str) -> None:
        assert desk.get(f"{THREAD}?{query}").status_code == 422

    def test_an_unknown_phone_is_404(self, desk: Api) -> None:
        assert desk.get(THREAD).status_code == 404

    def test_long_words_are_told_in_full(self, desk: Api, counted: list[Message]) -> None:
        Message.objects.filter(pk=counted[-1].pk).update(text="x" * 4000)
        assert thread(desk)[-1]["text"] == "x" * 4000

    def test_trouble_comes_with_what_to_do(self, desk: Api, ticket: SupportTicket, agent: User) -> None:
        sent = Message.objects.filter(pk=services.reply(ticket, agent, "Hello").pk)
        sent.update(delivery_status=DeliveryStatus.UNKNOWN, hold_until=timezone.now() + timedelta(minutes=5))
        waiting = thread(desk)[-1]
        sent.update(hold_until=None)
        undecided = thread(desk)[-1]
        assert (waiting["retry_possible"], undecided["retry_possible"]) == (False, True)
        assert waiting["error"]["hint"] != undecided["error"]["hint"]

    def test_the_number_of_statements_does_not_grow(self, desk: Api, lead: Conversation, phone: Phone) -> None:
        few = statements(desk)
        for _ in range(3):
            phone.sends_photo(PNG, "image/png")
        assert statements(desk) <= few + 1 <= 5  # the messages of the attachments

    def test_polling_is_answered_with_304_until_something_happens(self, desk: Api, lead: Conversation) -> None:
        tag = desk.get(THREAD)["ETag"]
        assert desk.get(THREAD, if_none_match=tag).status_code == 304
        Message.objects.filter(conversation=lead, sender="bot").update(delivery_status=DeliveryStatus.READ)
        assert desk.get(THREAD, if_none_match=tag).status_code == 200


def statements(desk: Api) -> int:
    """How many statements the thread itself takes, beside those about who asks."""
    with CaptureQueriesContext(connection) as seen:
        desk.get(THREAD)
    return sum("conversations_" in query["sql"] for query in seen.captured_queries)


class TestMedia:
    """GET /api/admin/media/{id}."""

    def test_a_photo_of_the_thread_is_served_safely(self, desk: Api, lead: Conversation, phone: Phone) -> None:
        phone.sends_photo(PNG, "image/png", caption="my page")
        media.fetch(Attachment.objects.get().pk)
        found = next(row["media"] for row in thread(desk) if row["media"])
        assert (found["mime_type"], found["size"], found["caption"]) == ("image/png", len(PNG), "my page")
        answer = desk.get(found["url"])
        assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, PNG, "image/png")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]

    def test_a_file_that_is_not_here_yet_is_404(self, desk: Api, lead: Conversation) -> None:
        waiting = Attachment.objects.create(message=lead.messages.earliest("pk"), kind="image")
        assert desk.get(f"/api/admin/media/{waiting.pk}").status_code == 404
        assert desk.get("/api/admin/media/999999").status_code == 404

    def test_without_a_token_nothing_is_served(self, api: Api) -> None:
        assert api.get("/api/admin/media/1").status_code == 401
