"""Every kind of credential that somebody may show at the door, good and bad."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from support.accounts import families
from support.accounts.client import Client
from tests.support.api.conftest import log_in, make_user

DIGESTS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512", "RS256": "sha256"}  # RS256: the secret as its key
HERE = Client("127.0.0.1", "")
SECRET = settings.JWT_SIGNING_KEY


def access_of(user: User) -> str:
    """An access token from the real log-in."""
    return str(log_in(user.username).json()["access"])


def refresh_of(user: User) -> str:
    """A refresh token from the real log-in."""
    return str(log_in(user.username).json()["refresh"])


def claims_of(token: str) -> dict[str, Any]:
    """What a token says."""
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


def signed(claims: Any, algorithm: str = "HS256", key: str = SECRET, **header: Any) -> str:
    """A token with these claims, made by hand: libraries refuse to make some of what a forger would send."""
    parts = [{"alg": algorithm, "typ": "JWT"} | header, claims]
    content = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    digest = DIGESTS.get(algorithm)
    signature = hmac.digest(key.encode(), content.encode(), digest) if digest else b""
    return f"{content}.{encoded(signature)}"


def encoded(data: bytes) -> str:
    """Base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _agent(**fields: Any) -> User:
    return make_user("visitor", "agent", is_staff=True, **fields)


def expired() -> str:
    """The token of somebody who logged in a second more than a quarter of an hour ago."""
    user = _agent()
    with time_machine.travel(timezone.now() - timedelta(minutes=15, seconds=1), tick=False):
        return access_of(user)


def deactivated() -> str:
    """The token of somebody whose account was closed since."""
    user = _agent()
    token = access_of(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    return token


def not_staff() -> str:
    """A good token of somebody who is not of the team, as no log-in gives it."""
    return families.begin(make_user("stranger"), HERE).access


BAD: dict[str, Callable[[], str | None]] = {
    "no token": lambda: None,
    "garbage": lambda: "not.a.token",
    "expired": expired,
    "refresh as access": lambda: refresh_of(_agent()),
    "alg none": lambda: signed(claims_of(access_of(_agent())), "none"),
    "HS512": lambda: signed(claims_of(access_of(_agent())), "HS512"),
    "deactivated": deactivated,
    "not staff": not_staff,
}
ROLES: dict[str, Callable[[], str]] = {
    "reader": lambda: access_of(make_user("visitor", is_staff=True)),
    "agent": lambda: access_of(_agent()),
    "supervisor": lambda: access_of(make_user("visitor", "supervisor", is_staff=True)),
    "admin": lambda: access_of(make_user("visitor", is_staff=True, is_superuser=True)),
}
