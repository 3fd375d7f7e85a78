"""What waits to be handled: webhook items, delivery reports, notices, and who is at work on them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone


class InboxItem(models.Model):
    """One item of a webhook, stored before the webhook is answered and handled afterwards.

    `key` is the provider's id: a second delivery finds it taken. Items of one `mailbox` (one person) are handled one at
    a time in the order of their ids. An item whose handling failed five times is `dead`: kept with its error, shown to
    staff, replayable, and no longer in the way of the next one.
    """

    key = models.CharField(max_length=300, unique=True)
    mailbox = models.CharField(max_length=160)
    raw = models.JSONField()
    received_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    handled_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)
    dead = models.BooleanField(db_default=False)
    outcome = models.CharField(max_length=300, db_default="", blank=True)  # what became of it: a word, or the error

    class Meta:
        indexes = [
            models.Index(fields=["mailbox", "id"], name="inbox_waiting", condition=Q(handled_at__isnull=True)),
            models.Index(fields=["id"], name="inbox_oldest_waiting", condition=Q(handled_at__isnull=True)),
            models.Index(fields=["-id"], name="inbox_dead", condition=Q(dead=True)),
            models.Index(fields=["received_at"], name="inbox_received"),
        ]

    def __str__(self) -> str:
        return f"Inbox item {self.pk}"


class DeliveryReport(models.Model):
    """One delivery report, kept as it came. `message` is set once it is known which message it speaks of."""

    provider_id = models.CharField(max_length=256)
    status = models.CharField(max_length=32)
    recipient = models.CharField(max_length=160, blank=True, db_default="")
    client_ref = models.UUIDField(null=True, blank=True)
    at = models.DateTimeField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    pricing = models.JSONField(null=True, blank=True)
    received_at = models.DateTimeField(db_default=Now())
    message = models.ForeignKey("Message", null=True, blank=True, on_delete=models.CASCADE, related_name="reports")
    superseded = models.BooleanField(db_default=False)  # a person has sent the message again since

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider_id", "status", "recipient"], name="report_once"),
        ]
        indexes = [
            models.Index(fields=["id"], name="report_unmatched", condition=Q(message__isnull=True)),
            models.Index(fields=["client_ref"], name="report_by_ref", condition=Q(client_ref__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Delivery report {self.pk}"


class Tombstone(models.Model):
    """What is left of the id of an erased item: its SHA-256. The same delivery, years later, is still a second one."""

    digest = models.CharField(max_length=64, primary_key=True)
    buried_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.digest


class UnreadablePost(models.Model):
    """A correctly signed webhook whose content nobody can read: kept as it came, for staff and developers to see."""

    digest = models.CharField(max_length=64, unique=True)  # the provider may repeat it for days
    body = models.BinaryField()
    reason = models.CharField(max_length=200)
    times = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Unreadable post {self.pk}"


class AccountNotice(models.Model):
    """Something staff must know about the account, a number, a template, or an item that could not be handled."""

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=60)
    severity = models.CharField(max_length=10)
    title = models.CharField(max_length=300)
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="notice_open", condition=Q(settled_at__isnull=True))]

    def __str__(self) -> str:
        return self.title


class Gate(models.Model):
    """A reason why nothing may leave: our number is too fast, the token is dead, a backup was restored.

    Closed until `closed_until`, or until a person opens it where that is NULL.
    """

    name = models.CharField(max_length=40, primary_key=True)
    closed_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    error_code = models.IntegerField(null=True, blank=True)
    times = models.PositiveSmallIntegerField(default=1)  # in a row: the back-off grows with it
    closed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """A sign of life: one row per worker process, renewed every few seconds."""

    name = models.CharField(max_length=120, primary_key=True)
    seen_at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return self.name
