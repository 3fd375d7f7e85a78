"""The thread: its pages as staff read them, and the messages one by one. Nothing here can be edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern

from conversations import outbox
from conversations.admin.base import (
    Do,
    Inline,
    ReadOnlyAdmin,
    Rows,
    badge,
    page_of,
    shortened,
)
from conversations.admin.files import file_links
from conversations.admin.filters import ChoiceFilter
from conversations.admin.search import PeopleSearch
from conversations.bot.rules import Rule
from conversations.models import Attachment, Conversation, DeliveryReport, DeliveryStatus, Message, Sender

PER_PAGE = 50
_SENTENCES = {rule.value: rule.sentence for rule in Rule}
WAITS_FOR_EVIDENCE = "WhatsApp has not said yet whether it arrived."
WAITS_FOR_A_PERSON = "Nobody knows whether it arrived. Look on the phone if you can, then send it again or leave it."


@dataclass(frozen=True, slots=True)
class Line:
    """A message as it stands in the thread."""

    message: Message
    speaker: str
    trouble: str
    explanation: str
    attachments: list[Attachment]
    retry_possible: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a thread, oldest first. `older` and `newer` are ids to go on from, None at the ends."""

    lines: list[Line]
    older: int | None
    newer: int | None


def read_page(conversation: Conversation, *, before: int | None = None, after: int | None = None) -> Page:
    """The newest messages, or those before or after a message id. Two statements, however long the thread is."""
    messages = conversation.messages.select_related("staff", "reply_to").prefetch_related("attachments")
    if after is not None:
        found = list(messages.filter(pk__gt=after).order_by("id")[: PER_PAGE + 1])
        shown = found[:PER_PAGE]
        more_before, more_after = True, len(found) > PER_PAGE
    else:
        wanted = Q(pk__lt=before) if before is not None else Q()
        found = list(messages.filter(wanted).order_by("-id")[: PER_PAGE + 1])
        shown = found[:PER_PAGE][::-1]
        more_before, more_after = len(found) > PER_PAGE, before is not None
    if not shown:
        return Page([], None, None)
    older = shown[0].pk if more_before else None
    newer = shown[-1].pk if more_after else None
    return Page([line_of(message) for message in shown], older, newer)


def line_of(message: Message) -> Line:
    """What staff are told of a message; its attachments are prefetched."""
    return Line(
        message=message,
        speaker=speaker(message),
        trouble=trouble_of(message),
        explanation=explained(message.explanation),
        attachments=list(message.attachments.all()),
        retry_possible=outbox.retry_possible(message),
    )


def speaker(message: Message) -> str:
    """Who said it."""
    if message.sender == Sender.USER:
        return message.conversation.contact.display_name
    return message.staff.get_username() if message.staff else message.get_sender_display()


def trouble_of(message: Message) -> str:
    """What went wrong with an outgoing message and what to do, in plain words; "" when nothing did."""
    if message.delivery_status == DeliveryStatus.UNKNOWN:
        return WAITS_FOR_EVIDENCE if message.hold_until else WAITS_FOR_A_PERSON
    if not message.error:
        return ""
    code = f" ({message.error_code})" if message.error_code else ""
    return f"{message.error}{code} {outbox.hint(message)}".strip()


def explained(explanation: dict[str, Any] | None) -> str:
    """Why the bot answered as it did: the rule in a sentence, then rule, keyword, states and milliseconds."""
    if not explanation:
        return ""
    rule = str(explanation.get("rule", ""))
    facts = [rule]
    if explanation.get("keyword"):
        facts.append(f"“{explanation['keyword']}”")
    before = explanation.get("from_state") or explanation.get("state")
    after = explanation.get("to_state")
    facts.append(f"{before} → {after}" if after else f"{before}")
    if explanation.get("ms") is not None:
        facts.append(f"{explanation['ms']} ms")
    return f"{_SENTENCES.get(rule, '')} [{' · '.join(facts)}]".strip()


def is_an_id(words: str | None) -> int | None:
    """The id that an address names, None for anything else."""
    return int(words) if words and words.isascii() and words.isdigit() and len(words) < 19 else None


class DeliveryFilter(ChoiceFilter):
    """Messages that need somebody, each answered by an index of its own."""

    title = "delivery"
    parameter_name = "delivery"
    conditions = {
        "failed": ("Failed", Q(delivery_status="failed")),
        "asks": ("Waits for a person", Q(delivery_status="unknown", hold_until=None)),
        "held": ("Waits for evidence", Q(delivery_status="unknown", hold_until__isnull=False)),
        "queued": ("Queued", Q(delivery_status="queued")),
    }


class ReportInline(Inline):
    """What the provider reported of a message."""

    model = DeliveryReport
    fields = readonly_fields = ("status", "at", "received_at", "error", "superseded")
    can_delete = False
    max_num = 0
    ordering = ("id",)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin, PeopleSearch):
    """Every message, whoever said it. A failed one can be sent again."""

    contact_path = "conversation__contact__"
    list_display = ("id", "created_at", "person", "sender", "kind", "words", "delivery")
    list_filter = (DeliveryFilter,)
    list_select_related = ("conversation__contact",)
    ordering = ("-id",)
    sortable_by = ()  # millions of rows have one order
    actions = ("send_again",)
    inlines = (ReportInline,)
    fieldsets = (
        (
            None,
            {"fields": ("conversation", "sender", "staff", "kind", "text", "files", "buttons", "payload", "reply_to")},
        ),
        ("The bot's decision", {"fields": ("decision",)}),
        (
            "Delivery",
            {
                "fields": (
                    *("delivery", "trouble", "policy", "attempts", "due_at", "hold_until"),
                    *("sent_at", "delivered_at", "read_at", "failed_at", "revoked_at"),
                )
            },
        ),
        ("For developers", {"fields": ("created_at", "said_at", "provider_id", "client_ref", "client_id", "template")}),
    )
    readonly_fields = ("decision", "delivery", "trouble", "files")

    @admin.display(description="person")
    def person(self, message: Message) -> str:
        """Whose conversation it stands in."""
        return message.conversation.contact.display_name

    @admin.display(description="words")
    def words(self, message: Message) -> str:
        """The beginning of what was said."""
        return shortened(message.text)

    @admin.display(description="delivery")
    def delivery(self, message: Message) -> str:
        """How far it has come."""
        return badge(message.delivery_status, message.get_delivery_status_display() or "")

    @admin.display(description="what happened")
    def trouble(self, message: Message) -> str:
        """What went wrong and what to do."""
        return trouble_of(message) or "-"

    @admin.display(description="files")
    def files(self, message: Message) -> str:
        """What came with it."""
        return file_links(message.attachments.all())

    @admin.display(description="why")
    def decision(self, message: Message) -> str:
        """The stored explanation in words."""
        return explained(message.explanation) or "-"

    def get_urls(self) -> list[URLPattern]:
        """With the button beside a failed message."""
        return [self.post_url("retry", self._retry), *super().get_urls()]

    def retry_by(self, request: HttpRequest) -> Do:
        """How this person sends one again; the desk says whose messages one may."""
        return outbox.retry

    def _retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send one message again, and go back to its conversation."""
        message = self.found(request, pk)
        self.carry_out(request, message, self.retry_by(request), "is sent again.")
        return HttpResponseRedirect(f"{page_of(message.conversation)}#message-{message.pk}")

    @admin.action(description="Send again", permissions=["act"])
    def send_again(self, request: HttpRequest, messages: Rows) -> None:
        """Queue the selected messages that failed, or whose outcome a person was asked about."""
        self.carry_out_each(request, messages, self.retry_by(request), "is sent again.")
