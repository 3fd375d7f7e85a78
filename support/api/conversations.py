"""Conversations: the list, one of them, and what staff change about it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from conversations import people, search, selectors, thread
from conversations.bot.types import State
from conversations.models import Conversation
from edubot.api import Body, Endpoint, PageQuery, Success, Words, operation, page
from support import services
from support.api.desk_fields import AssignedFilter, StaffId, assignee
from support.api.lookups import conversation_or_404
from support.api.search import BY_WORDS, SearchedOut, since_field
from support.audit import audit
from support.errors import AssignedToOther, ChatNotActive, Forbidden
from support.live import shapes
from support.models import PRESENT, Priority, Status, SupportTicket

FILTERS = ("state", "chat_support", "unread", "failed")
STATES = [state.value for state in State]
# The ticket in which something goes on, one statement for a whole page.
WITH_TICKET = Prefetch(
    "tickets",
    SupportTicket.objects.filter(PRESENT).select_related("assigned_admin", "category"),
    to_attr="present_tickets",
)


class ConversationOut(serializers.Serializer[Conversation]):
    """A conversation as it stands in the list. It was read WITH_TICKET."""

    conversation_id = serializers.IntegerField()
    phone_number = serializers.CharField(allow_null=True, help_text="E.164; null where WhatsApp withholds it.")
    contact_id = serializers.CharField(help_text="The phone, or the WhatsApp user id: what stands in paths.")
    student_name = serializers.CharField(help_text="The registered name, else the profile name, else the phone.")
    last_message = serializers.CharField(help_text="Its first words.")
    last_message_time = serializers.DateTimeField(allow_null=True)
    last_message_sender = serializers.ChoiceField(choices=["user", "bot", "admin"], allow_null=True)
    last_message_type = serializers.CharField(allow_null=True)
    message_count = serializers.IntegerField()
    unread_count = serializers.IntegerField()
    is_active = serializers.BooleanField(help_text="They wrote in the last 30 minutes, or a chat is open.")
    is_chat_support = serializers.BooleanField()
    type = serializers.ChoiceField(choices=["student", "lead"])
    state = serializers.ChoiceField(choices=STATES)
    labels = serializers.ListField(child=serializers.CharField())
    ticket_id = serializers.IntegerField(allow_null=True)
    assigned_to = serializers.CharField(allow_null=True)
    waiting_since = serializers.DateTimeField(allow_null=True, help_text="Since when they wait for a person's answer.")
    window_expires_at = serializers.DateTimeField(
        allow_null=True, help_text="Until when WhatsApp takes more than templates."
    )

    def to_representation(self, instance: Conversation) -> dict[str, Any]:
        """The row as live events show it, and what changes with time alone."""
        heard = instance.last_inbound_at
        lately = heard is not None and heard > timezone.now() - selectors.ACTIVE_FOR
        row: Any = shapes.conversation(instance, _present(instance)) | {"is_active": instance.is_chat_support or lately}
        return dict(super().to_representation(row | self.more(instance)))

    def more(self, conversation: Conversation) -> dict[str, Any]:
        """What stands beside the list's keys."""
        return {}


class ProfileOut(serializers.Serializer[Any]):
    """What is known of the person."""

    name = serializers.CharField(help_text="As they gave it; empty before they register.")
    profile_name = serializers.CharField(help_text="What WhatsApp calls them.")
    username = serializers.CharField()
    email = serializers.CharField()
    class_grade = serializers.CharField()
    language = serializers.CharField()
    registered_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class PresentTicketOut(serializers.Serializer[Any]):
    """The ticket in which something goes on."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Status.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    category = serializers.CharField(allow_null=True)
    issue_description = serializers.CharField()
    assigned_admin_id = serializers.IntegerField(allow_null=True)
    assigned_to = serializers.CharField(allow_null=True)
    waiting_since = serializers.DateTimeField(allow_null=True)
    first_response_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ConversationDetailOut(ConversationOut):
    """A conversation with the person, what the bot keeps in mind, and the ticket in which something goes on."""

    profile = ProfileOut()
    context = serializers.DictField(  # type: ignore[assignment]  # declared fields do not stay attributes
        help_text="What the bot remembers between two messages."
    )
    ticket = PresentTicketOut(allow_null=True)

    def more(self, conversation: Conversation) -> dict[str, Any]:
        """The person, the memory, the ticket."""
        present = _present(conversation)
        return {
            "profile": conversation.contact,
            "context": conversation.memory,
            "ticket": shapes.ticket(present) if present else None,
        }


class ConversationsQuery(PageQuery):
    """Which conversations."""

    search = serializers.CharField(
        max_length=100,
        required=False,
        help_text=f"The first or last {search.FEWEST_DIGITS} or more digits of a phone, or words of a name or of a "
        f"message. {BY_WORDS}",
    )
    state = serializers.ChoiceField(choices=STATES, required=False)
    chat_support = serializers.BooleanField(required=False, help_text="In a live chat, or not.")
    unread = serializers.BooleanField(required=False, help_text="With messages that nobody has read, or without.")
    failed = serializers.BooleanField(
        required=False, help_text="With messages that failed or of which a person must say whether to send them again."
    )
    assigned = AssignedFilter()

    def get_fields(self) -> Any:
        """With `from`."""
        return super().get_fields() | {"from": since_field()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """`from` belongs to a search."""
        if "from" in attrs and "search" not in attrs:
            raise serializers.ValidationError({"from": ["Say what to search for."]})
        return super().validate(attrs)


class Conversations(Endpoint):
    """Everybody who ever wrote."""

    @operation(query=ConversationsQuery, answers=ConversationOut, paged=True, also=SearchedOut, etag=True)
    def get(self, request: Request, query: dict[str, Any]) -> Success:
        """The conversations, newest message first."""
        filters: dict[str, Any] = {name: query[name] for name in FILTERS if name in query}
        rows, total, since = selectors.conversations(**filters), None, None
        if "assigned" in query:
            theirs = SupportTicket.objects.filter(PRESENT, assigned_admin=assignee(query["assigned"], self.user))
            rows = rows.filter(selectors.IsAnyOf("pk", theirs.values("conversation")))
        if words := query.get("search"):
            narrowed = bool(filters) or "assigned" in query
            hits = search.conversations(words, rows, since=query.get("from"), narrowed=narrowed)
            rows, total, since = rows.filter(pk__in=hits.ids), len(hits.ids), hits.since
        found = page(rows.prefetch_related(WITH_TICKET), query, by="-last_message_at", total=total)
        return Success(found, more={"searched_from": since})


@extend_schema_field({"type": "boolean", "enum": [True]})
class OnlyTrue(serializers.BooleanField):
    """What can be said, and not taken back."""


class ConversationChanges(Body):
    """What changes; what is left out stays."""

    read = OnlyTrue(required=False, help_text="true: staff have read everything up to now.")
    assigned_admin_id = StaffId(required=False, allow_null=True, help_text="Who works on its ticket; null: nobody.")
    take = serializers.BooleanField(required=False, help_text="Assign it even where a colleague has it.")
    labels = serializers.ListField(child=Words(max_length=40), required=False, max_length=20)

    def validate_read(self, read: bool) -> bool:  # noqa: FBT001  (DRF calls it)
        """Nothing can be made unread."""
        if not read:
            raise serializers.ValidationError("Only true: what was read stays read.")
        return read

    def validate_labels(self, labels: list[str]) -> list[str]:
        """Each label once."""
        return list(dict.fromkeys(labels))


class ConversationOfPhone(Endpoint):
    """One conversation."""

    @operation(answers=ConversationDetailOut, etag=True)
    def get(self, request: Request, phone: str) -> Conversation:
        """A conversation with the person's profile, the bot's context and the present ticket."""
        return _with_ticket(conversation_or_404(phone))

    @operation(
        body=ConversationChanges,
        answers=ConversationDetailOut,
        message="Conversation changed",
        errors=(ChatNotActive, AssignedToOther, Forbidden),
        example={"read": True, "labels": ["exam"]},
    )
    def patch(self, request: Request, phone: str, body: dict[str, Any]) -> Conversation:
        """Mark a conversation as read, label it, or give its present ticket to somebody."""
        found = conversation_or_404(phone)
        with transaction.atomic():
            _change(people.lock(found.pk), self.user, body)
            if named := sorted(body.keys() & {"assigned_admin_id", "labels"}):
                audit(request, "conversation.change", found, fields=named)
        return _with_ticket(conversation_or_404(phone))


def _change(conversation: Conversation, staff: User, body: dict[str, Any]) -> None:
    """Lock is held."""
    if body.get("read"):
        thread.mark_read(conversation)
    if "labels" in body:
        conversation.labels = body["labels"]
        conversation.save(update_fields=["labels"])
    if "assigned_admin_id" in body:
        ticket = services.present_ticket(conversation)
        if ticket is None:
            raise ChatNotActive
        services.assign(ticket, body["assigned_admin_id"], staff, take=body.get("take", False))


def _with_ticket(conversation: Conversation) -> Conversation:
    prefetch_related_objects([conversation], WITH_TICKET)
    return conversation


def _present(conversation: Conversation) -> SupportTicket | None:
    found: list[SupportTicket] = conversation.present_tickets  # type: ignore[attr-defined]  # WITH_TICKET's
    return found[0] if found else None
