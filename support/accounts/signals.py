"""Every log-in and every failed one leaves a trace, whichever door it came through."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from support.audit import audit


@receiver(user_logged_in, dispatch_uid="support.logged_in")
def _logged_in(request: HttpRequest, user: User, **_: Any) -> None:
    audit(request, "log_in", actor=user)


@receiver(user_logged_out, dispatch_uid="support.logged_out")
def _logged_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user:
        audit(request, "log_out", actor=user)


@receiver(user_login_failed, dispatch_uid="support.login_failed")
def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None:
        audit(request, "log_in_failed", User.objects.filter(username=credentials.get("username")).first())
