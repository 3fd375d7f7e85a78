"""The desk's tables.

A ticket is a stretch of a conversation in which people answer. `SupportMessage` is an entry of its thread: who, when,
what kind; where the words travelled over WhatsApp it links to the conversation's message, and the text is stored there
alone.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from conversations.models import Conversation, Message
from support.accounts.models import LogInFailure, StaffProfile, TokenFamily
from support.audit import AuditEntry

__all__ = [
    "ACTIVE",
    "AuditEntry",
    "CannedReply",
    "Category",
    "EntryKind",
    "Holiday",
    "LogInFailure",
    "Priority",
    "StaffProfile",
    "Status",
    "SupportMessage",
    "SupportTicket",
    "TicketChange",
    "TokenFamily",
]


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


ACTIVE = (Status.OPEN, Status.IN_PROGRESS)


class Category(models.Model):
    """What a ticket is about, in the team's own words. `first_answer` is sent when a ticket of this kind is opened."""

    name = models.CharField(max_length=60, unique=True)
    first_answer = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "categories"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SupportTicket(models.Model):
    """One person's request for a person. At most one per conversation is active (OPEN or IN_PROGRESS)."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="tickets")
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    priority = models.CharField(max_length=8, choices=Priority, default=Priority.MEDIUM)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL)
    assigned_admin = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets"
    )
    sender_name = models.CharField(max_length=120, blank=True)
    issue_description = models.TextField(blank=True)
    opened_by = models.CharField(max_length=8, default="user")  # user | staff | api
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    first_response_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=8, blank=True)  # user | staff | silence | age
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
            models.CheckConstraint(condition=Q(rating=None) | Q(rating__range=(1, 5)), name="rating_is_1_to_5"),
        ]
        indexes = [
            models.Index(fields=["status", "-created_at"], name="ticket_by_status"),
            models.Index(fields=["conversation", "-id"], name="ticket_of_conversation"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_active(self) -> bool:
        """Whether somebody waits for, or works on, this ticket."""
        return self.status in ACTIVE


class EntryKind(models.TextChoices):
    """What an entry of a ticket's thread is."""

    MESSAGE = "message", "Message"
    NOTE = "note", "Internal note"
    REPORTED = "reported", "Said elsewhere"
    EVENT = "event", "Event"


class SupportMessage(models.Model):
    """An entry of a ticket's thread. `text` is empty where `message` holds the words."""

    ticket = models.ForeignKey(SupportTicket, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=8, choices=EntryKind, default=EntryKind.MESSAGE)
    sender_type = models.CharField(max_length=8)  # user | bot | admin | system
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.CASCADE, related_name="support_entries"
    )
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "support_messages"
        indexes = [models.Index(fields=["ticket", "id"], name="entry_of_ticket")]
        constraints = [models.UniqueConstraint(fields=["ticket", "message"], name="entry_once_per_message")]

    def __str__(self) -> str:
        return f"Entry {self.pk}"


class TicketChange(models.Model):
    """Who changed what about a ticket, when, from what, to what. Only ever added to."""

    ticket = models.ForeignKey(SupportTicket, on_delete=models.CASCADE, related_name="changes")
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    by = models.CharField(max_length=8)  # user | bot | staff | api | silence | age
    field = models.CharField(max_length=20)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["ticket", "id"], name="change_of_ticket")]

    def __str__(self) -> str:
        return f"{self.field}: {self.before} → {self.after}"


class CannedReply(models.Model):
    """An answer that staff give often; `{name}` becomes the student's first name."""

    shortcut = models.SlugField(max_length=30, unique=True)
    title = models.CharField(max_length=80)
    text = models.TextField(max_length=4000)

    class Meta:
        verbose_name_plural = "canned replies"
        ordering = ["shortcut"]

    def __str__(self) -> str:
        return self.title


class Holiday(models.Model):
    """A day on which the desk is closed, whatever the opening hours say."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%d %B %Y}: {self.name}"

    def clean(self) -> None:
        """Refuse a nameless day."""
        if not self.name.strip():
            raise ValidationError({"name": "Say which holiday it is."})
