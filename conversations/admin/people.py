"""People and their conversations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Model, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import localize

from conversations import people, texts
from conversations.admin.base import DeskForm, ReadOnlyAdmin, badge, link_to, shortened
from conversations.admin.filters import ChoiceFilter
from conversations.admin.search import PeopleSearch
from conversations.admin.thread import is_an_id, read_page
from conversations.bot.types import State
from conversations.models import Contact, Conversation
from conversations.models.people import KNOWN


class RegisteredFilter(ChoiceFilter):
    """Students and leads."""

    title = "type"
    parameter_name = "type"
    conditions = {
        "student": ("Students", Q(registered_at__isnull=False)),
        "lead": ("Leads", KNOWN & Q(registered_at=None)),
    }


class LanguageFilter(ChoiceFilter):
    """The languages that the bot speaks."""

    title = "language"
    parameter_name = "speaks"
    conditions = {language: (language, Q(language=language)) for language in texts.LANGUAGES}


class StateFilter(ChoiceFilter):
    """Where the bot stands."""

    title = "state"
    parameter_name = "state_is"
    conditions = {state.value: (state.value.replace("_", " "), Q(state=state.value)) for state in State}


class AttentionFilter(ChoiceFilter):
    """Conversations that somebody should look at."""

    title = "attention"
    parameter_name = "attention"
    conditions = {
        "chat": ("In live chat", Q(state=State.CHAT_SUPPORT_ACTIVE.value)),
        "unread": ("Unread", Q(unread_count__gt=0)),
    }


class ContactForm(DeskForm):
    """What may be corrected of a person."""

    language = forms.ChoiceField(choices=[(language, language) for language in texts.LANGUAGES])


@admin.register(Contact)
class ContactAdmin(PeopleSearch):
    """Students and leads. What they told us may be corrected; their addresses and history may not."""

    form = ContactForm
    contact_path = ""
    list_display = ("display_name", "phone", "type", "class_grade", "language", "is_active", "created_at")
    list_filter = (RegisteredFilter, LanguageFilter, "is_active")
    ordering = ("-created_at", "-id")
    fieldsets = (
        (None, {"fields": ("name", "email", "class_grade", "language", "is_active", "thread")}),
        ("Known from WhatsApp", {"fields": ("phone", "user_id", "parent_user_id", "username", "profile_name")}),
        ("When", {"fields": ("created_at", "registered_at", "updated_at")}),
    )
    readonly_fields = (
        *("thread", "phone", "user_id", "parent_user_id", "username", "profile_name"),
        *("created_at", "registered_at", "updated_at"),
    )

    @admin.display(description="name", ordering="name")
    def display_name(self, contact: Contact) -> str:
        """What staff call this person."""
        return contact.display_name

    @admin.display(description="type", ordering="registered_at")
    def type(self, contact: Contact) -> str:
        """Student or lead."""
        return badge("student", "Student") if contact.is_registered else badge("lead", "Lead")

    @admin.display(description="conversation")
    def thread(self, contact: Contact) -> str:
        """The way to all that was said."""
        return link_to(getattr(contact, "conversation", None), "Read it")

    def write(self, row: Model, changed: list[str] | None) -> None:
        """What was changed, under the lock of the conversation: the bot may be saving the same person."""
        with transaction.atomic():
            people.lock(Contact.objects.get(pk=row.pk).conversation.pk)
            row.save(update_fields=[*(changed or ()), "updated_at"])

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People come by writing to us."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A person's data is erased by its own command, with a record of it."""
        return False


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin, PeopleSearch):
    """All that one person and we ever said to each other, newest last."""

    list_display = (
        *("person", "state_badge", "unread_count", "last_words", "last_message_at", "phone", "window_expires_at"),
    )
    list_filter = (AttentionFilter, StateFilter)
    list_select_related = ("contact", "last_message")
    ordering = ("-last_message_at", "-id")
    sortable_by = ("last_message_at",)  # the one order that has an index
    change_form_template = "admin/conversations/conversation/change_form.html"
    fieldsets = (
        (None, {"fields": ("contact", "phone", "state_badge", "window_expires_at", "labels")}),
        (
            "For developers",
            {
                "classes": ("collapse",),
                "fields": (
                    *("memory", "message_count", "unread_count", "chat_started_at", "last_inbound_at", "polite_at"),
                    "created_at",
                ),
            },
        ),
    )
    readonly_fields = ("phone", "state_badge", "window_expires_at")

    @admin.display(description="person")
    def person(self, conversation: Conversation) -> str:
        """Who it is with."""
        return conversation.contact.display_name

    @admin.display(description="phone")
    def phone(self, conversation: Conversation) -> str:
        """Where they are reached."""
        return conversation.contact.address

    @admin.display(description="state")
    def state_badge(self, conversation: Conversation) -> str:
        """Where the bot stands."""
        return badge("live" if conversation.is_chat_support else "quiet", conversation.state.replace("_", " "))

    @admin.display(description="last message")
    def last_words(self, conversation: Conversation) -> str:
        """How it ends so far."""
        return shortened(conversation.last_message.text) if conversation.last_message else "-"

    @admin.display(description="we may write until")
    def window_expires_at(self, conversation: Conversation) -> str:
        """The end of WhatsApp's 24 hours, in the team's time."""
        ends = conversation.window_expires_at
        return localize(timezone.localtime(ends)) if ends else "-"

    def panel(self, request: HttpRequest, row: Conversation) -> dict[str, Any]:
        """A stretch of the thread (`?before=` or `?after=` a message id); acting there is acting on messages."""
        before, after = (is_an_id(request.GET.get(name)) for name in ("before", "after"))
        return {
            "thread": read_page(row, before=before, after=after),
            "may_act": request.user.has_perm("conversations.change_message"),
        }
