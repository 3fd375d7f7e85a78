"""`Authorization: Bearer`: the only credential of the API. A session cookie, or a token in the address, is none."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from support.access import role_of, with_groups
from support.accounts import tokens
from support.accounts.errors import InvalidToken
from support.accounts.tokens import Claims


class BearerAuthentication(BaseAuthentication):
    """The authentication of every route. `request.auth` is the token's Claims."""

    def authenticate(self, request: Request) -> tuple[User, Claims] | None:
        """Who asks; None without a bearer token. Raises InvalidToken."""
        kind, _, raw = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        claims = tokens.read_access(raw.strip())
        return person(claims), claims

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"


def person(claims: Claims) -> User:
    """Whom an access token belongs to, if it still counts. One statement. Raises InvalidToken.

    Long answers (a stream of events) ask again from time to time: rights end while they run.
    """
    found = with_groups(User.objects.all()).filter(
        pk=claims.user_id,
        staff_profile__token_version=claims.version,
        token_families=claims.family,
        token_families__ended_at=None,
    )
    user: User | None = found.first()
    if user is None or role_of(user) is None:
        raise InvalidToken
    return user


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The same for the documentation."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """OpenAPI's security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "`access` of `POST /api/admin/login`.",
        }
