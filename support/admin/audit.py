"""Who did what, and who is logged in where. To be read; a log-in may be ended."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.dispatch import receiver
from django.http import HttpRequest

from conversations.admin.base import ReadOnlyAdmin, Rows, acted
from support.accounts import families
from support.audit import AuditEntry, audit
from support.models import TokenFamily


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The newest first."""

    list_display = ("at", "username", "verb", "object_type", "object_id", "address")
    list_filter = ("verb",)
    search_fields = ("username", "object_id", "request_id")
    ordering = ("-at",)
    fields = ("at", "username", "address", "verb", "object_type", "object_id", "details", "request_id")


@admin.register(TokenFamily)
class TokenFamilyAdmin(ReadOnlyAdmin):
    """Log-ins of the console and of other programs."""

    audited_as = "log_in"
    list_display = ("user", "created_at", "rotated_at", "expires_at", "address", "ended_at", "ended_by")
    list_select_related = ("user",)
    search_fields = ("user__username", "address")
    ordering = ("-rotated_at",)
    fields = ("user", "address", "agent", "created_at", "rotated_at", "expires_at", "ended_at", "ended_by")
    actions = ("end",)

    @admin.action(description="End these log-ins", permissions=["act"])
    def end(self, request: HttpRequest, rows: Rows) -> None:
        """Whoever uses them has to log in again."""

        self.carry_out_each(request, rows.filter(ended_at=None), families.end_by_admin, "was ended.")


@receiver(acted, dispatch_uid="support.acted")
def _acted(request: HttpRequest, row: Model, verb: str, details: dict[str, Any], **_: Any) -> None:
    """Whatever a form, a button or an action of Django admin does is written down with it."""
    audit(request, verb, row, **details)
