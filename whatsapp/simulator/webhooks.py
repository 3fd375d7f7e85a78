"""Where webhooks go and how they are signed. What waits to be posted is in `callbacks`."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from whatsapp.simulator import payloads

DISPLAY_NUMBER = "15550100000"  # our number as the phones see it; 555-01xx is reserved for fiction
PATH = "/api/webhook/whatsapp"
TIMEOUT = (2.0, 5.0)  # seconds to connect, and for the answer
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def line() -> payloads.Line:
    """Our own number, as settings name it."""
    return payloads.Line(
        settings.WHATSAPP_BUSINESS_ACCOUNT_ID or "0", settings.WHATSAPP_PHONE_NUMBER_ID or "0", DISPLAY_NUMBER
    )


def target() -> str:
    """The address of our own webhook: SIMULATOR_WEBHOOK_URL, or the one beside the stand-in that the client talks to.

    Raises ImproperlyConfigured when the client does not talk to a stand-in on this machine: test data must never be
    posted to a real host.
    """
    explicit: str = getattr(settings, "SIMULATOR_WEBHOOK_URL", "")
    if explicit:
        return explicit
    parts = urlsplit(settings.WHATSAPP_API_URL)
    if parts.hostname not in _LOOPBACK:
        raise ImproperlyConfigured(
            "WHATSAPP_API_URL does not name the simulator: set it to http://127.0.0.1:<port>/simulator/graph."
        )
    return f"{parts.scheme}://{parts.netloc}{PATH}"


def new_session() -> requests.Session:
    """Connections to our own webhook; a proxy of the environment has no business between two ports of one machine."""
    session = requests.Session()
    session.trust_env = False
    return session


def post(session: requests.Session, body: str) -> str:
    """Post one webhook, signed as Meta signs it. Returns "" when it was answered 200, else what went wrong.

    Raises ImproperlyConfigured where `target` does.
    """
    if not settings.WHATSAPP_APP_SECRETS:
        return "WHATSAPP_APP_SECRET is not set, so nothing can be signed."
    data = body.encode("ascii")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature-256": payloads.signature(settings.WHATSAPP_APP_SECRETS[0], data),
    }
    try:
        answer = session.post(target(), data=data, headers=headers, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        return f"The webhook cannot be reached ({type(error).__name__})."
    return "" if answer.status_code == requests.codes.ok else f"The webhook answered {answer.status_code}."
