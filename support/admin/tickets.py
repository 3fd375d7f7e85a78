"""Tickets: who waits, and what was said."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from conversations.admin.base import ChoiceFilter, Inline, PeopleSearch, ReadOnlyAdmin, badge, link_to
from conversations.admin.homework import duration
from support.models import ACTIVE, Status, SupportTicket, TicketChange

MOST_ENTRIES = 100  # of a ticket's thread, the newest; all of it stands in the conversation


class StatusFilter(ChoiceFilter):
    """Active tickets first."""

    title = "status"
    parameter_name = "show"
    default = "active"
    conditions = {
        "active": ("Active", Q(status__in=ACTIVE)),
        **{status.value: (str(status.label), Q(status=status.value)) for status in Status},
        "all": ("All", Q()),
    }


class ChangeInline(Inline):
    """Who changed what, when."""

    model = TicketChange
    fields = readonly_fields = ("at", "by", "staff", "field", "before", "after")
    can_delete = False
    max_num = 0
    ordering = ("id",)


@admin.register(SupportTicket)
class SupportTicketAdmin(ReadOnlyAdmin, PeopleSearch):
    """The longest waiting first."""

    contact_path = "conversation__contact__"
    list_display = ("id", "person", "status_badge", "priority_badge", "category", "assigned_admin", "waiting")
    list_filter = (StatusFilter, "priority", "category")
    list_select_related = ("conversation__contact", "category", "assigned_admin")
    ordering = ("id",)
    inlines = (ChangeInline,)
    change_form_template = "admin/support/supportticket/change_form.html"
    fields = (
        *("person", "thread", "status_badge", "priority_badge", "category", "assigned_admin", "issue_description"),
        *("opened_by", "created_at", "first_response_at", "resolved_at", "closed_at", "ended_by", "rating"),
    )
    readonly_fields = ("person", "thread", "status_badge", "priority_badge")

    @admin.display(description="person", ordering="conversation__contact__name")
    def person(self, ticket: SupportTicket) -> str:
        """Who asked for somebody."""
        return ticket.conversation.contact.display_name

    @admin.display(description="status", ordering="status")
    def status_badge(self, ticket: SupportTicket) -> str:
        """Where it stands."""
        return badge(ticket.status, ticket.get_status_display())

    @admin.display(description="priority", ordering="priority")
    def priority_badge(self, ticket: SupportTicket) -> str:
        """How urgent it is."""
        return badge(ticket.priority, ticket.get_priority_display())

    @admin.display(description="waiting", ordering="created_at")
    def waiting(self, ticket: SupportTicket) -> str:
        """How long the person waited for the first answer, or has been waiting."""
        return duration((ticket.first_response_at or ticket.closed_at or timezone.now()) - ticket.created_at)

    @admin.display(description="conversation")
    def thread(self, ticket: SupportTicket) -> str:
        """The way to all that was said."""
        return link_to(ticket.conversation, "Read it")

    def panel(self, request: HttpRequest, row: SupportTicket) -> dict[str, Any]:
        """The newest entries of its thread, oldest first."""
        entries = row.entries.select_related("message", "staff").order_by("-id")[:MOST_ENTRIES]
        return {"entries": list(entries)[::-1]}
