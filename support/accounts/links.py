"""Signed links to one file, for `<img>` and `<audio>`, which send no header: the one credential that an address holds.

A link names the file and the log-in it was made in: it lives five minutes, and no longer than that log-in and the
rights of its person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core import signing
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from support.accounts.bearer import person
from support.accounts.errors import InvalidToken
from support.accounts.tokens import Claims

LASTS = timedelta(minutes=5)
PARAMETER = "signature"
LONGEST = 1024  # characters; ours have about 250
_SALT = "support.media-link"


@dataclass(frozen=True, slots=True)
class Link:
    """A link's credential, and until when it counts."""

    signature: str
    expires_at: datetime


def sign(media_id: int, claims: Claims) -> Link:
    """A link to a file for the log-in with these claims."""
    says = [media_id, claims.user_id, claims.family.hex, claims.version, claims.jti.hex]
    return Link(signing.dumps(says, salt=_SALT), timezone.now() + LASTS)


def read(signature: str, media_id: int) -> Claims:
    """Whose log-in a link to this file was made in. Raises InvalidToken for any other file, or too late."""
    if len(signature) > LONGEST:
        raise InvalidToken
    try:
        of, user_id, family, version, jti = signing.loads(signature, salt=_SALT, max_age=LASTS)
    except signing.BadSignature:
        raise InvalidToken from None
    if of != media_id:
        raise InvalidToken
    return Claims(user_id, UUID(family), version, UUID(jti), timezone.now() + LASTS)


class LinkAuthentication(BaseAuthentication):
    """The second authentication of a file's address. `request.auth` is the Claims of the log-in it was made in."""

    def authenticate(self, request: Request) -> tuple[User, Claims] | None:
        """Whose link it is; None for an address without one. Raises InvalidToken."""
        signature = request.query_params.get(PARAMETER)
        if signature is None or request.method not in {"GET", "HEAD"}:
            return None
        claims = read(signature, request.parser_context["kwargs"]["media_id"])
        return person(claims), claims

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"


class LinkScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The same for the documentation."""

    target_class = LinkAuthentication
    name = "link"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """OpenAPI's security scheme."""
        return {
            "type": "apiKey",
            "in": "query",
            "name": PARAMETER,
            "description": "Of `url` of `POST /api/admin/media/{id}/link`: for that file, for five minutes.",
        }
