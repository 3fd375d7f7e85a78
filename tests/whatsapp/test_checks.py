"""Each mistake in the settings is named, with what to do."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from whatsapp.checks import RULES

SOUND: dict[str, Any] = {
    "DEBUG": False,
    "SIMULATOR": False,
    "WHATSAPP_ACCESS_TOKEN": "EAAGm0PX4ZCpsBA",
    "WHATSAPP_PHONE_NUMBER_ID": "100000000000001",
    "WHATSAPP_BUSINESS_ACCOUNT_ID": "200000000000002",
    "WHATSAPP_APP_SECRETS": ("0123456789abcdef0123456789abcdef",),
    "WHATSAPP_VERIFY_TOKEN": "a long random text",
    "WHATSAPP_API_URL": "https://graph.facebook.com",
    "WHATSAPP_API_VERSION": "v25.0",
    "PUBLIC_URL": "https://bot.example.org",
    "OUTBOX_LEASE": 45,
}
DEVELOPMENT = {"DEBUG": True, "SIMULATOR": True, "WHATSAPP_API_URL": "http://127.0.0.1:8000/simulator/graph"}

MISTAKES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "no token": ({"WHATSAPP_ACCESS_TOKEN": ""}, {"W001"}),
    "no number": ({"WHATSAPP_PHONE_NUMBER_ID": ""}, {"W002"}),
    "no account": ({"WHATSAPP_BUSINESS_ACCOUNT_ID": ""}, {"W003"}),
    "no app secret": ({"WHATSAPP_APP_SECRETS": ()}, {"W004"}),
    "no verify token": ({"WHATSAPP_VERIFY_TOKEN": ""}, {"W005"}),
    "a token with Bearer": ({"WHATSAPP_ACCESS_TOKEN": "Bearer EAAG"}, {"W006"}),
    "a token in quotes": ({"WHATSAPP_ACCESS_TOKEN": '"EAAG"'}, {"W006"}),
    "the phone number as its id": ({"WHATSAPP_PHONE_NUMBER_ID": "+2348012345678"}, {"W007"}),
    "the account's id for the number's": ({"WHATSAPP_PHONE_NUMBER_ID": "200000000000002"}, {"W008"}),
    "a secret of something else": ({"WHATSAPP_APP_SECRETS": ("hunter2",)}, {"W009"}),
    "an old version": ({"WHATSAPP_API_VERSION": "v21.0"}, {"W010"}),
    "simulator and Meta": ({"SIMULATOR": True, "DEBUG": True}, {"W011"}),
    "no public address": ({"PUBLIC_URL": ""}, {"W012"}),
    "a public address without TLS": ({"PUBLIC_URL": "http://bot.example.org"}, {"W013"}),
    "a public address with a path": ({"PUBLIC_URL": "https://bot.example.org/api"}, {"W016"}),
    "another Graph API": ({"WHATSAPP_API_URL": "https://graph.example.org"}, {"W014"}),
    "a lease that is too short": ({"OUTBOX_LEASE": 20}, {"W015"}),
    "the token in the open": ({"WHATSAPP_API_URL": "http://graph.facebook.com"}, {"E001"}),
    "a version without its v": ({"WHATSAPP_API_VERSION": "25.0"}, {"E002"}),
    "a base address with the version": ({"WHATSAPP_API_URL": "https://graph.facebook.com/v25.0"}, {"E003"}),
    "a base address without a scheme": ({"WHATSAPP_API_URL": "graph.facebook.com"}, {"E003", "W014"}),
}


def found_with(settings: Settings, **changes: Any) -> dict[str, str]:
    """The checks that complain, with what they say."""
    for name, value in (SOUND | changes).items():
        setattr(settings, name, value)
    messages = run_checks(tags=["whatsapp"])
    return {(message.id or "").removeprefix("whatsapp."): f"{message.msg} {message.hint}" for message in messages}


@pytest.mark.parametrize("sound", [{}, DEVELOPMENT, DEVELOPMENT | {"PUBLIC_URL": ""}])
def test_sound_settings_pass(settings: Settings, sound: dict[str, Any]) -> None:
    assert found_with(settings, **sound) == {}


@pytest.mark.parametrize(("changes", "ids"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named(settings: Settings, changes: dict[str, Any], ids: set[str]) -> None:
    assert set(found_with(settings, **changes)) == ids


def test_every_rule_has_its_mistake_here() -> None:
    assert {f"whatsapp.{id_}" for _, ids in MISTAKES.values() for id_ in ids} == {rule.id for rule in RULES}


def test_no_complaint_shows_a_secret(settings: Settings) -> None:
    complaints = found_with(settings, WHATSAPP_ACCESS_TOKEN="my token", WHATSAPP_APP_SECRETS=("hunter2",))
    assert "my token" not in f"{complaints}"
    assert "hunter2" not in f"{complaints}"
