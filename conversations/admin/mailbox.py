"""What waits, what failed, what stops us: items, reports, notices and gates."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone

from conversations import gates, inbox, notices
from conversations.admin.base import ReadOnlyAdmin, Rows, badge, staff_of, verb_of
from conversations.admin.filters import ChoiceFilter
from conversations.models import AccountNotice, DeliveryReport, Gate, InboxItem, UnreadablePost

MOST_SHOWN = 64 * 1024  # bytes of an unreadable post
HEX_SHOWN = 4 * 1024  # bytes of it in hexadecimal


class ItemFilter(ChoiceFilter):
    """Failed items first: they are why this page is there. Each choice has its index."""

    title = "state"
    parameter_name = "show"
    default = "failed"
    conditions = {
        "failed": ("Failed", Q(dead=True)),
        "waiting": ("Waiting", Q(handled_at=None)),
        "all": ("All", Q()),
    }


@admin.register(InboxItem)
class InboxItemAdmin(ReadOnlyAdmin):
    """Items of webhooks. One that failed is kept with its error and can be tried again after a fix."""

    list_display = ("id", "state", "mailbox", "outcome", "attempts", "received_at", "due_at", "handled_at")
    list_filter = (ItemFilter,)
    ordering = ("-id",)
    sortable_by = ()  # millions of rows have one order
    actions = ("try_again",)

    @admin.display(description="state")
    def state(self, item: InboxItem) -> str:
        """Where it stands."""
        if item.dead:
            return badge("failed", "Failed")
        return badge("sent", "Handled") if item.handled_at else badge("queued", "Waiting")

    @admin.action(description="Try again", permissions=["act"])
    def try_again(self, request: HttpRequest, rows: Rows) -> None:
        """Handle the selected failed items as if they had just come in; their notices are settled."""
        self.carry_out_each(request, rows.filter(dead=True), _revive, "is tried again.")


def _revive(item: InboxItem) -> None:
    inbox.revive(item)
    notices.settle_notice(f"dead-item-{item.pk}")


@admin.register(UnreadablePost)
class UnreadablePostAdmin(ReadOnlyAdmin):
    """Signed webhooks that nobody could read, as they came."""

    list_display = ("id", "reason", "times", "size", "received_at")
    ordering = ("-id",)
    fields = ("reason", "times", "received_at", "digest", "size", "as_text", "as_hex")
    readonly_fields = ("size", "as_text", "as_hex")

    @admin.display(description="bytes")
    def size(self, post: UnreadablePost) -> int:
        """How long it is."""
        return len(post.body)

    @admin.display(description="as text")
    def as_text(self, post: UnreadablePost) -> str:
        """The body as text; what is no printable character is shown by its number."""
        text = bytes(post.body)[:MOST_SHOWN].decode("utf-8", "backslashreplace")
        return "".join(char if char.isprintable() or char == "\n" else f"\\u{ord(char):04x}" for char in text)

    @admin.display(description="as bytes")
    def as_hex(self, post: UnreadablePost) -> str:
        """Its beginning, sixteen bytes a line."""
        shown = bytes(post.body)[:HEX_SHOWN]
        return "\n".join(f"{at:06x}  {shown[at : at + 16].hex(' ')}" for at in range(0, len(shown), 16))


class OpenFilter(ChoiceFilter):
    """Notices that are not settled."""

    title = "state"
    parameter_name = "show"
    default = "open"
    conditions = {
        "open": ("Open", Q(settled_at=None)),
        "settled": ("Settled", Q(settled_at__isnull=False)),
        "all": ("All", Q()),
    }


@admin.register(AccountNotice)
class AccountNoticeAdmin(ReadOnlyAdmin):
    """What staff must know of."""

    list_display = ("title", "severity_badge", "kind", "created_at", "settled_at")
    list_filter = (OpenFilter, "severity")
    ordering = ("-created_at", "-id")
    actions = ("settle",)

    @admin.display(description="severity", ordering="severity")
    def severity_badge(self, notice: AccountNotice) -> str:
        """How urgent it is."""
        return badge(notice.severity, notice.severity)

    @admin.action(description="Settled", permissions=["act"])
    def settle(self, request: HttpRequest, rows: Rows) -> None:
        """Somebody has seen to it."""
        self.carry_out_each(request, rows, lambda notice: notices.settle_notice(notice.key), "is settled.")


@admin.register(Gate)
class GateAdmin(ReadOnlyAdmin):
    """Why nothing leaves at this moment; and the switch by which a person stops all sending."""

    list_display = ("name", "state", "reason", "error_code", "times", "closed_at", "closed_until")
    ordering = ("name",)
    actions = ("open_gates",)
    change_list_template = "admin/conversations/gate/change_list.html"
    readonly_fields = ("state",)

    @admin.display(description="state")
    def state(self, gate: Gate) -> str:
        """Shut, or on trial: its time is over and the next message goes ahead alone."""
        shut = gate.closed_until is None or gate.closed_until > timezone.now()
        return badge("failed", "Shut") if shut else badge("queued", "On trial")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list with the switch."""
        paused = Gate.objects.filter(name=gates.PAUSED).exists()
        switch = {"paused": paused, "may_act": self.has_act_permission(request)}
        return super().changelist_view(request, (extra_context or {}) | switch)

    def get_urls(self) -> list[URLPattern]:
        """With the two positions of the switch."""
        return [
            self.post_url("pause", self._pause, pk=""),
            self.post_url("resume", self._resume, pk=""),
            *super().get_urls(),
        ]

    def _pause(self, request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            gates.pause(f"Paused by {staff_of(request).get_username()}.")
            gate = Gate.objects.get(name=gates.PAUSED)
            self._note(request, gate, "Sending is paused. Messages wait until it goes on.")
        return self.back_to_list()

    def _resume(self, request: HttpRequest) -> HttpResponse:
        gate = Gate.objects.filter(name=gates.PAUSED).first()
        if gate:
            with transaction.atomic():
                gates.resume()
                self._note(request, gate, "Sending goes on.")
        return self.back_to_list()

    def _note(self, request: HttpRequest, gate: Model, done: str) -> None:
        self.tell(request, gate, verb_of(request))
        self.log_change(request, gate, done)
        self.message_user(request, done, messages.SUCCESS)

    @admin.action(description="Open", permissions=["act"])
    def open_gates(self, request: HttpRequest, rows: Rows) -> None:
        """Let messages out again, whatever the reason was; where it still holds, the gate shuts by itself."""
        self.carry_out_each(request, rows, lambda gate: gates.open_by_hand(gate.name), "is open.")


@admin.register(DeliveryReport)
class DeliveryReportAdmin(ReadOnlyAdmin):
    """What the provider reported, as it came."""

    list_display = ("id", "status", "message", "at", "received_at", "superseded")
    list_select_related = ("message",)
    ordering = ("-id",)
    sortable_by = ()  # millions of rows have one order
