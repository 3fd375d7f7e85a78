"""Whether Meta's calls would reach us and be believed: we call ourselves as Meta does."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from whatsapp.client.transport import Answer, Call, TransportError
from whatsapp.doctor.findings import PATIENCE, Finding, Patient, fail, ok, warn
from whatsapp.signature import sign

EMPTY = b'{"object":"whatsapp_business_account","entry":[]}'
_RESTART = "Start web and worker again, so that they read the same settings as this command."
_LOGS = "Look into the log of the web process."


def address(patient: Patient) -> Iterator[Finding]:
    """Whether our address is one that Meta would call, and answers."""
    if not patient.public_url and patient.is_meta:
        yield fail(
            "PUBLIC_URL is not set: Meta needs an address of ours on the internet.",
            "Set PUBLIC_URL, such as https://bot.example.org, or name it with --public-url.",
        )
    if patient.is_public and urlsplit(patient.address).scheme != "https":
        yield fail(
            "Our address does not begin with https://: Meta calls nothing else.",
            "Serve it with a certificate of a public authority and set PUBLIC_URL to its https:// form.",
        )
    answer = _call(patient, Call("GET", f"{patient.address}/health/live"))
    if isinstance(answer, TransportError):
        yield fail(f"{patient.address} does not answer. {answer}", _reach(patient, answer))
    elif answer.status != 200:
        yield fail(
            f"{patient.address} answers {answer.status} where our service would answer 200.",
            "See where the address leads: the proxy, and whether our web process runs behind it.",
        )
    else:
        yield ok(f"{patient.address} answers.")


def _reach(patient: Patient, error: TransportError) -> str:
    if "certificate" in str(error):
        return "Install a certificate of a public authority, with its whole chain: Meta refuses others, too."
    if patient.public_url:
        return "Check the name's DNS entry, the proxy and the firewall, and that the web process runs."
    return "Start the web process, or name our address with --public-url."


def handshake(patient: Patient) -> Iterator[Finding]:
    """Whether the webhook answers Meta's verification with our verify token."""
    if not settings.WHATSAPP_VERIFY_TOKEN:
        return
    challenge = secrets.token_hex(8)
    asked = {
        "hub.mode": "subscribe",
        "hub.verify_token": settings.WHATSAPP_VERIFY_TOKEN,
        "hub.challenge": challenge,
    }
    answer = _call(patient, Call("GET", patient.webhook, params=asked))
    if isinstance(answer, TransportError):
        return  # `address` says so
    if answer.status == 200 and answer.content == challenge.encode():
        yield ok("The webhook answers Meta's handshake.")
    elif answer.status == 403 and not _wants_https(answer):
        yield fail("The running service has another WHATSAPP_VERIFY_TOKEN than this command.", _RESTART)
    else:
        yield _unexpected(answer, "the handshake")


def signature(patient: Patient) -> Iterator[Finding]:
    """Whether the webhook takes what is signed with our app secret, and nothing else."""
    if not settings.WHATSAPP_APP_SECRETS:
        return
    signed = _post(patient, {"X-Hub-Signature-256": sign(EMPTY, settings.WHATSAPP_APP_SECRETS[0])})
    if isinstance(signed, TransportError):
        return  # `address` says so
    if signed.status == 200:
        yield ok("The webhook takes what is signed with the app secret.")
    elif signed.status == 401:
        yield fail("The running service has another WHATSAPP_APP_SECRET than this command.", _RESTART)
    elif signed.status == 503:
        yield fail("The webhook is not ready: it has no app secret, or no database.", f"{_RESTART} {_LOGS}")
    else:
        yield _unexpected(signed, "a signed webhook")
        return
    unsigned = _post(patient, {})
    if isinstance(unsigned, Answer) and 200 <= unsigned.status < 300:
        yield fail(
            "The address takes webhooks that nobody signed.",
            "Something else answers there: see where the address leads, and what the proxy does with it.",
        )


def _unexpected(answer: Answer, asked: str) -> Finding:
    if 300 <= answer.status < 400:
        return fail(
            f"The webhook's address redirects ({answer.status}): Meta does not follow.",
            "Set PUBLIC_URL and Meta's callback URL to the address it redirects to; mind www and https.",
        )
    if _wants_https(answer):
        return fail(
            "The service thinks that it was called without TLS.",
            "Set TRUSTED_PROXY_COUNT to the number of proxies in front (usually 1), and let them send "
            "X-Forwarded-Proto.",
        )
    if answer.status == 404:
        return fail(
            "There is no webhook at our address.", "See where the address leads, and whether a path is missing."
        )
    if answer.status == 400:
        return warn(f"The service refuses {asked}: 400.", "Add the host name of PUBLIC_URL to ALLOWED_HOSTS.")
    return fail(f"The service answers {asked} with {answer.status}.", _LOGS)


def _wants_https(answer: Answer) -> bool:
    return answer.status == 403 and answer.json().get("error_code") == "HTTPS_REQUIRED"


def _post(patient: Patient, headers: dict[str, str]) -> Answer | TransportError:
    return _call(
        patient, Call("POST", patient.webhook, headers={"Content-Type": "application/json", **headers}, data=EMPTY)
    )


def _call(patient: Patient, call: Call) -> Answer | TransportError:
    """A call of our own address; never with the access token."""
    try:
        return patient.api.transport.call(call, timeouts=PATIENCE)
    except TransportError as error:
        return error
