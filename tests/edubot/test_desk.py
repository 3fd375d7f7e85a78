"""The desk: the phone and the console on one screen, and who is logged in there without a password."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from support.models import AuditEntry

HERE: dict[str, Any] = {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1"}
SIGN_IN, REFRESH = "/simulator/desk/sign-in", "/api/admin/token/refresh"
CONSOLE: dict[str, Any] = {"HTTP_X_REQUESTED_WITH": "console"}


def from_console(client: Client, path: str) -> Any:
    """What the console's script asks of the API, with the cookie alone."""
    return client.post(path, "{}", content_type="application/json", **HERE, **CONSOLE)


@pytest.fixture(autouse=True)
def development(settings: Settings) -> None:
    """As `manage.py dev` runs; test runners switch DEBUG off."""
    settings.DEBUG = True


@pytest.fixture
def first(db: None) -> User:
    """The administrator that `manage.py dev` has made."""
    return User.objects.create_superuser("admin", password="a long pass phrase")


def test_the_console_may_stand_beside_the_phone_in_a_frame_of_our_own(client: Client) -> None:
    answer = client.get("/simulator/desk")
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def test_the_phone_goes_by_the_teams_clock_as_the_console_does(client: Client) -> None:
    phone, console = (client.get(path).content.decode() for path in ("/simulator/desk", "/conversations"))
    zone = re.compile(r'id="app"[^>]* data-zone="([A-Za-z/_]+)"')
    assert zone.findall(phone) == zone.findall(console) != []


def test_the_first_administrator_is_logged_in_without_typing(client: Client, first: User) -> None:
    assert client.post(SIGN_IN, **HERE).status_code == HTTPStatus.NO_CONTENT
    assert from_console(client, REFRESH).json()["user"]["username"] == "admin"
    assert client.get("/admin/", **HERE).status_code == HTTPStatus.OK
    assert AuditEntry.objects.filter(actor=first, verb="log_in").exists()


def test_who_has_logged_out_stays_logged_out(client: Client, first: User) -> None:
    client.post(SIGN_IN, **HERE)
    from_console(client, "/api/admin/logout")
    client.post(SIGN_IN, **HERE)
    assert from_console(client, REFRESH).status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"HTTP_HOST": "testserver"},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"HTTP_FORWARDED": "for=192.0.2.7"},
    ],
    ids=lambda each: next(iter(each)),
)
def test_to_anybody_elsewhere_the_sign_in_is_not_there(client: Client, first: User, elsewhere: dict[str, Any]) -> None:
    answer = client.post(SIGN_IN, **HERE | elsewhere)
    assert (answer.status_code, answer.cookies) == (HTTPStatus.NOT_FOUND, {})


@pytest.mark.parametrize("switch", ["DEBUG", "SIMULATOR"])
def test_without_development_the_sign_in_is_not_there(
    client: Client, first: User, settings: Settings, switch: str
) -> None:
    setattr(settings, switch, False)
    answer = client.post(SIGN_IN, secure=True, **HERE)
    assert (answer.status_code, answer.cookies) == (HTTPStatus.NOT_FOUND, {})


def test_another_page_cannot_sign_anybody_in(first: User) -> None:
    answer = Client(enforce_csrf_checks=True).post(SIGN_IN, **HERE)
    assert answer.status_code == HTTPStatus.FORBIDDEN
