"""A desk at which every operation of the API has something to do, and requests that it takes, read off the schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from conversations import media
from conversations.models import Attachment, BotText, FaqTopic, Homework, Message, Payment, Subscription
from edubot.api import docs
from support import services
from support.models import CannedReply, Category, MessageTemplate, SupportTicket
from tests.conversations.admin.conftest import PNG
from tests.conversations.conftest import Phone
from tests.support.api.conftest import PASSWORD, Answer, Api

Operation = tuple[str, str]  # the method, and the path as it is documented

PHONE = "+2348012345678"
LOGIN, REFRESH = "/api/admin/login", "/api/admin/token/refresh"
WEBHOOKS = ("/api/webhook/whatsapp", "/api/webhook/payments/paystack")
WRITTEN = ("canned-replies", "categories", "faqs", "bot-texts")
NEW: dict[str, Any] = {
    "/api/admin/canned-replies": {"shortcut": "bye", "title": "Goodbye", "text": "Goodbye!"},
    "/api/admin/categories": {"name": "Exams"},
    "/api/admin/faqs": {"slug": "exams", "title": "Exams", "answer": "In June."},
    "/api/admin/bot-texts": {"key": "chat_hello", "text": "Goodbye!"},
}


def described() -> dict[str, Any]:
    """The documentation of the service as it is."""
    docs.described.cache_clear()
    found: dict[str, Any] = Api().get("/api/schema/").json()
    return found


def undone(ask: Callable[[], Answer]) -> Answer:
    """What is answered, as if it had not been asked."""
    with transaction.atomic():
        found = ask()
        transaction.set_rollback(True)
    return found


@dataclass
class World:
    """A student in a live chat, with homework and its photo, a payment, a subscription, and what the team wrote."""

    schema: dict[str, Any]
    ids: dict[str, Any]

    @property
    def operations(self) -> list[Operation]:
        """All of them but the webhooks, which have no token and no envelope."""
        paths = {path: item for path, item in self.schema["paths"].items() if path not in WEBHOOKS}
        return [(method.upper(), path) for path, item in paths.items() for method in item]

    def documented(self, operation: Operation) -> dict[str, Any]:
        """What the schema says of an operation."""
        method, path = operation
        found: dict[str, Any] = self.schema["paths"][path][method.lower()]
        return found

    def path(self, path: str, **ids: Any) -> str:
        """The address of something that is there, or of what `ids` name."""
        query = "?query=ada" if path.endswith("/search") else ""
        return path.format_map(self.ids_in(path) | ids) + query

    def ids_in(self, path: str) -> dict[str, Any]:
        """What stands in this path for something that is there."""
        table = next((name for name in WRITTEN if f"/{name}/" in path), "")
        return self.ids | {"row_id": self.ids.get(table)}

    def body(self, operation: Operation) -> Any:
        """A body that the operation takes; None where it takes none."""
        described = self.documented(operation).get("requestBody")
        if described is None:
            return None
        mine = {LOGIN: {"username": "root", "password": PASSWORD}, REFRESH: {"refresh": self.ids["refresh"]}}
        return (mine | NEW).get(operation[1]) or described["content"]["application/json"].get("example", {})

    def keys(self, operation: Operation) -> set[str]:
        """The keys that the operation documents for its body."""
        content = self.documented(operation)["requestBody"]["content"]["application/json"]["schema"]
        name = content.get("$ref", "").rpartition("/")[2]
        described = self.schema["components"]["schemas"][name] if name else content
        return set(described["properties"])

    def ask(self, operation: Operation, who: Api, body: Any = None, **headers: str) -> Answer:
        """A good request, unless `body` and `headers` make it another one."""
        method, path = operation
        return who.send(method, self.path(path), self.body(operation) if body is None else body, **headers)


def make_world(ticket: SupportTicket, phone: Phone, admin: User) -> World:
    """The desk around a student who has just asked for a person."""
    phone.sends_photo(PNG, "image/png")
    photo = Attachment.objects.get()
    media.fetch(photo.pk)
    student = ticket.conversation.contact
    until = timezone.now() + timedelta(days=30)
    MessageTemplate.objects.create(name="we_answered", language="en", body="Hi {{1}}!")
    rows: dict[str, Any] = {
        "ticket_id": ticket,
        "homework_id": Homework.objects.create(
            contact=student, reference="HW1", subject="Maths", submission_type=Homework.TEXT
        ),
        "payment_id": Payment.objects.create(
            contact=student, reference="P1", amount=5000, currency="NGN", plan="Monthly", days=30
        ),
        "subscription_id": Subscription.objects.create(contact=student, plan="Monthly", active_until=until),
        "student_id": student,
        "lead_id": student,
        "media_id": photo,
        "message_id": Message.objects.filter(sender="bot").latest("pk"),
        "canned-replies": CannedReply.objects.create(shortcut="hi", title="Hello", text="Hello!"),
        "categories": Category.objects.create(name="Fees"),
        "faqs": FaqTopic.objects.create(slug="fees", title="Fees", answer="Five."),
        "bot-texts": BotText.objects.create(key="help", text="Help!"),
    }
    rows["homework_id"].attachments.add(photo)
    services.note_beside(ticket.conversation, admin, "Her mother will call.")
    words = {"phone": PHONE, "report": "volume", "export": "tickets"}
    refresh = Api().post(LOGIN, {"username": admin.username, "password": PASSWORD}).json()["refresh"]
    return World(described(), words | {"refresh": refresh} | {name: row.pk for name, row in rows.items()})
