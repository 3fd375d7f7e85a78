"""Tickets, their threads and their history.

A ticket is a stretch of a conversation in which people answer. `SupportMessage` is an entry of its thread: who, when,
what kind; where the words travelled over WhatsApp it links to the conversation's message, and the text is stored there
alone.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from conversations.models import Conversation, Message
from support.models.content import Category


class Status(models.TextChoices):
    """A ticket's way. What may follow what stands in support.transitions."""

    OPEN = "OPEN", "Open"
    IN_PROGRESS = "IN_PROGRESS", "In progress"
    RESOLVED = "RESOLVED", "Resolved"
    CLOSED = "CLOSED", "Closed"


class Priority(models.TextChoices):
    """How urgent a ticket is."""

    LOW = "LOW", "Low"
    MEDIUM = "MEDIUM", "Medium"
    HIGH = "HIGH", "High"
    URGENT = "URGENT", "Urgent"


class By(models.TextChoices):
    """What a ticket was opened, changed or ended by. `STAFF` and `API` are named in the change's `staff` as well."""

    USER = "user", "Student"
    STAFF = "staff", "Staff"
    API = "api", "API"
    SILENCE = "silence", "Silence"
    AGE = "age", "Age"
    MERGE = "merge", "Merge of two records"
    RULE = "rule", "Rule"


ACTIVE = (Status.OPEN, Status.IN_PROGRESS)
LIVE = Q(chat_started_at__isnull=False, chat_ended_at=None)  # the conversation's live chat is this ticket's
PRESENT = Q(status__in=ACTIVE) | LIVE  # the one ticket of a conversation in which something goes on


class SupportTicket(models.Model):
    """One person's request for a person. At most one per conversation is active (OPEN or IN_PROGRESS).

    `chat_started_at` and `chat_ended_at` are of the ticket's latest live chat: as long as only the first is set, what
    the student says belongs here. `waiting_since` is set while the student waits for our answer. The `…_seconds` are
    measured when they become known, by the opening hours of that day.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="tickets")
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    priority = models.CharField(max_length=8, choices=Priority, default=Priority.MEDIUM)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL)
    assigned_admin = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets"
    )
    sender_name = models.CharField(max_length=120, blank=True)
    issue_description = models.TextField(blank=True)
    opened_by = models.CharField(max_length=8, default=By.USER)  # see By
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    first_answer_sent_at = models.DateTimeField(null=True, blank=True)  # the category's, by the bot
    first_response_at = models.DateTimeField(null=True, blank=True)
    first_response_seconds = models.PositiveIntegerField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution_seconds = models.PositiveIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=8, blank=True)  # see By
    chat_started_at = models.DateTimeField(null=True, blank=True)
    chat_ended_at = models.DateTimeField(null=True, blank=True)
    chat_seconds = models.PositiveIntegerField(null=True, blank=True)
    silence_asked_at = models.DateTimeField(null=True, blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    rating_asked_at = models.DateTimeField(null=True, blank=True)
    rated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "support_tickets"
        verbose_name = "ticket"
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(status__in=["OPEN", "IN_PROGRESS"]), name="one_active_ticket"
            ),
            models.UniqueConstraint(fields=["conversation"], condition=LIVE, name="one_live_chat"),
            models.CheckConstraint(condition=~Q(status="CLOSED") | ~LIVE, name="no_chat_in_a_closed_ticket"),
            models.CheckConstraint(condition=Q(rating=None) | Q(rating__range=(1, 5)), name="rating_is_1_to_5"),
        ]
        indexes = [
            models.Index(fields=["status", "-created_at"], name="ticket_by_status"),
            models.Index(fields=["priority", "-created_at", "-id"], name="ticket_by_priority"),
            models.Index(fields=["category", "-created_at", "-id"], name="ticket_by_category"),
            models.Index(fields=["assigned_admin", "-created_at", "-id"], name="ticket_by_holder"),
            models.Index(fields=["assigned_admin", "conversation"], name="ticket_present", condition=PRESENT),
            models.Index(fields=["conversation", "-id"], name="ticket_of_conversation"),
            # The desk works on a few hundred tickets, whatever the archive holds.
            models.Index(fields=["-id"], condition=Q(status__in=["OPEN", "IN_PROGRESS"]), name="ticket_active"),
            models.Index(fields=["waiting_since"], condition=Q(waiting_since__isnull=False), name="ticket_waiting"),
            # One for each figure and each report: the rows of a stretch of time.
            models.Index(fields=["-created_at"], name="ticket_opened"),
            models.Index(fields=["-first_response_at"], name="ticket_answered"),
            models.Index(fields=["-resolved_at"], name="ticket_resolved"),
            models.Index(fields=["-closed_at"], name="ticket_closed"),
            models.Index(fields=["-chat_ended_at"], name="ticket_chat_ended"),
            models.Index(fields=["-rated_at"], condition=Q(rating__isnull=False), name="ticket_rated"),
            # For `icontains`, which compares in upper case.
            GinIndex(
                *(OpClass(Upper(column), name="gin_trgm_ops") for column in ("sender_name", "issue_description")),
                name="ticket_parts",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_active(self) -> bool:
        """Whether somebody waits for, or works on, this ticket."""
        return self.status in ACTIVE

    @property
    def in_chat(self) -> bool:
        """Whether the conversation's live chat is this ticket's."""
        return self.chat_started_at is not None and self.chat_ended_at is None


class EntryKind(models.TextChoices):
    """What an entry of a ticket's thread is."""

    MESSAGE = "message", "Message"
    NOTE = "note", "Internal note"
    REPORTED = "reported", "Said elsewhere"
    EVENT = "event", "Event"


_ONE_PLACE = Q(ticket__isnull=False, conversation=None) | Q(ticket=None, conversation__isnull=False)


class SupportMessage(models.Model):
    """An entry of a ticket's thread. `text` is empty where `message` holds the words.

    A note about a person who has no ticket belongs to the `conversation` instead.
    """

    ticket = models.ForeignKey(SupportTicket, null=True, blank=True, on_delete=models.CASCADE, related_name="entries")
    conversation = models.ForeignKey(
        Conversation, null=True, blank=True, on_delete=models.CASCADE, related_name="notes"
    )
    kind = models.CharField(max_length=8, choices=EntryKind, default=EntryKind.MESSAGE)
    sender_type = models.CharField(max_length=8)  # user | bot | admin | system
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.CASCADE, related_name="support_entries"
    )
    text = models.TextField(blank=True)
    client_id = models.CharField(max_length=128, null=True, blank=True)  # noqa: DJ001  (the caller's idempotency key)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "support_messages"
        indexes = [models.Index(fields=["ticket", "id"], name="entry_of_ticket")]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "message"], name="entry_once_per_message"),
            models.UniqueConstraint(fields=["ticket", "client_id"], name="entry_client_id_once"),
            models.UniqueConstraint(fields=["conversation", "client_id"], name="note_client_id_once"),
            models.CheckConstraint(condition=_ONE_PLACE, name="entry_has_one_place"),
        ]

    def __str__(self) -> str:
        return f"Entry {self.pk}"


class TicketChange(models.Model):
    """Who changed what about a ticket, when, from what, to what. Only ever added to."""

    ticket = models.ForeignKey(SupportTicket, on_delete=models.CASCADE, related_name="changes")
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    by = models.CharField(max_length=8)  # see By
    field = models.CharField(max_length=20)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["ticket", "id"], name="change_of_ticket")]

    def __str__(self) -> str:
        return f"{self.field}: {self.before} → {self.after}"
