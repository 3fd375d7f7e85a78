"""System checks for what would start but not work: each names the setting and says what to do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.urls import Resolver404, resolve

SHORTEST_KEY = 32  # bytes; RFC 7518 §3.2: an HS256 key is at least as long as its hash


@register(Tags.security, deploy=True)
def check_deployment(**_: Any) -> list[CheckMessage]:
    """Warnings about settings that suit a laptop and not a service."""
    found: list[CheckMessage] = []
    if len(settings.JWT_SIGNING_KEY.encode()) < SHORTEST_KEY:
        found.append(
            Warning(
                f"JWT_SIGNING_KEY is shorter than {SHORTEST_KEY} bytes.",
                hint="Set JWT_SIGNING_KEY to a long random value.",
                id="edubot.W001",
            )
        )
    if settings.SECURE_SSL_REDIRECT and not settings.TRUSTED_PROXY_COUNT:
        found.append(
            Warning(
                "TRUSTED_PROXY_COUNT is 0, so every request counts as http and is refused or redirected.",
                hint="Set TRUSTED_PROXY_COUNT to the number of proxies in front (usually 1): TLS ends there.",
                id="edubot.W002",
            )
        )
    if not settings.DATABASE_URL:
        found.append(
            Warning(
                "DATABASE_URL is not set: the embedded PostgreSQL is made for development.",
                hint="Set DATABASE_URL to a PostgreSQL server that is backed up.",
                id="edubot.W003",
            )
        )
    return found


@register(Tags.urls)
def check_admin_path(**_: Any) -> list[CheckMessage]:
    """Django admin must be found where ADMIN_PATH says: other pages, and files, may have taken the place."""
    path = f"/{settings.ADMIN_PATH}"
    if not path.startswith((settings.STATIC_URL, "/health/")) and _is_admin(path):
        return []
    return [
        Error(
            "ADMIN_PATH names a place that is taken.",
            hint=f"Set ADMIN_PATH to another beginning than {settings.ADMIN_PATH}.",
            id="edubot.E001",
        )
    ]


def _is_admin(path: str) -> bool:
    try:
        return resolve(path).namespaces == ["admin"]
    except Resolver404:
        return False
