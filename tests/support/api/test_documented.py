"""Every status that the documentation names is answered by every operation that it is named for; so is every code.

Each request is undone before the next one, so all of them find the desk of `world`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from conversations import media
from conversations.models import Attachment, BotText, Conversation, FaqTopic, Homework, Message, Payment, Subscription
from edubot.api import docs
from support import paystack, services
from support.models import CannedReply, Category, MessageTemplate, Status, SupportTicket
from tests.conversations.admin.conftest import PNG
from tests.conversations.conftest import Phone
from tests.support.api.conftest import PASSWORD, Answer, Api, ClientFor
from whatsapp import signature

pytestmark = pytest.mark.django_db

Operation = tuple[str, str]  # the method, and the path as it is documented

PHONE, NOBODY = "+2348012345678", "+2348099999999"
PERSON, TICKETS, HOMEWORK = "/api/admin/conversations/{phone}", "/api/support/tickets", "/api/admin/homework"
CHAT, TICKET, ONE_HOMEWORK = f"{PERSON}/chat-support", f"{TICKETS}/{{ticket_id}}", f"{HOMEWORK}/{{homework_id}}"
PAYMENT, MEDIA = "/api/admin/payments/{payment_id}/status", "/api/admin/media/{media_id}"
RETRY = "/api/admin/messages/{message_id}/retry"
LOGIN, REFRESH, LOGOUT = "/api/admin/login", "/api/admin/token/refresh", "/api/admin/logout"
WHATSAPP, PAYSTACK = "/api/webhook/whatsapp", "/api/webhook/payments/paystack"
WEBHOOKS = (WHATSAPP, PAYSTACK)
SECRET = "sk_test_0123456789"

WRITTEN = ("canned-replies", "categories", "faqs", "bot-texts")
NEW: dict[str, Any] = {
    "/api/admin/canned-replies": {"shortcut": "bye", "title": "Goodbye", "text": "Goodbye!"},
    "/api/admin/categories": {"name": "Exams"},
    "/api/admin/faqs": {"slug": "exams", "title": "Exams", "answer": "In June."},
    "/api/admin/bot-texts": {"key": "chat_hello", "text": "Goodbye!"},
}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The documentation of the service as it is."""
    docs.described.cache_clear()
    found: dict[str, Any] = Api().get("/api/schema/").json()
    return found


@dataclass
class World:
    """A desk at which every operation has something to do, and those who ask."""

    schema: dict[str, Any]
    admin: Api
    agent: Api
    reader: Api
    boss: User
    colleague: User
    conversation: Conversation
    ticket: SupportTicket
    ids: dict[str, Any]

    def documented(self, status: int) -> list[Operation]:
        """The operations that may answer so; webhooks are another matter."""
        return [
            (method.upper(), path)
            for path, item in self.schema["paths"].items()
            for method, operation in item.items()
            if str(status) in operation["responses"] and path not in WEBHOOKS
        ]

    def path(self, path: str, **ids: Any) -> str:
        """The address of something that is there, or of what `ids` name."""
        table = next((name for name in WRITTEN if f"/{name}/" in path), "")
        query = "?query=ada" if path.endswith("/search") else ""
        return path.format_map(self.ids | {"row_id": self.ids.get(table)} | ids) + query

    def body(self, operation: Operation) -> Any:
        """A body that the operation takes; None where it takes none."""
        method, path = operation
        described = self.schema["paths"][path][method.lower()].get("requestBody")
        if described is None:
            return None
        mine = {LOGIN: {"username": "root", "password": PASSWORD}, REFRESH: {"refresh": self.ids["refresh"]}}
        return (mine | NEW).get(path) or described["content"]["application/json"].get("example", {})

    def ask(self, operation: Operation, who: Api, body: Any = None, **headers: str) -> Answer:
        """A good request, unless `body` and `headers` make it another one."""
        method, path = operation
        return who.send(method, self.path(path), self.body(operation) if body is None else body, **headers)


@pytest.fixture
def world(  # noqa: PLR0917
    schema: dict[str, Any],
    ticket: SupportTicket,
    phone: Phone,
    admin: User,
    agent: User,
    reader: User,
    other_agent: User,
    client_for: ClientFor,
) -> World:
    """A student in a live chat, with homework, a payment, a subscription and a photo, and what the team wrote."""
    phone.sends_photo(PNG, "image/png")
    photo = Attachment.objects.get()
    media.fetch(photo.pk)
    student = ticket.conversation.contact
    homework = Homework.objects.create(contact=student, reference="HW1", subject="Maths")
    payment = Payment.objects.create(
        contact=student, reference="P1", amount=5000, currency="NGN", plan="Monthly", days=30
    )
    until = timezone.now() + timedelta(days=30)
    subscription = Subscription.objects.create(contact=student, plan="Monthly", active_until=until)
    MessageTemplate.objects.create(name="we_answered", language="en", body="Hi {{1}}!")
    written = {
        "canned-replies": CannedReply.objects.create(shortcut="hi", title="Hello", text="Hello!"),
        "categories": Category.objects.create(name="Fees"),
        "faqs": FaqTopic.objects.create(slug="fees", title="Fees", answer="Five."),
        "bot-texts": BotText.objects.create(key="help", text="Help!"),
    }
    ids = {
        "phone": PHONE,
        "ticket_id": ticket.pk,
        "homework_id": homework.pk,
        "payment_id": payment.pk,
        "subscription_id": subscription.pk,
        "student_id": student.pk,
        "lead_id": student.pk,
        "media_id": photo.pk,
        "message_id": Message.objects.filter(sender="bot").latest("pk").pk,
        "report": "volume",
        "export": "tickets",
        "refresh": Api().post(LOGIN, {"username": "root", "password": PASSWORD}).json()["refresh"],
    } | {name: row.pk for name, row in written.items()}
    return World(
        schema=schema,
        admin=client_for(admin),
        agent=client_for(agent),
        reader=client_for(reader),
        boss=admin,
        colleague=other_agent,
        conversation=ticket.conversation,
        ticket=ticket,
        ids=ids,
    )


Prepare = Callable[[World], object]


def as_it_is(world: World) -> None:
    """Nothing happens before."""


def ended(world: World) -> None:
    """The chat has been ended."""
    services.end_chat(world.conversation, world.boss)


def opened_again(world: World) -> None:
    """The chat has been ended, and an integrator has opened the next ticket: the first one is closed."""
    ended(world)
    services.open_ticket(world.conversation, world.boss)


def resolved_beside_another(world: World) -> None:
    """A ticket was resolved, its chat is over, and another one is active."""
    opened_again(world)
    SupportTicket.objects.filter(pk=world.ticket.pk).update(status=Status.RESOLVED)


def taken(world: World) -> None:
    """A colleague has the ticket and the homework."""
    present = services.present_ticket(world.conversation)
    assert present
    services.take(present, world.colleague)
    Homework.objects.update(assigned_admin=world.colleague)


def opened_and_taken(world: World) -> None:
    """There is no chat, but a ticket, and a colleague has it."""
    opened_again(world)
    taken(world)


def long_ago(world: World) -> None:
    """The student wrote for the last time yesterday."""
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))


def ended_long_ago(world: World) -> None:
    """And the chat is over."""
    ended(world)
    long_ago(world)


def failed(world: World) -> None:
    """The message did not arrive."""
    Message.objects.update(delivery_status="failed", failed_at=timezone.now())


def homework_is(status: str) -> Prepare:
    """The homework has this status."""
    return lambda _world: Homework.objects.update(status=status)


def paid(world: World) -> None:
    """The payment has arrived."""
    Payment.objects.update(status="SUCCESS")


BEFORE: dict[tuple[str, str, int], Prepare] = {
    ("POST", f"{CHAT}/start", 200): ended,
    ("POST", TICKETS, 201): ended,
    ("POST", RETRY, 200): failed,
}
# What the domain refuses: the operation, the code, what happened before, and the body where the usual one will not do.
# An agent asks where it is about a colleague's work; an administrator may do that.
REFUSED: list[tuple[str, str, str, Prepare, Any]] = [
    ("POST", LOGIN, "INVALID_CREDENTIALS", as_it_is, {"username": "root", "password": "wrong"}),
    ("POST", REFRESH, "UNAUTHORIZED", as_it_is, {"refresh": "wrong"}),
    ("POST", LOGOUT, "UNAUTHORIZED", as_it_is, {"refresh": "wrong"}),
    ("PATCH", PERSON, "CHAT_NOT_ACTIVE", ended, {"assigned_admin_id": None}),
    ("PATCH", PERSON, "ASSIGNED_TO_OTHER", taken, {"assigned_admin_id": None}),
    ("POST", f"{CHAT}/start", "CHAT_ACTIVE", as_it_is, None),
    ("POST", f"{CHAT}/start", "ASSIGNED_TO_OTHER", opened_and_taken, None),
    ("POST", f"{CHAT}/start", "WINDOW_CLOSED", ended_long_ago, None),
    ("POST", f"{CHAT}/send", "CHAT_NOT_ACTIVE", ended, None),
    ("POST", f"{CHAT}/send", "ASSIGNED_TO_OTHER", taken, None),
    ("POST", f"{CHAT}/send", "WINDOW_CLOSED", long_ago, None),
    ("POST", f"{CHAT}/end", "CHAT_NOT_ACTIVE", ended, None),
    ("POST", f"{CHAT}/end", "ASSIGNED_TO_OTHER", taken, None),
    ("POST", f"{PERSON}/typing", "CHAT_NOT_ACTIVE", ended, None),
    ("POST", f"{PERSON}/templates", "UNKNOWN_TEMPLATE", as_it_is, {"name": "other", "language": "en"}),
    ("POST", f"{PERSON}/templates", "WRONG_PARAMETERS", as_it_is, {"name": "we_answered", "language": "en"}),
    ("POST", RETRY, "NOT_RETRYABLE", as_it_is, None),
    ("PATCH", TICKET, "INVALID_TRANSITION", ended, {"status": "RESOLVED"}),
    ("PATCH", TICKET, "TICKET_ACTIVE", opened_again, {"status": "IN_PROGRESS"}),
    ("PATCH", TICKET, "ASSIGNED_TO_OTHER", taken, None),
    ("POST", f"{TICKET}/messages?sender_type=admin", "TICKET_CLOSED", ended, None),
    ("POST", f"{TICKET}/messages?sender_type=admin", "TICKET_ACTIVE", resolved_beside_another, None),
    ("POST", f"{TICKET}/messages?sender_type=admin", "ASSIGNED_TO_OTHER", taken, None),
    ("POST", f"{TICKET}/messages?sender_type=admin", "WINDOW_CLOSED", long_ago, None),
    ("PATCH", ONE_HOMEWORK, "INVALID_TRANSITION", homework_is("SOLVED"), {"status": "CANCELLED"}),
    ("PATCH", ONE_HOMEWORK, "ASSIGNED_TO_OTHER", taken, {"assigned_admin_id": None}),
    ("POST", f"{ONE_HOMEWORK}/provide-solution", "HOMEWORK_SOLVED", homework_is("SOLVED"), None),
    ("POST", f"{ONE_HOMEWORK}/provide-solution", "INVALID_TRANSITION", homework_is("CANCELLED"), None),
    ("POST", f"{ONE_HOMEWORK}/mark-solved", "HOMEWORK_SOLVED", homework_is("SOLVED"), {"delivery_message": "Six."}),
    ("POST", f"{ONE_HOMEWORK}/mark-solved", "INVALID_TRANSITION", homework_is("CANCELLED"), None),
    ("PUT", PAYMENT, "INVALID_TRANSITION", paid, {"status": "FAILED"}),
]
WITH_FILE = ("POST", f"{CHAT}/send", "FILE_REFUSED")
USUAL = {"FORBIDDEN", "HTTPS_REQUIRED", "VALIDATION_ERROR", "RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"}  # see below


def undone(ask: Callable[[], Answer]) -> Answer:
    """What is answered, as if it had not been asked."""
    with transaction.atomic():
        found = ask()
        transaction.set_rollback(True)
    return found


def refused(world: World, method: str, path: str, code: str, before: Prepare, body: Any) -> Answer:  # noqa: PLR0917
    """The answer to a row of REFUSED."""
    before(world)
    who = world.agent if code == "ASSIGNED_TO_OTHER" else world.admin
    usual = world.body((method, path.partition("?")[0]))
    return who.send(method, world.path(path), usual if body is None else body)


def answered(world: World, status: int, ask: Callable[[Operation], Answer]) -> dict[Operation, int]:
    """The operations that promise this status and answer with another one."""
    promised = world.documented(status)
    assert promised
    found = {one: undone(partial(ask, one)).status_code for one in promised}
    return {one: code for one, code in found.items() if code != status}


@pytest.mark.parametrize("status", [200, 201])
def test_what_is_good_succeeds(world: World, status: int) -> None:
    def ask(one: Operation) -> Answer:
        BEFORE.get((*one, status), as_it_is)(world)
        return world.ask(one, world.admin)

    assert answered(world, status, ask) == {}


def test_a_part_of_a_file_is_206(world: World) -> None:
    assert answered(world, 206, lambda one: world.ask(one, world.admin, range="bytes=0-3")) == {}


def test_what_is_known_already_is_304(world: World) -> None:
    assert answered(world, 304, lambda one: world.ask(one, world.admin, if_none_match="*")) == {}


def test_what_is_no_json_is_400(world: World) -> None:
    assert answered(world, 400, lambda one: world.ask(one, world.admin, b"{")) == {}


def test_without_a_token_or_with_a_wrong_secret_it_is_401(world: World) -> None:
    wrong = {LOGIN: {"username": "root", "password": "wrong"}, REFRESH: {"refresh": "x"}, LOGOUT: {"refresh": "x"}}
    assert answered(world, 401, lambda one: world.ask(one, Api(), wrong.get(one[1]))) == {}


def test_without_the_right_or_without_https_it_is_403(world: World, settings: Settings) -> None:
    def ask(one: Operation) -> Answer:
        settings.SECURE_SSL_REDIRECT = False
        refused = world.ask(one, world.reader)
        settings.SECURE_SSL_REDIRECT = True
        return refused if refused.status_code == 403 else world.ask(one, world.reader)

    assert answered(world, 403, ask) == {}


def test_what_is_not_there_is_404(world: World) -> None:
    gone = dict.fromkeys([*world.ids, "row_id"], 999_999_999) | {"phone": NOBODY, "report": "x", "export": "x"}

    def ask(one: Operation) -> Answer:
        return world.admin.send(one[0], world.path(one[1], **gone), world.body(one))

    assert answered(world, 404, ask) == {}


def test_a_body_that_is_too_large_is_413(world: World, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1
    assert answered(world, 413, lambda one: world.ask(one, world.admin)) == {}


def test_a_body_of_another_type_is_415(world: World) -> None:
    assert answered(world, 415, lambda one: world.ask(one, world.admin, content_type="text/plain")) == {}


def test_an_unknown_parameter_is_422(world: World) -> None:
    def ask(one: Operation) -> Answer:
        path = world.path(one[1])
        return world.admin.send(one[0], f"{path}{'&' if '?' in path else '?'}nothing=1", world.body(one))

    assert answered(world, 422, ask) == {}


def test_too_many_requests_are_429(world: World, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    assert answered(world, 429, lambda one: world.ask(one, world.admin)) == {}


def test_without_a_database_it_is_503(world: World) -> None:
    def away(*_: Any) -> Any:
        raise OperationalError("connection to server failed")

    def ask(one: Operation) -> Answer:
        with connection.execute_wrapper(away):
            return world.ask(one, world.admin)

    assert answered(world, 503, ask) == {}


def test_the_domain_refuses_with_its_code(world: World) -> None:
    answers = {row[:3]: undone(partial(refused, world, *row)) for row in REFUSED}
    found = {row: answer.json().get("error_code") for row, answer in answers.items()}
    assert {row: code for row, code in found.items() if code != row[2]} == {}
    for (method, path, code), answer in answers.items():
        described = world.schema["paths"][path.partition("?")[0]][method.lower()]["responses"]
        assert f"`{code}`" in described[str(answer.status_code)]["description"]


def test_a_file_that_whatsapp_would_not_take_is_refused(world: World) -> None:
    answer = world.admin.http.post(
        world.path(f"{CHAT}/send"),
        {"file": SimpleUploadedFile("page.exe", b"MZ", "application/x-msdownload")},
        headers={"authorization": f"Bearer {world.admin.token}"},
    )
    assert (answer.status_code, answer.json()["error_code"]) == (422, "FILE_REFUSED")


def codes(schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Every code that an operation is documented to refuse with."""
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            for answer in operation["responses"].values():
                yield from ((method.upper(), path, code) for code in re.findall("`([A-Z_]+)`:", str(answer)))


def test_no_refusal_is_documented_that_is_not_tried_here(schema: dict[str, Any]) -> None:
    tried = {(method, path.partition("?")[0], code) for method, path, code, *_ in REFUSED} | {WITH_FILE}
    assert {one for one in codes(schema) if one[2] not in USUAL} - tried == set()
    statuses = {
        int(status) for item in schema["paths"].values() for one in item.values() for status in one["responses"]
    }
    assert statuses == {200, 201, 206, 304, 400, 401, 403, 404, 409, 413, 415, 422, 429, 503}


class TestWebhooks:
    """They have no token and no envelope of ours to look at: each answer is asked for by hand."""

    HUB = "hub.mode=subscribe&hub.challenge=1"

    @pytest.mark.parametrize(
        ("status", "query"),
        [(200, f"{HUB}&hub.verify_token=tests-only-verify-token"), (400, HUB), (403, f"{HUB}&hub.verify_token=x")],
    )
    def test_the_handshake(self, api: Api, status: int, query: str) -> None:
        assert api.get(f"{WHATSAPP}?{query}").status_code == status

    @pytest.mark.parametrize("path", WEBHOOKS)
    @pytest.mark.parametrize("status", [200, 401, 413, 503])
    def test_a_delivery(self, api: Api, settings: Settings, path: str, status: int) -> None:
        settings.PAYSTACK_SECRET_KEY = SECRET
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1 if status == 413 else 100
        body = b'{"event": "charge.success", "data": {"reference": "P1"}, "entry": [{}]}'
        signatures = {
            "x_hub_signature_256": signature.sign(body, settings.WHATSAPP_APP_SECRETS[0]),
            "x_paystack_signature": paystack.sign(body, SECRET),
        }

        def away(*_: Any) -> Any:
            raise OperationalError("connection to server failed")

        with connection.execute_wrapper(away if status == 503 else lambda execute, *asked: execute(*asked)):
            assert api.post(path, body, **({} if status == 401 else signatures)).status_code == status

    def test_payments_that_are_not_configured(self, api: Api, settings: Settings) -> None:
        settings.PAYSTACK_SECRET_KEY = ""
        assert api.post(PAYSTACK, b"{}").status_code == 404

    def test_nothing_else_is_documented(self, schema: dict[str, Any]) -> None:
        found = {
            (method, path): set(schema["paths"][path][method]["responses"])
            for path in WEBHOOKS
            for method in schema["paths"][path]
        }
        delivery = {"200", "401", "413", "503"}
        assert found == {
            ("get", WHATSAPP): {"200", "400", "403"},
            ("post", WHATSAPP): delivery,
            ("post", PAYSTACK): delivery | {"404"},
        }
