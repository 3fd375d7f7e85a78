"""Families of refresh tokens: begun by a log-in, rotated, ended. Each verb is one transaction over the family's row."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from rest_framework_simplejwt.tokens import RefreshToken

from support.access import role_of
from support.accounts import tokens
from support.accounts.client import Client
from support.accounts.errors import InvalidToken
from support.accounts.models import StaffProfile, TokenFamily
from support.accounts.tokens import Claims, Pair

log = logging.getLogger(__name__)

GRACE = timedelta(seconds=10)  # two tabs of one browser may ask with the same token
LONGEST = timedelta(days=30)  # after this even somebody who never pauses logs in again
KEPT = timedelta(days=7)  # ended or not, an expired family tells for a while where somebody was logged in


def begin(user: User, client: Client) -> Pair:
    """Log somebody in on this client."""
    now = timezone.now()
    family = TokenFamily.objects.create(
        user=user,
        address=client.address,
        agent=client.agent,
        created_at=now,
        rotated_at=now,
        expires_at=now + RefreshToken.lifetime,
    )
    return tokens.pair(family, StaffProfile.objects.get(pk=user.pk).token_version)


def refresh(raw: str, client: Client) -> Pair:
    """Exchange a refresh token for the next pair. Raises InvalidToken.

    Of parallel requests the first to lock the row rotates; the others find their token used up. Within the grace, from
    the same client, they get the pair of the first; otherwise the family ends, and that is committed although the
    answer is a refusal.
    """
    claims = tokens.read_refresh(raw)
    with transaction.atomic():
        family = _locked(claims)
        found = _exchanged(family, claims, client, timezone.now()) if family else None
    if found is None:
        raise InvalidToken
    return found


def end(claims: Claims) -> User | None:
    """Log out: this log-in's tokens count no more. Whose it was; None where it had ended already."""
    with transaction.atomic():
        family = _locked(claims)
        if family is None:
            return None
        _end(family, "log_out")
        return family.user


def end_all(claims: Claims) -> User:
    """Log out everywhere: no token that was ever given to this person counts any more. Raises InvalidToken."""
    with transaction.atomic():
        family = _locked(claims)
        if family is None:
            raise InvalidToken
        StaffProfile.objects.filter(pk=family.user_id).update(token_version=F("token_version") + 1)
        _end(family, "everywhere")
        return family.user


def end_by_admin(family: TokenFamily) -> None:
    """An administrator ends somebody's log-in."""
    _end(family, "admin")


def forget() -> None:
    """Take out the log-ins that have told for long enough, whoever's they were."""
    TokenFamily.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()


def _locked(claims: Claims) -> TokenFamily | None:
    """The family, locked; None where it, its user or their rights are gone."""
    family = (
        TokenFamily.objects.select_for_update(of=("self",))
        .select_related("user__staff_profile")
        .filter(pk=claims.family, user_id=claims.user_id, ended_at=None)
        .first()
    )
    if family is None or family.user.staff_profile.token_version != claims.version or role_of(family.user) is None:
        return None
    return family


def _exchanged(family: TokenFamily, claims: Claims, client: Client, now: datetime) -> Pair | None:
    if claims.jti == family.jti:
        family.previous, family.jti = family.jti, uuid4()
        family.address, family.agent = client.address, client.agent
        family.rotated_at = now
        family.expires_at = min(now + RefreshToken.lifetime, family.created_at + LONGEST)
        family.save()
        return tokens.pair(family, claims.version)
    same_client = (family.address, family.agent) == (client.address, client.agent)
    if claims.jti == family.previous and same_client and now - family.rotated_at <= GRACE:
        return tokens.pair(family, claims.version)
    _end(family, "reuse")
    log.warning("A used refresh token came back; its log-in was ended.", extra={"user_id": family.user_id})
    return None


def _end(family: TokenFamily, by: str) -> None:
    family.ended_at, family.ended_by = timezone.now(), by
    family.save(update_fields=["ended_at", "ended_by"])
