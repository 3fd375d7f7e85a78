"""What the desk answers with, and when it is there: canned replies, categories, holidays."""

from __future__ import annotations

from django.contrib import admin

from conversations.admin.base import DeskAdmin, shortened
from support.models import CannedReply, Category, Holiday


@admin.register(CannedReply)
class CannedReplyAdmin(DeskAdmin):
    """Answers that staff give often."""

    list_display = ("shortcut", "title", "beginning")
    search_fields = ("shortcut", "title", "text")

    @admin.display(description="text")
    def beginning(self, reply: CannedReply) -> str:
        """How it begins."""
        return shortened(reply.text)


@admin.register(Category)
class CategoryAdmin(DeskAdmin):
    """What tickets are about."""

    list_display = ("name", "is_active", "first")
    list_filter = ("is_active",)
    search_fields = ("name",)

    @admin.display(description="first answer")
    def first(self, category: Category) -> str:
        """How the first answer begins."""
        return shortened(category.first_answer) or "-"


@admin.register(Holiday)
class HolidayAdmin(DeskAdmin):
    """Days on which the desk is closed."""

    list_display = ("day", "name")
    ordering = ("-day",)
