"""What is kept about staff beside Django's own user."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class StaffProfile(models.Model):
    """One row per user, made by a trigger (support.accounts.triggers).

    `token_version` stands in every token; a trigger raises it when the password, the rights or the groups change, and
    older tokens count no more.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="staff_profile"
    )
    token_version = models.PositiveIntegerField(default=1)
    preferences = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"Profile {self.pk}"


class TokenFamily(models.Model):
    """One log-in on one device: the refresh tokens that grew out of it, of which one (`jti`) is alive.

    `address` and `agent` are of the client that got the live token; `previous` is the token it was exchanged for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="token_families")
    jti = models.UUIDField(default=uuid.uuid4)
    previous = models.UUIDField(null=True, blank=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    rotated_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=12, blank=True)  # log_out | everywhere | reuse | admin

    class Meta:
        verbose_name_plural = "token families"
        indexes = [models.Index(fields=["user", "expires_at"], name="family_of_user")]

    def __str__(self) -> str:
        return f"Log-in {self.pk}"


class LogInFailure(models.Model):
    """A log-in that failed at that time, or is being tried right now; then its time lies back so far that it is soon
    forgotten. `account` is a keyed hash: people type passwords into the wrong box.
    """

    account = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["account", "at"], name="failure_of_account"),
            models.Index(fields=["address", "at"], name="failure_of_address"),
        ]

    def __str__(self) -> str:
        return f"Failure {self.pk}"
