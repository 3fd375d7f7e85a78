"""The team in Django admin, and a desk with one of everything on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.models import (
    AccountNotice,
    Attachment,
    BotText,
    Contact,
    Conversation,
    DeliveryReport,
    FaqTopic,
    Gate,
    Homework,
    InboxItem,
    Message,
    Payment,
    Subscription,
    UnreadablePost,
)
from support.models import (
    CannedReply,
    Category,
    EscalationRule,
    Holiday,
    MessageTemplate,
    SupportMessage,
    SupportTicket,
    TicketChange,
)

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0"
    b"\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82"
)
SHORTENED = {Homework, InboxItem, AccountNotice, SupportTicket}


@dataclass
class Desk:
    """Somebody at a browser."""

    user: User | None
    client: Client

    def get(self, path: str, **parameters: str | int) -> Response:
        """Open a page."""
        return self.client.get(path, parameters)

    def opens(self, row: Model | type[Model], **parameters: str | int) -> Response:
        """Open a row's page, or a model's list."""
        return self.get(page(row), **parameters)

    def reads(self, row: Model | type[Model], **parameters: str | int) -> str:
        """What a page says."""
        answer = self.opens(row, **parameters)
        assert answer.status_code == 200
        return answer.content.decode()

    def lists(self, model: type[Model]) -> str:
        """What a list says, with the rows that it leaves out unless asked."""
        return self.reads(model, **({"show": "all"} if model in SHORTENED else {}))

    def does(self, row: Model, verb: str, **fields: object) -> Response:
        """Press a button of a row's page."""
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_{verb}"
        return self.client.post(reverse(name, args=[row.pk]), fields)

    def runs(self, action: str, *rows: Model, **fields: object) -> Response:
        """Run an action of a list on these rows."""
        selected = {"action": action, "_selected_action": [row.pk for row in rows], **fields}
        whole = "?show=all" if type(rows[0]) in SHORTENED else ""
        return self.client.post(page(type(rows[0])) + whole, selected, follow=True)


def page(row: Model | type[Model], name: str = "") -> str:
    """The address of a row's page, or of a model's list."""
    meta = row._meta
    if isinstance(row, Model):
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name or 'change'}", args=[row.pk])
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name or 'changelist'}")


@pytest.fixture
def sit(db: None) -> Callable[..., Desk]:
    """Seat somebody at the desk: a member of a group, a superuser, or (is_staff) somebody of the team in no group."""

    def seat(username: str, group: str = "", **rights: bool) -> Desk:
        user = User.objects.create_user(username, **({"is_staff": True} | rights))  # type: ignore[arg-type]
        if group:
            user.groups.add(Group.objects.get(name=group))
        client = Client()
        client.force_login(user)
        return Desk(user, client)

    return seat


@pytest.fixture
def agent(sit: Callable[..., Desk]) -> Desk:
    """An agent."""
    return sit("grace", "agent")


@pytest.fixture
def supervisor(sit: Callable[..., Desk]) -> Desk:
    """A supervisor."""
    return sit("tunde", "supervisor")


@pytest.fixture
def boss(sit: Callable[..., Desk]) -> Desk:
    """A superuser."""
    return sit("boss", is_superuser=True)


@pytest.fixture
def onlooker(sit: Callable[..., Desk]) -> Desk:
    """Somebody who may log in and is in neither group."""
    return sit("olu")


def person(number: int = 1, words: str = "Ada Obi") -> Conversation:
    """A student with a conversation of two messages."""
    contact = Contact.objects.create(
        phone=f"+23480{number:08}",
        name=words[:120],
        profile_name=words[:256],
        username=words[:128],
        class_grade=words[:40],
        registered_at=timezone.now(),
    )
    conversation = Conversation.objects.create(contact=contact, state="idle", last_inbound_at=timezone.now())
    Message.objects.create(conversation=conversation, sender="user", text=words, explanation=_why(words))
    conversation.last_message = Message.objects.create(
        conversation=conversation,
        sender="bot",
        text=words,
        buttons=[{"id": "x", "title": words, "description": ""}],
        delivery_status="failed",
        error=words[:500],
        error_code=131047,
    )
    conversation.last_message_at = timezone.now()
    conversation.save()
    return conversation


def _why(words: str) -> dict[str, Any]:
    return {
        "rule": "unknown_text",
        "keyword": words,
        "state": "idle",
        "to_state": "idle",
        "from_state": "idle",
        "ms": 1.5,
    }


def photo(message: Message, data: bytes = PNG, name: str = "page 1.png", **fields: object) -> Attachment:
    """A stored file."""
    attachment = Attachment(message=message, kind="image", filename=name, mime_type="image/png", size=len(data))
    for field, value in ({"status": "stored"} | fields).items():
        setattr(attachment, field, value)
    attachment.file.save(f"{message.pk}-{Attachment.objects.count()}", ContentFile(data), save=False)
    attachment.save()
    return attachment


def homework_of(conversation: Conversation, number: int = 1, words: str = "Chemistry") -> Homework:
    """Handed in by this person."""
    return Homework.objects.create(
        reference=f"HW{number:04}",
        contact=conversation.contact,
        subject=words[:120],
        submission_type="TEXT",
        content=words,
    )


def payment_of(conversation: Conversation, number: int = 1, words: str = "Monthly") -> Payment:
    """Asked for by this person."""
    return Payment.objects.create(
        reference=f"PAY{number:04}",
        contact=conversation.contact,
        amount=Decimal(5000),
        currency="NGN",
        plan=words[:60],
        days=30,
    )


def one_of_everything(number: int = 1, words: str = "Ada Obi") -> list[Model]:
    """A row of every table that Django admin shows, with the given words wherever somebody outside chose them."""
    conversation = person(number, words)
    first, last = conversation.messages.order_by("id")
    homework, ticket = homework_of(conversation, number, words), _ticket(conversation, number, words)
    return [
        conversation.contact,
        conversation,
        first,
        last,
        photo(first, name=words[:255], homework=homework),
        homework,
        payment_of(conversation, number, words),
        Subscription.objects.create(contact=conversation.contact, plan=words[:60], active_until=timezone.now()),
        FaqTopic.objects.create(slug=f"topic{number}", title=words[:24], answer=words),
        BotText.objects.create(key="cancelled", language=f"x{number}", text=words),
        InboxItem.objects.create(key=f"k{number}", mailbox=f"phone:{words}"[:160], raw={"text": words}, dead=True),
        DeliveryReport.objects.create(
            provider_id=f"p{number}", status="failed", message=last, error={"details": words}, recipient=words[:160]
        ),
        UnreadablePost.objects.create(digest=f"{number}", body=words.encode(), reason="not JSON"),
        AccountNotice.objects.create(
            key=f"n{number}", kind="x", severity="warning", title=words[:300], data={"a": words}
        ),
        Gate.objects.create(name=f"gate-{number}", reason=words[:300]),
        ticket,
        Category.objects.create(name=f"{number}{words}"[:60], first_answer=words),
        CannedReply.objects.create(shortcut=f"s{number}", title=words[:80], text=words),
        Holiday.objects.create(day=timezone.now().replace(year=2000 + number), name=words[:80]),
        MessageTemplate.objects.create(name=f"t{number}{words}"[:120], body=words[:1024]),
        EscalationRule.objects.create(priority="LOW", minutes=number, raised_to="HIGH"),
    ]


def _ticket(conversation: Conversation, number: int, words: str) -> SupportTicket:
    ticket = SupportTicket.objects.create(
        conversation=conversation, sender_name=words[:120], issue_description=words, assigned_admin=None
    )
    SupportMessage.objects.create(ticket=ticket, sender_type="user", message=conversation.messages.first())
    SupportMessage.objects.create(ticket=ticket, sender_type="admin", kind="note", text=words)
    TicketChange.objects.create(ticket=ticket, by="user", field="status", after="OPEN")
    return ticket
