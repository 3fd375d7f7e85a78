"""The thread: every message, whoever sent it, and the files that came with it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from conversations.models.learning import Homework
from conversations.models.people import Conversation
from conversations.storage import media_storage
from conversations.words import Words


class Sender(models.TextChoices):
    """Who wrote a message."""

    USER = "user", "Student"
    BOT = "bot", "Bot"
    ADMIN = "admin", "Support team"


class DeliveryStatus(models.TextChoices):
    """How far an outgoing message has come (docs/architecture.md, "A message goes out").

    `unknown`: nobody knows whether the provider took it; while `hold_until` is set it waits for evidence, after that
    for a person. Inbound messages have none.
    """

    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    DELIVERED = "delivered", "Delivered"
    READ = "read", "Read"
    PLAYED = "played", "Played"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Unknown"
    CANCELLED = "cancelled", "Cancelled"


class Policy(models.TextChoices):
    """What happens to a message whose outcome stays unknown: said again, or shown to a person who decides."""

    RESEND = "resend", "Send again"
    PARK = "park", "Ask a person"


ON_ITS_WAY = Q(delivery_status__in=["queued", "sending"]) | Q(delivery_status="unknown", hold_until__isnull=False)
# What is sent again by a person or not at all.
IN_TROUBLE = Q(delivery_status__in=["failed", "unknown"], hold_until=None)


class Message(models.Model):
    """One message of a conversation. Its id is its place in the thread.

    `text` is what was said, without the prefix that staff answers carry on WhatsApp; `payload` keeps what a type
    carries besides (a location, a reaction, a tapped id); `explanation` says why the bot answered as it did. For
    outgoing messages `client_ref` travels with the message and comes back in delivery reports.
    """

    # No index of its own: `message_thread` begins with it.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    sender = models.CharField(max_length=8, choices=Sender)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(max_length=32, default="text")
    text = models.TextField(blank=True)
    buttons = models.JSONField(default=list, blank=True)  # [{id, title, description}]
    list_label = models.CharField(max_length=24, blank=True)
    template = models.JSONField(null=True, blank=True)  # {name, language, parameters}
    payload = models.JSONField(default=dict, blank=True)
    explanation = models.JSONField(null=True, blank=True)  # {rule, keyword, state, from_state, to_state, passed, ms}
    reply_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replies")
    created_at = models.DateTimeField(default=timezone.now)
    said_at = models.DateTimeField(null=True, blank=True)  # the sender's own time, where it is believable
    revoked_at = models.DateTimeField(null=True, blank=True)  # the person took the message back; staff keep seeing it

    provider_id = models.CharField(max_length=256, null=True, blank=True, unique=True)
    client_ref = models.UUIDField(default=uuid.uuid4, unique=True)
    client_id = models.CharField(max_length=128, null=True, blank=True)  # noqa: DJ001  (the caller's idempotency key)

    delivery_status = models.CharField(max_length=12, choices=DeliveryStatus, null=True, blank=True)  # noqa: DJ001
    policy = models.CharField(max_length=8, choices=Policy, default=Policy.RESEND)
    attempts = models.PositiveSmallIntegerField(default=0)
    forgiven = models.PositiveSmallIntegerField(default=0)  # attempts made before a person asked for another round
    due_at = models.DateTimeField(db_default=Now())  # not before this moment, by the database's clock
    lease_until = models.DateTimeField(null=True, blank=True)  # while sending: after this the sender is taken for dead
    hold_until = models.DateTimeField(null=True, blank=True)  # while unknown: how long evidence is waited for
    error_code = models.IntegerField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "id"], name="message_thread"),
            # A stretch of time out of millions of messages, in a few kilobytes: they are added in the order of time.
            BrinIndex(fields=["created_at"], name="message_by_time", autosummarize=True, pages_per_range=32),
            GinIndex(Words("text", "id"), name="message_search"),
            models.Index(fields=["due_at"], name="message_due", condition=Q(delivery_status="queued")),
            models.Index(fields=["conversation", "id"], name="message_on_its_way", condition=ON_ITS_WAY),
            models.Index(
                fields=["delivery_status", "-id"],
                name="message_in_trouble",
                condition=Q(delivery_status__in=["failed", "unknown"]),
            ),
            models.Index(fields=["conversation"], name="message_troubles", condition=IN_TROUBLE),
        ]
        constraints = [
            # The outbox sends one message of a conversation at a time; the database holds it to that.
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(delivery_status="sending"), name="message_one_in_flight"
            ),
            models.UniqueConstraint(fields=["conversation", "client_id"], name="message_client_id_once"),
        ]

    def __str__(self) -> str:
        return f"Message {self.pk}"

    @property
    def is_inbound(self) -> bool:
        """Whether the student said it."""
        return self.sender == Sender.USER


class AttachmentStatus(models.TextChoices):
    """How far a received file has come."""

    PENDING = "pending", "Being fetched"
    STORED = "stored", "Stored"
    REFUSED = "refused", "Refused"


class Attachment(models.Model):
    """A file of a message. Received ones are fetched from the provider after the message was stored.

    `mime_type` is what the bytes are (sniffed) once stored, before that what the sender claimed; `filename` is the
    sender's word, for display only, never a path.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    homework = models.ForeignKey(Homework, null=True, blank=True, on_delete=models.SET_NULL, related_name="attachments")
    kind = models.CharField(max_length=16)
    media_id = models.CharField(max_length=256, blank=True)
    mime_type = models.CharField(max_length=128, blank=True)
    filename = models.CharField(max_length=255, blank=True)
    voice = models.BooleanField(default=False)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=AttachmentStatus, default=AttachmentStatus.PENDING)
    reason = models.CharField(max_length=32, blank=True)
    file = models.FileField(storage=media_storage, max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="attachment_pending", condition=Q(status="pending")),
        ]

    def __str__(self) -> str:
        return f"Attachment {self.pk}"
