"""Checking passwords: Django's way, behind the limiter, and for the team only."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from support.access import role_of, with_groups
from support.accounts import limiter
from support.accounts.client import Client


class StaffBackend(ModelBackend):
    """settings.AUTHENTICATION_BACKENDS: every way in (API, Django admin, whatever comes) passes here.

    Unknown names cost the same hashing as known ones: Django's own backend sees to that.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The user with this name and password. Raises TooManyAttempts before it looks, where too many failed."""
        check = partial(super().authenticate, request, username, password, **kwargs)
        if request is None or not username:
            return check()  # from a shell, not from outside
        return limiter.checked(username, Client.of(request).address, check)

    def get_user(self, user_id: int) -> User | None:
        """Whose session it is, with what tells the role: a page asks for that many times."""
        user: User | None = with_groups(User.objects.filter(pk=user_id)).first()
        return user if self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether this account may come in at all: active, and of the team."""
        return role_of(user) is not None
