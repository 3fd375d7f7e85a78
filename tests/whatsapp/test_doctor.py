"""Whatever is misconfigured, the doctor finds it and names its mend."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from conversations import gates
from conversations.channel import SendError, Verdict
from conversations.models import Heartbeat, InboxItem
from whatsapp.doctor import CHECKS, Finding, Level, Patient, examine
from whatsapp.signature import valid

TOKEN, SECRET, VERIFY = "EAAGtoken", "0123456789abcdef0123456789abcdef", "a-verify-token"
NUMBER, ACCOUNT = "100000000000001", "200000000000002"
WEBHOOK = "https://bot.example.org/api/webhook/whatsapp"

Reply = tuple[int, dict[str, str], str]


def meta_error(code: int, status: int = 400) -> Reply:
    return status, {}, json.dumps({"error": {"code": code, "message": f"about {TOKEN}"}})


@dataclass
class World:
    """Meta and our own service as they are when all is well. A test changes one thing."""

    number: dict[str, Any] = field(
        default_factory=lambda: {
            "id": NUMBER,
            "display_phone_number": "+1 555-010-0000",
            "verified_name": "EduBot",
            "quality_rating": "GREEN",
            "platform_type": "CLOUD_API",
            "status": "CONNECTED",
            "webhook_configuration": {"application": WEBHOOK},
        }
    )
    numbers: list[str] = field(default_factory=lambda: [NUMBER])
    apps: list[dict[str, Any]] = field(default_factory=lambda: [{"whatsapp_business_api_data": {"id": "1"}}])
    apps_secret: str = SECRET
    clock_off: timedelta = timedelta()
    answers: dict[str, Reply | Exception] = field(default_factory=dict)  # by the end of the path, before all else
    our_secret: str = SECRET
    our_verify_token: str = VERIFY

    def reply(self, request: requests.PreparedRequest) -> Reply:
        """The answer to one request."""
        url = urlsplit(request.url or "")
        if url.hostname == "127.0.0.1":
            raise requests.ConnectTimeout
        special = next((answer for end, answer in self.answers.items() if url.path.endswith(end)), None)
        if isinstance(special, Exception):
            raise special
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        return special or (self.meta if url.hostname == "graph.facebook.com" else self.ours)(request, url.path, query)

    def meta(self, request: requests.PreparedRequest, path: str, query: dict[str, str]) -> Reply:
        """The Graph API."""
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return meta_error(190, 401)
        proof = hmac.digest(self.apps_secret.encode(), TOKEN.encode(), "sha256").hex()
        if query.get("appsecret_proof", proof) != proof:
            return meta_error(100)
        bodies = {
            f"/{NUMBER}": self.number,
            f"/{ACCOUNT}/phone_numbers": {"data": [{"id": number} for number in self.numbers]},
            f"/{ACCOUNT}/subscribed_apps": {"data": self.apps},
        }
        body = next((body for end, body in bodies.items() if path.endswith(end)), None)
        date = {"Date": format_datetime(timezone.now() + self.clock_off)}
        return meta_error(100) if body is None else (200, date, json.dumps(body))

    def ours(self, request: requests.PreparedRequest, path: str, query: dict[str, str]) -> Reply:
        """Our own web process."""
        assert "Authorization" not in request.headers, "the access token is for Meta alone"
        if path == "/health/live":
            return 200, {}, "{}"
        if request.method == "GET":
            right = query["hub.verify_token"] == self.our_verify_token
            return (200, {}, query["hub.challenge"]) if right else (403, {}, "{}")
        body = request.body if isinstance(request.body, bytes) else b""
        return (200 if valid(request.headers.get("X-Hub-Signature-256"), body, [self.our_secret]) else 401), {}, "{}"


@pytest.fixture
def world(settings: Settings, db: None) -> Iterator[World]:
    """A healthy installation."""
    reverse("whatsapp-webhook")  # the URLs are loaded once, and with SIMULATOR as it is for all tests
    settings.DEBUG, settings.SIMULATOR = False, False
    settings.PUBLIC_URL, settings.WHATSAPP_API_URL = "https://bot.example.org", "https://graph.facebook.com"
    settings.WHATSAPP_ACCESS_TOKEN, settings.WHATSAPP_APP_SECRETS = TOKEN, (SECRET,)
    settings.WHATSAPP_VERIFY_TOKEN = VERIFY
    Heartbeat.objects.create(name="worker-1")
    InboxItem.objects.create(key="wamid.1", mailbox="phone:+1", raw={})
    healthy = World()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in (responses.GET, responses.POST):
            mock.add_callback(method, re.compile(".*"), healthy.reply)
        yield healthy


def troubles(patient: Patient | None = None) -> dict[str, Finding]:
    """What is not well, by check."""
    return {name: finding for name, finding in examine(patient or Patient()) if finding.level is not Level.OK}


def test_a_healthy_installation_is_called_healthy(world: World) -> None:
    found = list(examine(Patient()))
    assert {finding.level for _, finding in found} == {Level.OK}
    assert [name for name, _ in found] == [name for name, _ in CHECKS]


def ago(**time: float) -> Any:
    return timezone.now() - timedelta(**time)


Seed = Callable[[World, Settings], object]
Case = tuple[Seed, str, Level, str]
HTTPS_REQUIRED: Reply = (403, {}, '{"error_code": "HTTPS_REQUIRED"}')

# what is wrong -> (how it came, the check that finds it, how bad it is, words of its mend)
SEEDED: dict[str, Case] = {
    "no app secret": (
        lambda _, settings: setattr(settings, "WHATSAPP_APP_SECRETS", ()),
        *("settings", Level.FAIL, "App settings > Basic"),
    ),
    "no verify token": (
        lambda _, settings: setattr(settings, "WHATSAPP_VERIFY_TOKEN", ""),
        *("settings", Level.FAIL, "long random text"),
    ),
    "no account id": (
        lambda _, settings: setattr(settings, "WHATSAPP_BUSINESS_ACCOUNT_ID", ""),
        *("settings", Level.WARN, "API Setup"),
    ),
    "no token": (
        lambda _, settings: setattr(settings, "WHATSAPP_ACCESS_TOKEN", ""),
        *("settings", Level.FAIL, "system user token"),
    ),
    "no number": (
        lambda _, settings: setattr(settings, "WHATSAPP_PHONE_NUMBER_ID", ""),
        *("settings", Level.FAIL, "API Setup"),
    ),
    "a dead token": (
        lambda _, settings: setattr(settings, "WHATSAPP_ACCESS_TOKEN", "EAAGdead"),
        *("number", Level.FAIL, "new system user token"),
    ),
    "a token without permission": (
        lambda world, _: world.answers.update({NUMBER: meta_error(10, 403)}),
        *("number", Level.FAIL, "whatsapp_business_messaging"),
    ),
    "a wrong phone number id": (
        lambda _, settings: setattr(settings, "WHATSAPP_PHONE_NUMBER_ID", "100000000000009"),
        *("number", Level.FAIL, "it is not the number itself"),
    ),
    "no way to Meta": (
        lambda world, _: world.answers.update({NUMBER: requests.ConnectTimeout()}),
        *("number", Level.FAIL, "way to the internet"),
    ),
    "no stand-in": (
        lambda _, settings: setattr(settings, "WHATSAPP_API_URL", "http://127.0.0.1:9"),
        *("number", Level.FAIL, "start the web process"),
    ),
    "trouble at Meta": (
        lambda world, _: world.answers.update({NUMBER: (503, {}, "")}),
        *("number", Level.FAIL, "in a few minutes"),
    ),
    "a locked account": (
        lambda world, _: world.answers.update({NUMBER: meta_error(131031, 403)}),
        *("number", Level.FAIL, "Business Support Home"),
    ),
    "a number that is not registered": (
        lambda world, _: world.number.update(platform_type="NOT_APPLICABLE"),
        *("number", Level.FAIL, "/register"),
    ),
    "a number with a strange status": (
        lambda world, _: world.number.update(status="FLAGGED"),
        *("number", Level.WARN, "WhatsApp Manager"),
    ),
    "a number of low quality": (
        lambda world, _: world.number.update(quality_rating="RED"),
        *("number", Level.WARN, "not asked for"),
    ),
    "the secret of another app": (
        lambda world, _: setattr(world, "apps_secret", "f" * 32),
        *("app secret", Level.FAIL, "same app"),
    ),
    "the id of another account": (
        lambda world, _: world.numbers.remove(NUMBER),
        *("account", Level.FAIL, "Copy both ids"),
    ),
    "an unknown account": (
        lambda _, settings: setattr(settings, "WHATSAPP_BUSINESS_ACCOUNT_ID", "200000000000009"),
        *("account", Level.FAIL, "API Setup"),
    ),
    "no permission to look at the account": (
        lambda world, _: world.answers.update({"phone_numbers": meta_error(200, 403)}),
        *("account", Level.FAIL, "whatsapp_business_management"),
    ),
    "an account that cannot be looked at now": (
        lambda world, _: world.answers.update({"phone_numbers": (500, {}, "")}),
        *("account", Level.WARN, "in a few minutes"),
    ),
    "no subscription": (lambda world, _: world.apps.clear(), "subscription", Level.FAIL, "/subscribed_apps"),
    "webhooks diverted for the account": (
        lambda world, _: world.apps[0].update(override_callback_uri="https://old.example.org/hook"),
        *("subscription", Level.FAIL, "callback override"),
    ),
    "no callback URL": (
        lambda world, _: world.number.pop("webhook_configuration"),
        *("callback", Level.FAIL, WEBHOOK),
    ),
    "another callback URL": (
        lambda world, _: world.number.update(webhook_configuration={"application": "https://old.example.org/hook"}),
        *("callback", Level.FAIL, WEBHOOK),
    ),
    "webhooks diverted for the number": (
        lambda world, _: world.number["webhook_configuration"].update(phone_number="https://old.example.org/hook"),
        *("callback", Level.FAIL, WEBHOOK),
    ),
    "a clock a little off": (
        lambda world, _: setattr(world, "clock_off", timedelta(minutes=1)),
        *("clock", Level.WARN, "NTP"),
    ),
    "a clock far off": (lambda world, _: setattr(world, "clock_off", timedelta(hours=-1)), "clock", Level.FAIL, "NTP"),
    "a version that has ended": (
        lambda _, settings: setattr(settings, "WHATSAPP_API_VERSION", "v20.0"),
        *("API version", Level.FAIL, "WHATSAPP_API_VERSION"),
    ),
    "no public address": (
        lambda _, settings: setattr(settings, "PUBLIC_URL", ""),
        *("address", Level.FAIL, "--public-url"),
    ),
    "a public address without TLS": (
        lambda _, settings: setattr(settings, "PUBLIC_URL", "http://bot.example.org"),
        *("address", Level.FAIL, "certificate"),
    ),
    "nobody at the address": (
        lambda world, _: world.answers.update({"/health/live": requests.ConnectTimeout()}),
        *("address", Level.FAIL, "firewall"),
    ),
    "somebody else at the address": (
        lambda world, _: world.answers.update({"/health/live": (404, {}, "")}),
        *("address", Level.FAIL, "where the address leads"),
    ),
    "a web process with another verify token": (
        lambda world, _: setattr(world, "our_verify_token", "other"),
        *("handshake", Level.FAIL, "Start web and worker again"),
    ),
    "a web process with another app secret": (
        lambda world, _: setattr(world, "our_secret", "other"),
        *("signature", Level.FAIL, "Start web and worker again"),
    ),
    "a webhook that is not ready": (
        lambda world, _: world.answers.update({"/whatsapp": (503, {}, "")}),
        *("signature", Level.FAIL, "log"),
    ),
    "a redirect before the webhook": (
        lambda world, _: world.answers.update({"/whatsapp": (301, {"Location": "https://www.example.org"}, "")}),
        *("signature", Level.FAIL, "callback URL"),
    ),
    "a proxy that is not trusted": (
        lambda world, _: world.answers.update({"/whatsapp": HTTPS_REQUIRED}),
        *("signature", Level.FAIL, "TRUSTED_PROXY_COUNT"),
    ),
    "a host name that is not allowed": (
        lambda world, _: world.answers.update({"/whatsapp": (400, {}, "")}),
        *("signature", Level.WARN, "ALLOWED_HOSTS"),
    ),
    "no webhook at the address": (
        lambda world, _: world.answers.update({"/whatsapp": (404, {}, "")}),
        *("signature", Level.FAIL, "where the address leads"),
    ),
    "a webhook that breaks": (
        lambda world, _: world.answers.update({"/whatsapp": (500, {}, "")}),
        *("signature", Level.FAIL, "log"),
    ),
    "somebody who takes unsigned webhooks": (
        lambda world, _: world.answers.update({"/whatsapp": (200, {}, "")}),
        *("signature", Level.FAIL, "where the address leads"),
    ),
    "no worker": (lambda *_: Heartbeat.objects.all().delete(), "worker", Level.FAIL, "manage.py worker"),
    "a worker that has died": (
        lambda *_: Heartbeat.objects.update(seen_at=ago(minutes=1)),
        *("worker", Level.FAIL, "manage.py worker"),
    ),
    "sending paused": (lambda *_: gates.pause("after a restore"), "sending", Level.FAIL, "resume sending"),
    "sending stopped by Meta": (
        lambda *_: gates.stop(SendError(Verdict.AUTH, "The token is dead.")),
        *("sending", Level.FAIL, "one message a minute"),
    ),
    "sending slowed down": (
        lambda *_: gates.slow_down(gates.APP, SendError(Verdict.RATE_APP, "Too fast."), timezone.now()),
        *("sending", Level.WARN, "by itself"),
    ),
    "no message ever": (lambda *_: InboxItem.objects.all().delete(), "last message", Level.WARN, "Write “hi”"),
    "no message for long": (
        lambda *_: InboxItem.objects.update(received_at=ago(days=8)),
        *("last message", Level.WARN, "Write “hi”"),
    ),
}


@pytest.mark.parametrize("case", SEEDED.values(), ids=SEEDED.keys())
def test_a_misconfiguration_is_found_and_its_mend_is_named(world: World, settings: Settings, case: Case) -> None:
    seed, check, level, mend = case
    seed(world, settings)
    found = troubles()
    assert found[check].level is level
    assert mend in found[check].mend


@pytest.mark.parametrize("seed", [seed for seed, *_ in SEEDED.values()], ids=SEEDED.keys())
def test_a_misconfiguration_is_not_blamed_on_much_else(world: World, settings: Settings, seed: Seed) -> None:
    seed(world, settings)
    assert len(troubles()) <= 3


@pytest.mark.parametrize("seed", [seed for seed, *_ in SEEDED.values()], ids=SEEDED.keys())
def test_no_finding_shows_a_secret(world: World, settings: Settings, seed: Seed) -> None:
    seed(world, settings)
    told = " ".join(f"{finding.what} {finding.mend}" for _, finding in examine(Patient()))
    assert not any(secret in told for secret in (TOKEN, SECRET, VERIFY))


def test_a_version_about_to_end_is_told_in_time(world: World, settings: Settings, monkeypatch: Any) -> None:
    soon = timezone.now().date() + timedelta(days=30)
    monkeypatch.setattr("whatsapp.versions.ENDS", {"v25.0": soon})
    assert troubles()["API version"].level is Level.WARN


def test_either_of_two_secrets_may_be_the_apps(world: World, settings: Settings) -> None:
    settings.WHATSAPP_APP_SECRETS = (SECRET, "f" * 32)
    world.apps_secret = "f" * 32
    assert "app secret" not in troubles()


def test_the_doctor_goes_on_without_a_database(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE conversations_heartbeat RENAME TO hidden")
    found = troubles()
    assert "DATABASE_URL" in found["worker"].mend
    assert "number" not in found


# --- the command ------------------------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[str, int]:
    """What `manage.py check_whatsapp` prints, and its exit code."""
    out = StringIO()
    try:
        call_command("check_whatsapp", *arguments, stdout=out)
    except SystemExit as stop:
        return out.getvalue(), int(stop.code or 0)
    return out.getvalue(), 0


def test_the_command_ends_well_when_all_is_well(world: World) -> None:
    printed, code = run()
    assert code == 0
    assert printed.count("✓") == len(CHECKS)


def test_the_command_prints_the_mend_and_fails(world: World) -> None:
    world.apps.clear()
    printed, code = run()
    assert code == 1
    assert "✗ The WhatsApp Business Account is not subscribed to any app" in printed
    assert "→ Subscribe it once" in printed


def test_a_warning_is_no_failure(world: World) -> None:
    world.number["quality_rating"] = "RED"
    printed, code = run()
    assert code == 0
    assert "! The number's quality is rated low" in printed


def test_the_command_speaks_json(world: World, settings: Settings) -> None:
    settings.PUBLIC_URL = ""
    printed, code = run("--json", "--public-url", "https://bot.example.org/")
    found = json.loads(printed)
    assert {tuple(each) for each in found} == {("check", "level", "what", "mend")}
    assert [each["what"] for each in found if each["level"] != "ok"] == [
        "PUBLIC_URL is not set: nobody can check whether Meta reaches this service."
    ]
    assert code == 0


def test_a_fresh_development_machine_is_healthy_but_quiet(live_server: LiveServer, settings: Settings) -> None:
    """Against the real service: its own webhook, and the stand-in for the Graph API."""
    settings.WHATSAPP_API_URL = f"{live_server.url}/simulator/graph"
    settings.DEBUG, settings.SECURE_SSL_REDIRECT = True, False
    Heartbeat.objects.create(name="worker-1")
    found = troubles(Patient(live_server.url))
    assert {name: finding.what for name, finding in found.items()} == {
        "last message": "No message has ever arrived.",
    }
