"""Rows on their way into the database: what `story` fills in and `build` copies.

A row may stand where its id will: ids are given to a whole batch at once, just before it is copied.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from edubot.demo.beats import FILE


class Later:
    """A value that is known only when all ids are."""

    __slots__ = ()

    def written(self) -> object:
        """The value for the database."""
        raise NotImplementedError


@dataclass(slots=True, eq=False, kw_only=True)
class Row(Later):
    """A row; wherever it stands as a value, its id is written."""

    id: int = 0

    def written(self) -> object:
        """The id."""
        return self.id


@dataclass(slots=True, eq=False, kw_only=True)
class ContactRow(Row):
    """conversations.Contact"""

    phone: str | None
    user_id: str
    username: str
    profile_name: str
    language: str = "en"
    name: str = ""
    email: str = ""
    class_grade: str = ""
    registered_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, eq=False, kw_only=True)
class ConversationRow(Row):
    """conversations.Conversation"""

    contact: ContactRow
    created_at: datetime
    state: str = ""
    memory: str | MemoryLater = "{}"
    last_message: MessageRow | None = None
    last_message_at: datetime | None = None
    last_inbound_at: datetime | None = None
    polite_at: datetime | None = None
    chat_started_at: datetime | None = None
    read_up_to: int | MessageRow = 0
    message_count: int = 0
    unread_count: int = 0


@dataclass(slots=True, eq=False, kw_only=True)
class MessageRow(Row):
    """conversations.Message"""

    conversation: ConversationRow
    sender: str
    staff: int | None
    kind: str
    text: str
    buttons: str
    list_label: str
    payload: str
    explanation: str | None
    reply_to: MessageRow | None
    created_at: datetime
    said_at: datetime | None
    provider_id: str | None
    client_ref: str
    policy: str
    delivery_status: str | None = None
    attempts: int = 0
    error_code: int | None = None
    error: str = ""
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failed_at: datetime | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class AttachmentRow(Row):
    """conversations.Attachment"""

    message: MessageRow
    homework: HomeworkRow | None = None
    kind: str
    media_id: str
    mime_type: str
    filename: str
    voice: bool
    sha256: str
    size: int
    status: str
    file: str
    created_at: datetime


@dataclass(slots=True, eq=False, kw_only=True)
class HomeworkRow(Row):
    """conversations.Homework"""

    reference: str
    contact: ContactRow
    subject: str
    submission_type: str
    content: str
    status: str = "PENDING"
    assigned_admin: int | None = None
    solution_text: str = ""
    solution_message: MessageRow | None = None
    solved_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, eq=False, kw_only=True)
class PaymentRow(Row):
    """conversations.Payment"""

    reference: str
    contact: ContactRow
    amount: str
    currency: str
    plan: str
    days: int
    status: str = "PENDING"
    decided_by: int | None = None
    decided_at: datetime | None = None
    created_at: datetime


@dataclass(slots=True, eq=False, kw_only=True)
class SubscriptionRow(Row):
    """conversations.Subscription"""

    contact: ContactRow
    plan: str
    started_at: datetime
    active_until: datetime


@dataclass(slots=True, eq=False, kw_only=True)
class TicketRow(Row):
    """support.SupportTicket"""

    conversation: ConversationRow
    status: str = "OPEN"
    priority: str
    category: int | None
    assigned_admin: int | None = None
    sender_name: str
    issue_description: str
    opened_by: str
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    ended_by: str = ""
    waiting_since: datetime | None = None
    first_response_seconds: int | None = None
    resolution_seconds: int | None = None
    chat_started_at: datetime | None = None
    chat_ended_at: datetime | None = None
    chat_seconds: int | None = None
    silence_asked_at: datetime | None = None
    rating: int | None = None
    rating_asked_at: datetime | None = None
    rated_at: datetime | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class EntryRow(Row):
    """support.SupportMessage"""

    ticket: TicketRow
    kind: str
    sender_type: str
    staff: int | None
    message: MessageRow | None
    text: str
    created_at: datetime


@dataclass(slots=True, eq=False, kw_only=True)
class ChangeRow(Row):
    """support.TicketChange"""

    ticket: TicketRow
    staff: int | None
    by: str
    field: str
    before: str
    after: str
    at: datetime


@dataclass(slots=True)
class MemoryLater(Later):
    """What the bot remembers, with the ids of the ticket and the files that a recording could not know."""

    stored: dict[str, Any]
    ticket: TicketRow | None
    asked_at: datetime | None
    files: list[AttachmentRow]

    def written(self) -> object:
        """The memory as JSON."""
        stored = dict(self.stored)
        if "rating" in stored and self.ticket and self.asked_at:
            asked_at = self.asked_at.isoformat().replace("+00:00", "Z")
            stored["rating"] |= {"ticket": self.ticket.id, "asked_at": asked_at}
        if files := stored.get("answers", {}).get("files"):
            stored["answers"]["files"] = [self.files[number - FILE].id for number in files]
        return json.dumps(stored)


@dataclass(slots=True)
class Rows:
    """Rows of every table, in the order in which they are copied."""

    contacts: list[ContactRow] = field(default_factory=list)
    conversations: list[ConversationRow] = field(default_factory=list)
    messages: list[MessageRow] = field(default_factory=list)
    homework: list[HomeworkRow] = field(default_factory=list)
    attachments: list[AttachmentRow] = field(default_factory=list)
    payments: list[PaymentRow] = field(default_factory=list)
    subscriptions: list[SubscriptionRow] = field(default_factory=list)
    tickets: list[TicketRow] = field(default_factory=list)
    entries: list[EntryRow] = field(default_factory=list)
    changes: list[ChangeRow] = field(default_factory=list)
