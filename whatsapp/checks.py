"""System checks: settings with which WhatsApp cannot work, or not for long.

What only Meta can tell, `manage.py check_whatsapp` asks (whatsapp.doctor).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004

from whatsapp import versions
from whatsapp.channel import SENDING
from whatsapp.client.guard import META_API_HOST

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One mistake: how to see it, what to say, what to do. `fatal`: WhatsApp does not work at all with it."""

    id: str
    is_broken: Callable[[], bool]
    message: str
    hint: str
    fatal: bool = False


def _asked_of_meta() -> bool:
    """Whether messages go to Meta itself rather than to a stand-in."""
    return _host(settings.WHATSAPP_API_URL) == META_API_HOST


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_odd_token() -> bool:
    return bool(settings.WHATSAPP_ACCESS_TOKEN) and not re.fullmatch(
        r"[A-Za-z0-9_|.~-]+", settings.WHATSAPP_ACCESS_TOKEN
    )


def _is_odd_number_id() -> bool:
    number = settings.WHATSAPP_PHONE_NUMBER_ID
    return bool(number) and not re.fullmatch(r"[0-9]{5,20}", number)


def _are_ids_equal() -> bool:
    return bool(settings.WHATSAPP_PHONE_NUMBER_ID) and (
        settings.WHATSAPP_PHONE_NUMBER_ID == settings.WHATSAPP_BUSINESS_ACCOUNT_ID
    )


def _is_odd_secret() -> bool:
    secrets = settings.WHATSAPP_APP_SECRETS
    return _asked_of_meta() and any(not re.fullmatch(r"[0-9a-f]{32}", secret) for secret in secrets)


def _is_public_url_open() -> bool:
    return bool(settings.PUBLIC_URL) and not settings.DEBUG and urlsplit(settings.PUBLIC_URL).scheme != "https"


def _is_public_url_more_than_a_host() -> bool:
    return urlsplit(settings.PUBLIC_URL).path != "" or "?" in settings.PUBLIC_URL


def _is_token_in_the_open() -> bool:
    url = settings.WHATSAPP_API_URL
    return urlsplit(url).scheme == "http" and not settings.DEBUG and _host(url) not in LOOPBACK


def _is_no_address() -> bool:
    url = urlsplit(settings.WHATSAPP_API_URL)
    return url.scheme not in {"http", "https"} or not url.hostname or re.search(r"/v[0-9.]+$", url.path) is not None


_APP = "the app's dashboard at Meta"
RULES = (
    Rule(
        "whatsapp.W001",
        lambda: not settings.WHATSAPP_ACCESS_TOKEN,
        "WHATSAPP_ACCESS_TOKEN is not set: no message can be sent.",
        "Create a system user token in Meta Business Settings and set WHATSAPP_ACCESS_TOKEN.",
        fatal=True,
    ),
    Rule(
        "whatsapp.W002",
        lambda: not settings.WHATSAPP_PHONE_NUMBER_ID,
        "WHATSAPP_PHONE_NUMBER_ID is not set: no message can be sent or received.",
        f"Set it to the id under the number on WhatsApp > API Setup in {_APP}.",
        fatal=True,
    ),
    Rule(
        "whatsapp.W003",
        lambda: not settings.WHATSAPP_BUSINESS_ACCOUNT_ID,
        "WHATSAPP_BUSINESS_ACCOUNT_ID is not set: news about the account cannot be told from others'.",
        f"Set it to the account's id on WhatsApp > API Setup in {_APP}.",
    ),
    Rule(
        "whatsapp.W004",
        lambda: not settings.WHATSAPP_APP_SECRETS,
        "WHATSAPP_APP_SECRET is not set: every webhook is answered with 503.",
        f"Set it to the app secret under App settings > Basic in {_APP}.",
        fatal=True,
    ),
    Rule(
        "whatsapp.W005",
        lambda: not settings.WHATSAPP_VERIFY_TOKEN,
        "WHATSAPP_VERIFY_TOKEN is not set: Meta cannot verify the webhook's address.",
        "Set it to a long random text, and enter the same under WhatsApp > Configuration > Webhook.",
        fatal=True,
    ),
    Rule(
        "whatsapp.W006",
        _is_odd_token,
        "WHATSAPP_ACCESS_TOKEN holds characters that no token has.",
        "Set the bare token: without quotes, spaces, line breaks or the word Bearer.",
        fatal=True,
    ),
    Rule(
        "whatsapp.W007",
        _is_odd_number_id,
        "WHATSAPP_PHONE_NUMBER_ID is not an id: it looks like a phone number or something else.",
        f"Set it to the id under the number on WhatsApp > API Setup in {_APP}, not to the number.",
        fatal=True,
    ),
    Rule(
        "whatsapp.W008",
        _are_ids_equal,
        "WHATSAPP_PHONE_NUMBER_ID and WHATSAPP_BUSINESS_ACCOUNT_ID are the same id.",
        f"Number and account have different ids: compare both on WhatsApp > API Setup in {_APP}.",
        fatal=True,
    ),
    Rule(
        "whatsapp.W009",
        _is_odd_secret,
        "WHATSAPP_APP_SECRET does not look like Meta's app secrets (32 hexadecimal digits).",
        f"Copy the app secret under App settings > Basic in {_APP}.",
    ),
    Rule(
        "whatsapp.W010",
        lambda: versions.is_old(settings.WHATSAPP_API_VERSION),
        f"WHATSAPP_API_VERSION is older than {versions.OLDEST}.",
        "Set WHATSAPP_API_VERSION=v25.0, and the same version for webhooks in the app's dashboard at Meta.",
    ),
    Rule(
        "whatsapp.W011",
        lambda: settings.SIMULATOR and _asked_of_meta(),
        "SIMULATOR is on, but messages go to Meta itself.",
        "Set SIMULATOR=false, or remove WHATSAPP_ACCESS_TOKEN and WHATSAPP_API_URL to talk to the simulator.",
    ),
    Rule(
        "whatsapp.W012",
        lambda: not settings.PUBLIC_URL and not settings.DEBUG,
        "PUBLIC_URL is not set: nobody can check whether Meta reaches this service.",
        "Set PUBLIC_URL to the address of this service on the internet, such as https://bot.example.org.",
    ),
    Rule(
        "whatsapp.W013",
        _is_public_url_open,
        "PUBLIC_URL does not begin with https://: Meta calls nothing else.",
        "Serve the address with a certificate of a public authority and set PUBLIC_URL to its https:// form.",
    ),
    Rule(
        "whatsapp.W014",
        lambda: not settings.DEBUG and not _asked_of_meta(),
        "WHATSAPP_API_URL does not lead to Meta.",
        f"Remove WHATSAPP_API_URL, or set it to https://{META_API_HOST}.",
    ),
    Rule(
        "whatsapp.W015",
        lambda: settings.OUTBOX_LEASE <= SENDING,
        f"OUTBOX_LEASE is not longer than a send may take ({SENDING} seconds).",
        "Remove OUTBOX_LEASE (45 seconds then), or messages that are being sent are taken for lost.",
    ),
    Rule(
        "whatsapp.W016",
        _is_public_url_more_than_a_host,
        "PUBLIC_URL holds more than scheme and host.",
        "Set PUBLIC_URL to the address without a path, such as https://bot.example.org.",
    ),
    Rule(
        "whatsapp.E001",
        _is_token_in_the_open,
        "WHATSAPP_API_URL begins with http://: the access token would travel in the open.",
        f"Remove WHATSAPP_API_URL, or set it to https://{META_API_HOST}.",
        fatal=True,
    ),
    Rule(
        "whatsapp.E002",
        lambda: versions.parse(settings.WHATSAPP_API_VERSION) is None,
        "WHATSAPP_API_VERSION is not a version of the Graph API.",
        "Set WHATSAPP_API_VERSION=v25.0: with the v and the dot.",
        fatal=True,
    ),
    Rule(
        "whatsapp.E003",
        _is_no_address,
        "WHATSAPP_API_URL is not the base address of the Graph API.",
        f"Remove WHATSAPP_API_URL, or set it to https://{META_API_HOST}, without a version.",
        fatal=True,
    ),
)


def broken() -> Iterator[Rule]:
    """The rules that the present settings break."""
    return (rule for rule in RULES if rule.is_broken())


@register("whatsapp")
def check_settings(**_: Any) -> list[CheckMessage]:
    """What the present settings break, as Django reports it."""
    return [
        (Error if rule.id.startswith("whatsapp.E") else Warning)(rule.message, hint=rule.hint, id=rule.id)
        for rule in broken()
    ]
