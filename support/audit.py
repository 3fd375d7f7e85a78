"""Who did what, when, from where: one row per action of staff, only ever added to."""

from __future__ import annotations

import getpass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from edubot.logs import request_id


class AuditEntry(models.Model):
    """One action. `details` holds ids and codes, never words of a person.

    `username` stays when the user is deleted. A row is written once: changing or deleting one raises TypeError.
    """

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    username = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=45, blank=True)
    verb = models.CharField(max_length=40)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    details = models.JSONField(default=dict, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["-at"], name="audit_newest"),
            models.Index(fields=["actor", "-at"], name="audit_of_actor"),
            models.Index(fields=["object_type", "object_id"], name="audit_of_object"),
        ]

    def __str__(self) -> str:
        return f"{self.username or 'nobody'}: {self.verb}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row. Raises TypeError for one that is there already."""
        if not self._state.adding:
            raise TypeError("What was done stays as it was written.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises TypeError."""
        raise TypeError("What was done stays as it was written.")


def audit(
    by: HttpRequest | Request | User,
    verb: str,
    obj: models.Model | None = None,
    *,
    actor: User | None = None,
    **details: Any,
) -> AuditEntry:
    """Write down one action: `audit(request, "ticket.assign", ticket, to=user.pk)`.

    `by` is the request of whoever acts, or the user where there is no request; `actor` where the request does not know
    yet who that is (logging in). Call it in the transaction of the action itself: both stand or fall together.
    """
    user = actor or (by if isinstance(by, User) else by.user)
    known = user if isinstance(user, User) else None
    return AuditEntry.objects.create(
        actor=known,
        username=known.username if known else "",
        address="" if isinstance(by, User) else by.META.get("REMOTE_ADDR", ""),
        verb=verb,
        object_type=obj._meta.label_lower if obj else "",  # noqa: SLF001  (public API in spite of its name)
        object_id=str(obj.pk) if obj else "",
        details=details,
        request_id=request_id.get(),
    )


def audit_command(verb: str, obj: models.Model | None = None, **details: Any) -> AuditEntry:
    """Write down what was done at the command line: by whom, as far as the machine knows."""
    return AuditEntry.objects.create(
        username=f"{getpass.getuser()} (command)"[:150],
        verb=verb,
        object_type=obj._meta.label_lower if obj else "",  # noqa: SLF001
        object_id=str(obj.pk) if obj else "",
        details=details,
    )
