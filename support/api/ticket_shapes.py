"""Tickets as clients see them, and the rows that this takes."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conversations import outbox
from conversations.models import Sender
from support.api.messages import MediaOut, TroubleOut
from support.live import shapes
from support.models import EntryKind, Priority, Status, SupportMessage, SupportTicket

MOST_ENTRIES = 500  # of a thread at once: beyond that the answer would be counted in megabytes


def with_thread(
    ticket: SupportTicket, *, before: SupportMessage | None = None, limit: int = MOST_ENTRIES
) -> SupportTicket:
    """The ticket with the newest `limit` entries of its thread, or of what stands before one of them, oldest first.

    Two queries: what was said, and the files.
    """
    said = ticket.entries.select_related("message", "staff").prefetch_related("message__attachments")
    if before:
        at = before.created_at
        said = said.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=before.pk))
    found = list(said.order_by("-created_at", "-pk")[: limit + 1])
    ticket.thread, ticket.has_older = found[:limit][::-1], len(found) > limit  # type: ignore[attr-defined]
    return ticket


class TicketOut(serializers.Serializer[SupportTicket]):
    """A ticket in a list."""

    id = serializers.IntegerField()
    ticket_id = serializers.IntegerField(source="pk")
    phone_number = serializers.CharField(source="conversation.contact.phone", allow_null=True)
    contact_id = serializers.CharField(source="conversation.contact.address")
    sender_name = serializers.CharField()
    student_id = serializers.SerializerMethodField(help_text="Null for a lead.")
    student_name = serializers.CharField(source="conversation.contact.display_name")
    issue_description = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    category = serializers.SerializerMethodField()
    assigned_admin_id = serializers.IntegerField(allow_null=True)
    assigned_to = serializers.SerializerMethodField()
    message_count = serializers.IntegerField(help_text="What was said, without notes.")
    waiting_since = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    first_response_at = serializers.DateTimeField(allow_null=True)

    def get_student_id(self, ticket: SupportTicket) -> int | None:
        """The person's id, once they are registered."""
        contact = ticket.conversation.contact
        return contact.pk if contact.is_registered else None

    def get_category(self, ticket: SupportTicket) -> str | None:
        """The category's name."""
        return ticket.category.name if ticket.category else None

    def get_assigned_to(self, ticket: SupportTicket) -> str | None:
        """The user name of whoever has it."""
        return ticket.assigned_admin.get_username() if ticket.assigned_admin else None


class EntryOut(serializers.Serializer[Any]):
    """An entry of a ticket's thread. `context["ticket"]` has the person's name."""

    id = serializers.IntegerField()
    ticket_id = serializers.IntegerField(allow_null=True, help_text="Null for a note beside a chat without one.")
    sender_type = serializers.CharField(help_text="user, bot, admin or system.")
    sender_name = serializers.SerializerMethodField()
    kind = serializers.ChoiceField(choices=EntryKind.choices)
    internal = serializers.SerializerMethodField(help_text="A note that never leaves the desk.")
    message = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    delivery_status = serializers.SerializerMethodField()
    conversation_message_id = serializers.SerializerMethodField(
        help_text="The same in the conversation's thread, e.g. `msg_41`; null for what never travelled."
    )
    message_type = serializers.SerializerMethodField(help_text="text, image, …; null for what never travelled.")
    media = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    retry_possible = serializers.SerializerMethodField()

    def get_sender_name(self, entry: SupportMessage) -> str:
        """Who said it."""
        if entry.sender_type == Sender.USER:
            ticket: SupportTicket = self.context["ticket"]
            return ticket.conversation.contact.display_name
        return entry.staff.get_username() if entry.staff else entry.sender_type.capitalize()

    def get_internal(self, entry: SupportMessage) -> bool:
        """Whether it is a note."""
        return entry.kind == EntryKind.NOTE

    def get_message(self, entry: SupportMessage) -> str:
        """The words, wherever they are kept."""
        return entry.message.text if entry.message else entry.text

    def get_delivery_status(self, entry: SupportMessage) -> str | None:
        """How far it has come; null for what is not sent."""
        return entry.message.delivery_status if entry.message else None

    def get_conversation_message_id(self, entry: SupportMessage) -> str | None:
        """The message that travelled."""
        return f"msg_{entry.message_id}" if entry.message_id else None

    def get_message_type(self, entry: SupportMessage) -> str | None:
        """What kind of message it is."""
        return entry.message.kind if entry.message else None

    @extend_schema_field(MediaOut(allow_null=True))
    def get_media(self, entry: SupportMessage) -> dict[str, Any] | None:
        """Its file."""
        return shapes.media(entry.message) if entry.message else None

    @extend_schema_field(TroubleOut(allow_null=True))
    def get_error(self, entry: SupportMessage) -> dict[str, Any] | None:
        """What went wrong on its way."""
        found: dict[str, Any] | None = shapes.delivery(entry.message)["error"] if entry.message else None
        return found

    def get_retry_possible(self, entry: SupportMessage) -> bool:
        """Whether it can be sent again."""
        return bool(entry.message and outbox.retry_possible(entry.message))


class TicketDetailOut(TicketOut):
    """A ticket with its thread. It was read `with_thread`."""

    messages = serializers.SerializerMethodField()
    has_older = serializers.BooleanField(help_text="Whether the thread has entries before these: ask with `before`.")

    @extend_schema_field(EntryOut(many=True))
    def get_messages(self, ticket: SupportTicket) -> list[dict[str, Any]]:
        """The newest entries of the thread, oldest first."""
        thread: list[SupportMessage] = ticket.thread  # type: ignore[attr-defined]
        return [dict(row) for row in EntryOut(thread, many=True, context={"ticket": ticket}).data]


class OpenedOut(serializers.Serializer[SupportTicket]):
    """A ticket that was opened, or that is open already."""

    ticket_id = serializers.IntegerField(source="pk")
    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Status.choices)
    phone_number = serializers.CharField(source="conversation.contact.phone", allow_null=True)


class WrittenOut(serializers.Serializer[SupportMessage]):
    """An entry that was added to a ticket's thread."""

    message_id = serializers.IntegerField(source="pk")
    id = serializers.IntegerField()
    message = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_message(self, entry: SupportMessage) -> str:
        """The words, wherever they are kept."""
        return entry.message.text if entry.message else entry.text


class NotificationsOut(serializers.Serializer[Any]):
    """How much waits at the desk."""

    open_tickets = serializers.IntegerField()
    in_progress_tickets = serializers.IntegerField()
    unassigned_tickets = serializers.IntegerField()
    active_chats = serializers.IntegerField()
    has_alerts = serializers.BooleanField()
