"""JSON Web Tokens, as text: made from a family's row, and read back. Nothing is looked up here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self
from uuid import UUID, uuid5

from django.db.models import BigIntegerField
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from support.accounts.errors import InvalidToken
from support.accounts.models import TokenFamily

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 4096  # characters; ours have about 400

# What reading claims of other kinds than ours, or a header made to break the JSON reader, ends in.
_MISSHAPEN = (KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError, RecursionError)


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token and the refresh token that will get the next one. `expires_in`: seconds, of the access token."""

    user: User
    access: str
    refresh: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token of ours says."""

    user_id: int
    family: UUID
    version: int
    jti: UUID
    expires_at: datetime

    @classmethod
    def of(cls, token: Token) -> Self:
        """Raises InvalidToken where a claim is missing or of another kind, whoever signed it."""
        payload = token.payload
        try:
            found = cls(
                user_id=int(payload["user_id"]),
                family=UUID(payload["family"]),
                version=int(payload["token_version"]),
                jti=UUID(payload["jti"]),
                expires_at=datetime.fromtimestamp(payload["exp"], tz=UTC),
            )
        except _MISSHAPEN:
            raise InvalidToken from None
        if not 0 < found.user_id <= BigIntegerField.MAX_BIGINT:
            raise InvalidToken
        return found


def pair(family: TokenFamily, version: int) -> Pair:
    """The tokens of a family as it stands: the same row gives the same tokens, letter by letter."""
    made = family.rotated_at
    access = _token(AccessToken(), family, version, uuid5(family.pk, str(family.jti)), made + AccessToken.lifetime)
    refresh = _token(RefreshToken(), family, version, family.jti, family.expires_at)
    left = made + AccessToken.lifetime - timezone.now()
    return Pair(family.user, access, refresh, max(int(left.total_seconds()), 0))


def read_access(raw: str) -> Claims:
    """The claims of an access token. Raises InvalidToken."""
    return _read(AccessToken, raw)


def read_refresh(raw: str) -> Claims:
    """The claims of a refresh token. Raises InvalidToken."""
    return _read(RefreshToken, raw)


def _token(token: Token, family: TokenFamily, version: int, jti: UUID, expires_at: datetime) -> str:
    token.set_iat(at_time=family.rotated_at)
    token.set_exp(from_time=expires_at, lifetime=timedelta(0))
    token["jti"] = jti.hex
    token["user_id"] = str(family.user_id)
    token["family"] = family.pk.hex
    token["token_version"] = version
    return str(token)


def _read(kind: type[Token], raw: str) -> Claims:
    if len(raw) > LONGEST:
        raise InvalidToken
    try:
        return Claims.of(kind(raw))  # type: ignore[arg-type]  # simplejwt takes text, and says Token
    except (TokenError, *_MISSHAPEN):
        raise InvalidToken from None
