"""The live chat over the API: opened, answered, ended, with what the student gets on the phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.files import File
from django.core.files.storage import InMemoryStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.utils import timezone

from conversations import storage
from conversations.models import Attachment, Conversation, Message
from conversations.storage import StoreError
from support import services
from support.audit import AuditEntry
from support.models import MessageTemplate, SupportTicket
from tests.conversations.admin.conftest import PNG
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Answer, Api, ClientFor

ADA = "/api/admin/conversations/+2348012345678"
START, SEND, END = (f"{ADA}/chat-support/{verb}" for verb in ("start", "send", "end"))


@pytest.fixture
def desk(agent: User, client_for: ClientFor) -> Api:
    """An agent's program."""
    return client_for(agent)


def refused(answer: Answer) -> tuple[int, str]:
    """How something was refused."""
    return answer.status_code, answer.json()["error_code"]


def long_ago() -> None:
    """Nobody has written for more than a day."""
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))


def with_file(desk: Api, data: bytes, **fields: str) -> Answer:
    """Send a file as a browser does."""
    file = SimpleUploadedFile("page.png", data, "image/png")
    return desk.http.post(SEND, {"file": file, **fields}, headers={"authorization": f"Bearer {desk.token}"})


class TestSend:
    """POST …/chat-support/send."""

    def test_the_answer_is_queued_and_reaches_the_phone(self, desk: Api, ticket: SupportTicket, phone: Phone) -> None:
        answer = desk.post(SEND, {"message": "  We look into it.  "})
        message = Message.objects.get(sender="admin")
        at = message.created_at.isoformat().replace("+00:00", "Z")
        assert answer.json() == {
            "status": "success",
            "message": "Message sent successfully",
            "timestamp": at,
            "data": {
                "id": f"msg_{message.pk}",
                "phone_number": "+2348012345678",
                "contact_id": "+2348012345678",
                "text": "We look into it.",
                "message_sent": "We look into it.",
                "timestamp": at,
                "ticket_id": ticket.pk,
                "delivery_status": "queued",
            },
        }
        assert [(one.text, one.buttons) for one in phone.waits()] == [("🎧 Support Team: We look into it.", ())]

    @pytest.mark.parametrize("header", [False, True])
    def test_a_retry_is_sent_once(self, desk: Api, ticket: SupportTicket, phone: Phone, header: bool) -> None:
        body = {"message": "Hello"} if header else {"message": "Hello", "client_id": "c1"}
        headers = {"idempotency_key": "c1"} if header else {}
        first, second = (desk.post(SEND, body, **headers).json()["data"] for _ in range(2))
        assert first == second
        assert len(phone.waits()) == 1

    def test_two_names_for_one_message_are_refused(self, desk: Api, ticket: SupportTicket) -> None:
        answer = desk.post(SEND, {"message": "Hello", "client_id": "c1"}, idempotency_key="c2")
        assert refused(answer) == (422, "VALIDATION_ERROR")

    @pytest.mark.parametrize("key", ["", "x" * 129, "é"])
    def test_a_misshapen_key_is_refused(self, desk: Api, ticket: SupportTicket, key: str) -> None:
        assert desk.post(SEND, {"message": "Hello"}, idempotency_key=key).status_code == 422

    @pytest.mark.parametrize("message", ["", "   ", "\u200b", "x" * 4001, None, 5])
    def test_empty_or_too_long_is_422(self, desk: Api, ticket: SupportTicket, message: Any) -> None:
        answer = desk.post(SEND, {"message": message})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["message"])

    def test_four_thousand_characters_are_taken(self, desk: Api, ticket: SupportTicket) -> None:
        assert desk.post(SEND, {"message": " " + "x" * 4000}).status_code == 200

    def test_without_a_chat_it_is_409(self, desk: Api, student: Conversation) -> None:
        assert refused(desk.post(SEND, {"message": "Hello"})) == (409, "CHAT_NOT_ACTIVE")

    def test_outside_the_window_the_templates_are_named(self, desk: Api, ticket: SupportTicket) -> None:
        MessageTemplate.objects.create(name="we_answered", language="en", body="Hi {{1}}!")
        long_ago()
        answer = desk.post(SEND, {"message": "Hello"})
        assert refused(answer) == (409, "WINDOW_CLOSED")
        assert [one["name"] for one in answer.json()["data"]["templates"]] == ["we_answered"]
        assert desk.get("/api/admin/templates").json()["data"] == answer.json()["data"]["templates"]

    def test_a_colleagues_chat_is_taken_on_purpose_only(
        self, desk: Api, ticket: SupportTicket, other_agent: User
    ) -> None:
        services.take(ticket, other_agent)
        assert refused(desk.post(SEND, {"message": "Hello"})) == (409, "ASSIGNED_TO_OTHER")
        assert desk.post(SEND, {"message": "Hello", "take": True}).status_code == 200
        ticket.refresh_from_db()
        assert str(ticket.assigned_admin) == "grace"

    def test_it_quotes_what_it_answers(self, desk: Api, ticket: SupportTicket, phone: Phone) -> None:
        phone.says("Is it 42?")
        asked = Message.objects.get(text="Is it 42?")
        desk.post(SEND, {"message": "Yes", "reply_to": f"msg_{asked.pk}"})
        assert phone.waits()[0].quotes == asked.provider_id

    def test_another_conversations_message_is_not_quoted(
        self, desk: Api, ticket: SupportTicket, other_phone: Phone
    ) -> None:
        other_phone.says("hi")
        foreign = other_phone.conversation.messages.earliest("pk")
        answer = desk.post(SEND, {"message": "Yes", "reply_to": f"msg_{foreign.pk}"})
        assert list(answer.json()["errors"]) == ["reply_to"]

    def test_the_thirty_first_in_a_minute_is_429(self, desk: Api, ticket: SupportTicket) -> None:
        with time_machine.travel(timezone.now(), tick=False):
            answers = [desk.post(SEND, {"message": f"Part {number}"}) for number in range(31)]
        assert [answer.status_code for answer in answers[:30]] == [200] * 30
        assert refused(answers[30]) == (429, "RATE_LIMITED")
        assert int(answers[30]["Retry-After"]) > 0
        assert ticket.conversation.messages.filter(sender="admin").count() == 30

    def test_it_is_noted_without_its_words(self, desk: Api, ticket: SupportTicket) -> None:
        desk.post(SEND, {"message": "Hello"})
        entry = AuditEntry.objects.get(verb="chat.send")
        assert (entry.username, entry.details) == ("grace", {})


class TestSendFile:
    """POST …/chat-support/send with a file."""

    def test_a_file_with_a_caption_reaches_the_phone(self, desk: Api, ticket: SupportTicket, phone: Phone) -> None:
        answer = with_file(desk, PNG, caption="Your page", client_id="f1")
        assert (answer.status_code, answer.json()["data"]["text"]) == (200, "Your page")
        with_file(desk, PNG, caption="Your page", client_id="f1")
        (sent,) = phone.waits()
        assert sent.file
        assert (sent.file.data, sent.text) == (PNG, "🎧 Support Team: Your page")

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("../../x.png", "x.png"),
            ("..\\x.png", "x.png"),
            ("CON", "CON"),
            ("x" * 500, "x" * 255),
            ("\u202egnp.exe", "gnp.exe"),
        ],
    )
    def test_it_is_kept_under_a_name_of_ours(self, desk: Api, ticket: SupportTicket, name: str, shown: str) -> None:
        head = f'--part\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        form = f"{head}Content-Type: image/png\r\n\r\n".encode() + PNG + b"\r\n--part--\r\n"
        answer = desk.send("POST", SEND, form, content_type="multipart/form-data; boundary=part")
        assert answer.status_code == 200
        attachment = Attachment.objects.get()
        assert re.fullmatch("[0-9a-f]{32}", str(attachment.file))
        assert attachment.filename == shown

    def test_what_whatsapp_does_not_take_is_422(self, desk: Api, ticket: SupportTicket) -> None:
        assert refused(with_file(desk, b"MZ\x90")) == (422, "FILE_REFUSED")

    def test_an_absurdly_large_file_is_413(
        self, desk: Api, ticket: SupportTicket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(storage, "LIMIT", 10)
        assert refused(with_file(desk, PNG)) == (413, "PAYLOAD_TOO_LARGE")

    def test_a_form_without_a_file_is_422(self, desk: Api, ticket: SupportTicket) -> None:
        headers = {"authorization": f"Bearer {desk.token}"}
        answer = desk.http.post(SEND, {"caption": "Your page"}, headers=headers)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["file"])


class Elsewhere(InMemoryStorage):
    """Keeps files outside of the database. While `hangs`, saving takes until `over`, and fails."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs = False
        self.asked, self.over = Event(), Event()

    def _save(self, name: str, content: File[bytes]) -> str:
        if self.hangs:
            self.asked.set()
            self.over.wait(20)
            raise StoreError("It is away.")
        return str(super()._save(name, content))  # type: ignore[misc]  # its stubs do not tell of it

    @property
    def names(self) -> list[str]:
        """What it keeps."""
        return self.listdir("")[1]


class TestFilesElsewhere:
    """A file is sent where files are kept outside of the database."""

    @pytest.fixture
    def elsewhere(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
        settings.STORAGES = {**settings.STORAGES, "media": {"BACKEND": f"{__name__}.Elsewhere"}}
        kept = storage.media_storage()
        assert isinstance(kept, Elsewhere)
        monkeypatch.setattr(Attachment._meta.get_field("file"), "storage", kept)  # chosen at start-up
        yield kept
        kept.over.set()

    @pytest.mark.django_db(transaction=True)
    def test_an_upload_to_a_store_that_hangs_holds_up_nobody_and_leaves_nothing(
        self, desk: Api, ticket: SupportTicket, elsewhere: Elsewhere
    ) -> None:
        def send() -> Answer:
            try:
                return with_file(Api(desk.token), PNG)
            finally:
                connection.close()

        elsewhere.hangs = True
        with ThreadPoolExecutor(1) as beside:
            upload = beside.submit(send)
            assert elsewhere.asked.wait(10)
            assert transactions_of_others() == 0
            assert desk.post(SEND, {"message": "It comes soon."}).status_code == 200
            assert not upload.done()
            elsewhere.over.set()
            assert refused(upload.result()) == (503, "UNAVAILABLE")
        assert (elsewhere.names, Attachment.objects.count()) == ([], 0)
        assert [message.text for message in Message.objects.filter(sender="admin")] == ["It comes soon."]

    def test_a_file_that_may_not_be_sent_is_not_kept(
        self, desk: Api, ticket: SupportTicket, elsewhere: Elsewhere
    ) -> None:
        long_ago()
        assert refused(with_file(desk, PNG)) == (409, "WINDOW_CLOSED")
        assert elsewhere.names == []

    def test_nor_is_one_whose_sending_cannot_be_written_down(
        self, desk: Api, ticket: SupportTicket, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object, **_how: object) -> None:
            raise OperationalError

        monkeypatch.setattr(AuditEntry, "save", away)
        assert refused(with_file(desk, PNG)) == (503, "UNAVAILABLE")
        assert (elsewhere.names, Attachment.objects.count()) == ([], 0)

    def test_a_repeated_one_is_kept_once_and_answered_also_while_the_store_is_away(
        self, desk: Api, ticket: SupportTicket, elsewhere: Elsewhere
    ) -> None:
        first = with_file(desk, PNG, client_id="f1")
        elsewhere.hangs = True
        elsewhere.over.set()
        assert with_file(desk, PNG, client_id="f1").json()["data"]["id"] == first.json()["data"]["id"]
        assert elsewhere.names == [Attachment.objects.get().file.name]


def transactions_of_others() -> int:
    """How many are open in the service."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(xact_start) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'edubot' AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


class TestStart:
    """POST …/chat-support/start."""

    @pytest.mark.parametrize("body", [None, {}, {"message": ""}, {"message": " \u200b "}])
    def test_without_words_the_usual_welcome_is_said(
        self, desk: Api, student: Conversation, phone: Phone, body: Any
    ) -> None:
        answer = desk.post(START, body).json()
        ticket = SupportTicket.objects.get()
        assert (answer["data"]["ticket_id"], answer["data"]["new_state"]) == (ticket.pk, "CHAT_SUPPORT_ACTIVE")
        assert answer["timestamp"] == answer["data"]["timestamp"] == answer["data"]["session_started"]
        assert str(ticket.assigned_admin) == "grace"
        assert phone.waits()[0].text.startswith("Hi Ada! 💬")

    def test_with_words_those_are_said(self, desk: Api, student: Conversation, phone: Phone) -> None:
        assert desk.post(START, {"message": "About your homework"}).json()["data"]["ticket_status"] == "IN_PROGRESS"
        assert phone.waits()[0].text == "🎧 Support Team: About your homework"

    def test_a_second_chat_is_409(self, desk: Api, ticket: SupportTicket) -> None:
        assert refused(desk.post(START)) == (409, "CHAT_ACTIVE")

    def test_a_retry_is_no_second_chat(self, desk: Api, student: Conversation, phone: Phone) -> None:
        body = {"message": "About your homework", "client_id": "s1"}
        assert desk.post(START, body).json()["data"] == desk.post(START, body).json()["data"]
        assert len(phone.waits()) == 1

    @pytest.mark.parametrize("body", [{}, {"message": "Hello"}])
    def test_a_chat_that_could_not_begin_with_words_does_not_begin(
        self, desk: Api, student: Conversation, phone: Phone, body: dict[str, str]
    ) -> None:
        MessageTemplate.objects.create(name="we_answered", language="en", body="Hi {{1}}, we have an answer.")
        long_ago()
        answer = desk.post(START, body)
        assert refused(answer) == (409, "WINDOW_CLOSED")
        assert [template["name"] for template in answer.json()["data"]["templates"]] == ["we_answered"]
        assert (SupportTicket.objects.count(), phone.conversation.state) == (0, student.state)


class TestEnd:
    """POST …/chat-support/end."""

    def test_it_closes_the_ticket_and_says_goodbye(self, desk: Api, ticket: SupportTicket, phone: Phone) -> None:
        answer = desk.post(END)
        ticket.refresh_from_db()
        assert ticket.closed_at
        at = ticket.closed_at.isoformat().replace("+00:00", "Z")
        assert answer.json() == {
            "status": "success",
            "message": "Chat support session ended",
            "timestamp": at,
            "data": {
                "phone_number": "+2348012345678",
                "contact_id": "+2348012345678",
                "session_ended": at,
                "timestamp": at,
                "new_state": "IDLE",
                "ticket_id": ticket.pk,
                "ticket_status": "CLOSED",
            },
        }
        (goodbye,) = phone.waits()
        assert goodbye.text == "Thank you for contacting support! This chat session has ended."
        assert [button.id for button in goodbye.buttons] == ["main_menu"]

    @pytest.mark.parametrize("name", ["message", "admin_message"])
    def test_ones_own_closing_words_are_said(self, desk: Api, ticket: SupportTicket, phone: Phone, name: str) -> None:
        desk.post(END, {name: "Good luck!"})
        assert phone.waits()[0].text == "Good luck!"

    def test_words_that_nobody_sees_are_none(self, desk: Api, ticket: SupportTicket, phone: Phone) -> None:
        desk.post(END, {"message": "\u200b", "admin_message": "\u2060 \ufeff"})
        assert phone.waits()[0].text == "Thank you for contacting support! This chat session has ended."

    def test_ending_it_twice_is_409(self, desk: Api, ticket: SupportTicket) -> None:
        desk.post(END)
        assert refused(desk.post(END)) == (409, "CHAT_NOT_ACTIVE")

    def test_a_colleagues_chat_is_ended_on_purpose_only(
        self, desk: Api, ticket: SupportTicket, other_agent: User
    ) -> None:
        services.take(ticket, other_agent)
        assert refused(desk.post(END)) == (409, "ASSIGNED_TO_OTHER")
        assert desk.post(END, {"take": True}).status_code == 200

    def test_words_that_are_too_long_are_422(self, desk: Api, ticket: SupportTicket) -> None:
        assert desk.post(END, {"message": "x" * 4001}).status_code == 422


class TestTemplates:
    """POST …/{phone}/templates."""

    BODY = {"name": "we_answered", "language": "en", "parameters": ["Ada"]}

    @pytest.fixture
    def boss(self, supervisor: User, client_for: ClientFor, student: Conversation) -> Api:
        """A supervisor's program, a template, and a student who wrote long ago."""
        MessageTemplate.objects.create(name="we_answered", language="en", body="Hi {{1}}, we have an answer.")
        long_ago()
        return client_for(supervisor)

    def test_it_leaves_outside_the_window_and_opens_the_chat(self, boss: Api, phone: Phone) -> None:
        data = boss.post(f"{ADA}/templates", self.BODY).json()["data"]
        assert (data["text"], data["delivery_status"]) == ("Hi Ada, we have an answer.", "queued")
        assert data["ticket_id"] == SupportTicket.objects.get().pk
        (sent,) = phone.waits()
        assert sent.template
        assert (sent.template.name, sent.template.parameters) == ("we_answered", ("Ada",))

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"name": "other"}, "UNKNOWN_TEMPLATE"),
            ({"parameters": []}, "WRONG_PARAMETERS"),
            ({"name": 5}, "VALIDATION_ERROR"),
        ],
    )
    def test_what_cannot_be_sent_is_422(self, boss: Api, change: dict[str, Any], code: str) -> None:
        assert refused(boss.post(f"{ADA}/templates", self.BODY | change)) == (422, code)


@pytest.mark.parametrize("path", [START, SEND, END, f"{ADA}/templates"])
def test_an_unknown_phone_is_404(supervisor: User, client_for: ClientFor, path: str) -> None:
    body = {"message": "Hello", "name": "x", "language": "en"}
    assert refused(client_for(supervisor).post(path, body)) == (404, "NOT_FOUND")
