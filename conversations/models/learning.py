"""What students hand in and what they pay for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from conversations.models.people import Contact


class HomeworkStatus(models.TextChoices):
    """A submission's way through the desk."""

    PENDING = "PENDING", "Pending"
    IN_PROGRESS = "IN_PROGRESS", "In progress"
    SOLVED = "SOLVED", "Solved"
    CANCELLED = "CANCELLED", "Cancelled"


class Homework(models.Model):
    """One submission: a subject, words, files (`attachments`), and the answer that staff gave."""

    TEXT, IMAGE = "TEXT", "IMAGE"

    reference = models.CharField(max_length=24, unique=True)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="homework")
    subject = models.CharField(max_length=120)
    submission_type = models.CharField(max_length=8, choices=[(TEXT, "Text"), (IMAGE, "Image")])
    content = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=HomeworkStatus, default=HomeworkStatus.PENDING)
    assigned_admin = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    solution_text = models.TextField(blank=True)
    solution_message = models.ForeignKey("Message", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    solved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "homework"
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="homework_newest_first"),
            models.Index(fields=["status", "-created_at"], name="homework_by_status"),
        ]

    def __str__(self) -> str:
        return self.reference


class PaymentStatus(models.TextChoices):
    """Where a payment stands: asked for, received, or not to come."""

    PENDING = "PENDING", "Pending"
    SUCCESS = "SUCCESS", "Received"
    FAILED = "FAILED", "Failed"
    CANCELLED = "CANCELLED", "Cancelled"


class Payment(models.Model):
    """A payment that a student asked to make. Only SUCCESS (staff or the provider said so) gives a subscription."""

    reference = models.CharField(max_length=24, unique=True)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="payments")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    plan = models.CharField(max_length=60)
    days = models.PositiveSmallIntegerField()
    is_subscription = models.BooleanField(default=True)
    status = models.CharField(max_length=12, choices=PaymentStatus, default=PaymentStatus.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["status", "-created_at"], name="payment_by_status")]

    def __str__(self) -> str:
        return self.reference


class Subscription(models.Model):
    """Until when a student's subscription is active. One per person; payments extend it."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE)
    plan = models.CharField(max_length=60)
    started_at = models.DateTimeField(default=timezone.now)
    active_until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Subscription {self.pk}"

    @property
    def is_active(self) -> bool:
        """Whether it is paid for at this moment."""
        return self.active_until > timezone.now()
