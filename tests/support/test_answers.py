"""Staff answer: words, files and templates on their way to a student, and what a category says by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from conversations import storage
from conversations.bot.types import State
from conversations.errors import DomainError
from conversations.models import Conversation, Message, Sender
from support import services
from support.errors import (
    ChatNotActive,
    FileRefused,
    Forbidden,
    UnknownTemplate,
    WindowClosed,
    WrongParameters,
)
from support.models import By, Category, MessageTemplate, Status, SupportTicket
from support.services import Details, Upload
from support.services.files import KINDS, LARGEST
from tests.conversations.admin.conftest import PNG
from tests.conversations.conftest import Phone
from tests.support.conftest import together
from whatsapp.limits import MEDIA, takes

YESTERDAY = timedelta(hours=25)


@pytest.fixture
def template(db: None) -> MessageTemplate:
    """A template with one parameter."""
    return MessageTemplate.objects.create(name="we_answered", language="en", body="Hi {{1}}, we have an answer.")


@pytest.fixture
def long_ago(student: Conversation) -> Conversation:
    """A student whose 24-hour window has closed."""
    student.last_inbound_at = datetime.now(UTC) - YESTERDAY
    student.save()
    return student


# --- answered ---------------------------------------------------------------------------------------------------------


def test_the_same_client_id_returns_the_same_message_whatever_has_happened_since(
    ticket: SupportTicket, grace: User
) -> None:
    first = services.reply(ticket, grace, "Hello!", client_id="c1")
    services.close(ticket, grace)
    assert services.reply(ticket, grace, "Hello!", client_id="c1") == first
    assert services.send(ticket.conversation, grace, "Hello!", client_id="c1") == first
    assert ticket.entries.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_identical_answers_at_the_same_moment_are_one(ticket: SupportTicket, grace: User) -> None:
    found = []
    answer = lambda: found.append(services.reply(ticket, grace, "Hello!", client_id="c1").pk)  # noqa: E731
    assert together(*[answer] * 20) == []
    assert len(found) == 20
    assert set(found) == set(Message.objects.filter(sender=Sender.ADMIN).values_list("pk", flat=True))


@pytest.mark.parametrize("words", ["", "  \n "])
def test_an_answer_without_words_is_none(ticket: SupportTicket, grace: User, words: str) -> None:
    with pytest.raises(ValueError, match="words"):
        services.reply(ticket, grace, words)


def test_outside_the_window_nothing_is_sent_and_the_templates_are_named(
    long_ago: Conversation, phone: Phone, grace: User, template: MessageTemplate
) -> None:
    MessageTemplate.objects.create(name="withdrawn", body="Hello", is_active=False)
    with pytest.raises(WindowClosed) as refused:
        services.start_chat(long_ago, grace, "Hello!")
    assert refused.value.data == {
        "templates": [{"name": "we_answered", "language": "en", "body": template.body, "parameter_count": 1}]
    }
    assert phone.waits() == []
    assert not SupportTicket.objects.exists()


def test_a_template_reaches_a_student_outside_the_window_and_their_answer_reaches_the_desk(
    long_ago: Conversation, phone: Phone, amina: User, template: MessageTemplate
) -> None:
    message = services.send_template(long_ago, amina, "we_answered", "en", ("Ada",))
    assert message.text == "Hi Ada, we have an answer."
    sent = phone.waits()[0]
    assert sent.template is not None
    assert (sent.template.name, sent.template.parameters) == ("we_answered", ("Ada",))
    phone.says("Great, tell me")
    ticket = SupportTicket.objects.get()
    assert [entry.sender_type for entry in ticket.entries.order_by("id")] == ["admin", "user"]
    services.reply(ticket, amina, "It is six.")


@pytest.mark.parametrize(
    ("who", "name", "parameters", "refusal"),
    [
        ("amina", "unheard_of", ("Ada",), UnknownTemplate),
        ("amina", "we_answered", (), WrongParameters),
        ("amina", "we_answered", ("Ada", "Obi"), WrongParameters),
        ("amina", "we_answered", (" ",), WrongParameters),
        ("grace", "we_answered", ("Ada",), Forbidden),
    ],
)
def test_a_template_that_cannot_be_sent_changes_nothing(  # noqa: PLR0917
    student: Conversation,
    template: MessageTemplate,
    request: pytest.FixtureRequest,
    who: str,
    name: str,
    parameters: tuple[str, ...],
    refusal: type[DomainError],
) -> None:
    with pytest.raises(refusal):
        services.send_template(student, request.getfixturevalue(who), name, "en", parameters)
    assert not SupportTicket.objects.exists()


def test_nothing_is_sent_where_no_chat_is_active(student: Conversation, grace: User) -> None:
    with pytest.raises(ChatNotActive):
        services.send(student, grace, "Hello!")


def test_a_file_goes_out_with_its_caption_and_stands_in_the_thread(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    upload = Upload(PNG, "solution.png", "text/html")
    services.send_file(ticket.conversation, grace, upload, caption="The solution", client_id="f1")
    services.send_file(ticket.conversation, grace, upload, caption="The solution", client_id="f1")
    (sent,) = phone.waits()
    assert sent.file is not None
    assert (sent.file.kind, sent.file.mime_type, sent.file.data) == ("image", "image/png", PNG)
    assert sent.text == "🎧 Support Team: The solution"
    assert ticket.entries.filter(sender_type="admin").count() == 1


def test_every_file_that_staff_may_send_is_one_that_whatsapp_takes() -> None:
    for mime_type, kind in KINDS.items():
        taken = MEDIA[kind]
        assert mime_type in taken.types
        assert LARGEST.get(kind, storage.LIMIT) <= taken.size


def test_a_photo_that_is_too_large_for_whatsapp_is_refused_with_the_limit(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    with pytest.raises(FileRefused, match="larger than 5 MB"):
        services.send_file(ticket.conversation, grace, Upload(PNG.ljust(5 * 1024 * 1024 + 1, b"\0")))
    services.send_file(ticket.conversation, grace, Upload(PNG.ljust(5 * 1024 * 1024, b"\0")))
    (sent,) = phone.waits()
    assert sent.file is not None
    assert takes(sent.file)


@pytest.mark.parametrize(
    "upload",
    [
        Upload(b""),
        Upload(b"<script>alert(1)</script>", "page.png", "image/png"),
        Upload(PNG[:40], "half.png", "image/png"),
        Upload(b"MZ\x90\0", "tool.exe", "text/plain"),
        Upload(b"PK\x03\x04zip", "files.zip", "application/zip"),
        Upload(b"\0" * (16 * 1024 * 1024 + 1), "film.mp4", "video/mp4"),
        Upload(PNG.ljust(5 * 1024 * 1024 + 1, b"\0"), "photo.png", "image/png"),
    ],
    ids=["empty", "a page", "half an image", "a program", "an archive", "too large", "too large an image"],
)
def test_a_file_that_whatsapp_would_not_take_is_refused(ticket: SupportTicket, grace: User, upload: Upload) -> None:
    with pytest.raises(FileRefused):
        services.send_file(ticket.conversation, grace, upload)
    assert not ticket.entries.exists()


@pytest.mark.parametrize(
    ("data", "claimed"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"\xd0\xcf\x11\xe0", "application/msword"),
        ("Größe".encode(), "text/plain; charset=utf-8"),
    ],
)
def test_documents_are_sent_as_such(
    ticket: SupportTicket, phone: Phone, grace: User, data: bytes, claimed: str
) -> None:
    services.send_file(ticket.conversation, grace, Upload(data, "file", claimed))
    sent = phone.waits()[0].file
    assert sent is not None
    assert (sent.kind, sent.mime_type) == ("document", claimed.partition(";")[0])


def test_a_supervisor_answers_a_colleagues_student_without_taking_the_ticket(
    ticket: SupportTicket, grace: User, amina: User
) -> None:
    services.reply(ticket, grace, "Hello!")
    services.reply(ticket, amina, "Amina here, to add:")
    ticket.refresh_from_db()
    assert ticket.assigned_admin == grace


def test_somebody_without_a_role_may_not_answer(ticket: SupportTicket) -> None:
    onlooker = User.objects.create_user("olu", is_staff=True)
    for refused in (
        lambda: services.reply(ticket, onlooker, "Hello!"),
        lambda: services.close(ticket, onlooker),
        lambda: services.note(ticket, onlooker, "Hm."),
        lambda: services.open_ticket(ticket.conversation, onlooker),
        lambda: services.start_chat(ticket.conversation, onlooker),
    ):
        with pytest.raises(Forbidden):
            refused()


# --- the automatic first answer of a category -------------------------------------------------------------------------


@pytest.fixture
def billing(db: None) -> Category:
    """A category that answers by itself."""
    return Category.objects.create(name="Billing", first_answer="Please send us a photo of the receipt.")


def test_a_category_answers_once_and_that_counts_as_nobodys_answer(
    ticket: SupportTicket, phone: Phone, grace: User, billing: Category
) -> None:
    services.set_category(ticket, billing, grace)
    assert [one.text for one in phone.waits()] == ["Please send us a photo of the receipt."]
    services.set_category(ticket, None, grace)
    services.set_category(ticket, billing, grace)
    assert phone.waits() == []
    ticket.refresh_from_db()
    assert (ticket.first_response_at, ticket.status) == (None, Status.OPEN)
    assert ticket.waiting_since is not None
    assert ticket.entries.get().sender_type == "bot"


def test_a_ticket_opened_with_a_category_is_answered_by_it(
    student: Conversation, phone: Phone, grace: User, billing: Category
) -> None:
    services.open_ticket(student, grace, Details(category=billing), by=By.API)
    assert [one.text for one in phone.waits()] == ["Please send us a photo of the receipt."]
    assert phone.conversation.state == State.REGISTERED


def test_a_category_is_silent_after_a_person_and_outside_the_window(
    ticket: SupportTicket, phone: Phone, grace: User, billing: Category
) -> None:
    services.reply(ticket, grace, "Hello!")
    phone.waits()
    services.set_category(ticket, billing, grace)
    services.close(ticket, grace)
    phone.waits()
    Conversation.objects.update(last_inbound_at=datetime.now(UTC) - YESTERDAY)
    services.open_ticket(ticket.conversation, grace, Details(category=billing))
    assert phone.waits() == []
