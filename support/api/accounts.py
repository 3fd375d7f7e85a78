"""Logging in and out, who one is, and what one prefers."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.authentication import get_authorization_header
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import RefreshToken as RefreshJwt

from edubot.api import Body, Endpoint, Success, operation
from support.access import rights_of, role_of
from support.accounts import families, tokens
from support.accounts.client import Client
from support.accounts.errors import InvalidToken, TooManyAttempts, WrongCredentials
from support.accounts.models import StaffProfile
from support.accounts.passwords import LONGEST
from support.accounts.tokens import Claims, Pair
from support.audit import audit

COOKIE, COOKIE_PATH = "edubot_refresh", "/api/admin/"
CONSOLE = "console"  # X-Requested-With: no form, and no page of another origin, can send this header


class PersonOut(serializers.Serializer[User]):
    """A member of the team."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.SerializerMethodField()
    role = serializers.SerializerMethodField()

    def get_name(self, user: User) -> str:
        """The full name, or the user name."""
        return user.get_full_name() or user.username

    def get_role(self, user: User) -> str:
        """reader, agent, supervisor or admin."""
        role = role_of(user)
        return role.label if role else ""


class SessionOut(serializers.Serializer[Pair]):
    """A log-in: `token` is `access`; `refresh` is null where it travels in the cookie."""

    token = serializers.CharField(source="access")
    access = serializers.CharField()
    refresh = serializers.CharField(allow_null=True)
    expires_in = serializers.IntegerField(help_text="Seconds until `access` ends.")
    user = PersonOut()


class LogInBody(Body):
    """Who wants to come in."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=LONGEST, trim_whitespace=False)
    cookie = serializers.BooleanField(default=False, help_text="Put the refresh token into a cookie.")


class LogIn(Endpoint):
    """The way in."""

    section = "accounts"

    @operation(
        body=LogInBody,
        answers=SessionOut,
        flat=True,
        message="Logged in",
        errors=(WrongCredentials, TooManyAttempts),
        example={"username": "grace", "password": "correct horse battery staple"},
    )
    def post(self, request: Request, body: dict[str, Any]) -> Success:
        """Log in.

        Access tokens live 15 minutes, refresh tokens 12 hours. After five failures in 15 minutes for an account from
        one address, or twenty from an address, further tries are refused for a while.
        """
        django_request = request._request  # noqa: SLF001  (DRF has no other way to it)
        user = authenticate(django_request, username=body["username"], password=body["password"])
        if not isinstance(user, User):
            raise WrongCredentials
        pair = families.begin(user, Client.of(request))
        user_logged_in.send(sender=User, request=django_request, user=user)
        return _session(pair, in_cookie=body["cookie"])


class RefreshBody(Body):
    """The token to exchange; without one, the cookie's is taken from the console."""

    refresh = serializers.CharField(required=False, max_length=tokens.LONGEST)


class RefreshToken(Endpoint):
    """Staying in."""

    section = "accounts"

    @operation(body=RefreshBody, answers=SessionOut, flat=True, message="Refreshed", errors=(InvalidToken,))
    def post(self, request: Request, body: dict[str, Any]) -> Success:
        """Exchange a refresh token for the next pair.

        A token can be exchanged once; one that comes back ends its log-in, except within 10 seconds from the same
        client, which gets the pair of the first exchange. The console sends `X-Requested-With: console` instead of the
        token, which is then taken from the cookie and put back there.
        """
        raw = body.get("refresh") or _cookie(request)
        if raw is None:
            raise InvalidToken
        return _session(families.refresh(raw, Client.of(request)), in_cookie="refresh" not in body)


class LogOutBody(Body):
    """Which log-in ends: the refresh token's, the cookie's, or the bearer token's."""

    refresh = serializers.CharField(required=False, max_length=tokens.LONGEST)
    everywhere = serializers.BooleanField(default=False, help_text="End every log-in of this person.")


class LogOut(Endpoint):
    """The way out. It takes any token of the log-in that ends, for the access token may have run out."""

    section = "accounts"

    @operation(body=LogOutBody, message="Logged out", errors=(InvalidToken,))
    def post(self, request: Request, body: dict[str, Any]) -> Success:
        """Log out.

        All tokens of this log-in end at once; with `everywhere`, those of every log-in of the person.
        """
        claims = _presented(request, body)
        end = families.end_all if body["everywhere"] else families.end
        user = end(claims)
        if user:
            audit(request, "log_out", actor=user, everywhere=body["everywhere"])
        return Success(finish=_forget)


class MeOut(serializers.Serializer[User]):
    """The person who asks."""

    user = PersonOut(source="*")
    role = serializers.SerializerMethodField()
    permissions = serializers.SerializerMethodField()

    def get_role(self, user: User) -> str:
        """reader, agent, supervisor or admin."""
        return PersonOut().get_role(user)

    def get_permissions(self, user: User) -> list[str]:
        """The rights, by name."""
        return sorted(rights_of(user))


class Me(Endpoint):
    """Who one is."""

    section = "accounts"

    @operation(answers=MeOut, flat=True)
    def get(self, request: Request) -> User:
        """Who I am, and what I may do."""
        return self.user


class SavedView(Body):
    """A search that somebody wants at hand: its name, and the console's query string."""

    name = serializers.CharField(max_length=60)
    query = serializers.CharField(max_length=500, allow_blank=True)


class PreferencesBody(Body):
    """How somebody likes the console."""

    theme = serializers.ChoiceField(choices=["system", "light", "dark"], default="system")
    language = serializers.ChoiceField(choices=["auto", "en", "fr"], default="auto", help_text="auto: the browser's.")
    sound = serializers.BooleanField(default=True)
    title_count = serializers.BooleanField(default=True, help_text="Count what is new in the window's title.")
    notifications = serializers.BooleanField(default=False, help_text="Show the browser's own notifications.")
    shortcuts = serializers.BooleanField(default=True, help_text="Single keys do something in the console.")
    saved_views = serializers.ListField(child=SavedView(), default=list, max_length=50)


class Preferences(Endpoint):
    """How one likes the console."""

    section = "accounts"

    @operation(answers=PreferencesBody)
    def get(self, request: Request) -> dict[str, Any]:
        """My preferences."""
        stored: dict[str, Any] = StaffProfile.objects.get(pk=self.user.pk).preferences
        return {name: field.get_default() for name, field in PreferencesBody().fields.items()} | stored

    @operation(
        body=PreferencesBody,
        answers=PreferencesBody,
        message="Preferences saved",
        example={"theme": "dark", "saved_views": [{"name": "Mine", "query": "assigned=me"}]},
    )
    def put(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """Replace my preferences; what is left out gets its default."""
        StaffProfile.objects.filter(pk=self.user.pk).update(preferences=body)
        return body


def _session(pair: Pair, *, in_cookie: bool) -> Success:
    if not in_cookie:
        return Success(pair)
    hidden = {"access": pair.access, "refresh": None, "expires_in": pair.expires_in, "user": pair.user}
    return Success(hidden, finish=partial(remember, refresh=pair.refresh))


def remember(response: HttpResponse, refresh: str) -> None:
    """Put a refresh token where the console, and no script, can use it."""
    response.set_cookie(
        COOKIE,
        refresh,
        max_age=RefreshJwt.lifetime,
        path=COOKIE_PATH,
        httponly=True,
        samesite="Strict",
        secure=not settings.DEBUG,
    )


def _forget(response: Response) -> None:
    response.delete_cookie(COOKIE, path=COOKIE_PATH, samesite="Strict")
    response.headers["Clear-Site-Data"] = '"storage"'


def _cookie(request: Request) -> str | None:
    is_console = request.headers.get("X-Requested-With") == CONSOLE
    return request.COOKIES.get(COOKIE) if is_console else None


def _presented(request: Request, body: dict[str, Any]) -> Claims:
    """The claims of whatever token came along. Raises InvalidToken where there is none, or the first is invalid."""
    if raw := body.get("refresh") or _cookie(request):
        return tokens.read_refresh(raw)
    kind, _, raw = get_authorization_header(request).decode("latin-1").partition(" ")
    return tokens.read_access(raw.strip() if kind.lower() == "bearer" else "")
