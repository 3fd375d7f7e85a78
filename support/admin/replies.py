"""What the desk answers with, and when: canned replies, templates, categories, rules, holidays."""

from __future__ import annotations

from django.contrib import admin

from conversations.admin.base import DeskAdmin, shortened
from support.models import CannedReply, Category, EscalationRule, Holiday, MessageTemplate


@admin.register(CannedReply)
class CannedReplyAdmin(DeskAdmin):
    """Answers that staff give often."""

    audited_as = "words"
    list_display = ("shortcut", "title", "beginning")
    search_fields = ("shortcut", "title", "text")

    @admin.display(description="text")
    def beginning(self, reply: CannedReply) -> str:
        """How it begins."""
        return shortened(reply.text)


@admin.register(Category)
class CategoryAdmin(DeskAdmin):
    """What tickets are about."""

    audited_as = "words"
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


@admin.register(MessageTemplate)
class MessageTemplateAdmin(DeskAdmin):
    """What Meta has approved. It is written and approved in WhatsApp Manager; here is only the copy that staff see."""

    list_display = ("name", "language", "parameter_count", "beginning", "is_active")
    list_filter = ("is_active", "language")
    search_fields = ("name", "body")
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "language", "body", "is_active"),
                "description": "Copied from WhatsApp Manager, letter by letter: the name, the language (en, en_GB, fr) "
                "and the text with its places {{1}}, {{2}}, …, which staff fill in.",
            },
        ),
    )

    @admin.display(description="places")
    def parameter_count(self, template: MessageTemplate) -> int:
        """How many places staff fill in."""
        return template.parameter_count

    @admin.display(description="text")
    def beginning(self, template: MessageTemplate) -> str:
        """How it begins."""
        return shortened(template.body)


@admin.register(EscalationRule)
class EscalationRuleAdmin(DeskAdmin):
    """When a ticket becomes more urgent by itself."""

    list_display = ("__str__", "is_active")
    list_filter = ("is_active",)
    fieldsets = (
        (
            None,
            {
                "fields": ("priority", "minutes", "raised_to", "is_active"),
                "description": "A ticket of this priority whose student has waited so long, in opening hours, is "
                "raised. Whoever lowers it by hand afterwards has the last word.",
            },
        ),
    )
