"""What Meta knows about us."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from conversations.channel import SendError, Verdict
from whatsapp import versions
from whatsapp.client.transport import Answer
from whatsapp.doctor.findings import Finding, Patient, fail, ok, warn

WRONG_ID = {33, 100}  # Meta's codes for an object that does not exist or is not shown to this token
CLOCK_WARNS = timedelta(seconds=30)
CLOCK_FAILS = timedelta(minutes=5)
VERSION_WARNS = timedelta(days=90)
_MANAGER = "WhatsApp Manager"


def number(patient: Patient) -> Iterator[Finding]:
    """Whether Meta answers, accepts the token and knows the number, and how it thinks of it."""
    if not (patient.api.token and patient.api.phone_number_id):
        return  # `settings` says so
    answer = patient.number
    if isinstance(answer, SendError):
        yield _refused(answer, patient)
        return
    about = answer.json()
    name = about.get("verified_name") or about.get("id")
    yield ok(f"WhatsApp answers for {about.get('display_phone_number') or 'our number'} ({name}).")
    if about.get("platform_type") not in {None, "CLOUD_API"}:
        yield fail(
            "The number is not registered for the Cloud API.",
            "Register it: POST /{phone number id}/register with a PIN of six digits (docs/connect-whatsapp.md).",
        )
    if about.get("status") not in {None, "CONNECTED"}:
        yield warn(f"WhatsApp calls the number's status {about['status']}.", f"Look at the number in {_MANAGER}.")
    if about.get("quality_rating") == "RED":
        yield warn(
            "The number's quality is rated low: people blocked or reported it.",
            f"Send less that was not asked for; see the number in {_MANAGER}. WhatsApp may limit it.",
        )


def _refused(error: SendError, patient: Patient) -> Finding:
    if error.code in WRONG_ID:
        return fail(
            "WHATSAPP_PHONE_NUMBER_ID names no number that the access token may see.",
            "Compare it with the id under the number on WhatsApp > API Setup (it is not the number itself), "
            "and give the system user the WhatsApp account.",
        )
    if error.verdict is Verdict.UNREACHABLE and patient.is_meta:
        return fail(error.message, "Check this machine's way to the internet and WHATSAPP_API_URL.")
    if error.verdict is Verdict.UNREACHABLE:
        return fail(error.message, "WHATSAPP_API_URL names a stand-in: start the web process that serves it.")
    return fail(error.message, error.hint or "Try again in a few minutes; see Meta's status page.")


def app_secret(patient: Patient) -> Iterator[Finding]:
    """Whether the app secret is that of the token's app: Meta refuses a proof made with another one."""
    if not (patient.can_ask and settings.WHATSAPP_APP_SECRETS):
        return
    proofs = [
        hmac.digest(secret.encode(), patient.api.token.encode(), "sha256").hex()
        for secret in settings.WHATSAPP_APP_SECRETS
    ]
    answers = [patient.ask(patient.api.phone_number_id, fields="id", appsecret_proof=proof) for proof in proofs]
    if any(isinstance(answer, Answer) for answer in answers):
        yield ok("The app secret belongs to the app that the access token was made for.")
    elif any(isinstance(answer, SendError) and answer.code == 100 for answer in answers):
        yield fail(
            "WHATSAPP_APP_SECRET is not the secret of the app that the access token was made for.",
            "Copy the app secret under App settings > Basic of the same app, or make a token for this app.",
        )


def account(patient: Patient) -> Iterator[Finding]:
    """Whether the number belongs to the business account."""
    if not (patient.can_ask and settings.WHATSAPP_BUSINESS_ACCOUNT_ID):
        return
    answer = patient.ask(f"{settings.WHATSAPP_BUSINESS_ACCOUNT_ID}/phone_numbers", fields="id", limit="100")
    if isinstance(answer, SendError):
        yield _account_refused(answer)
    elif patient.api.phone_number_id in {item.get("id") for item in _items(answer)}:
        yield ok("The number belongs to the WhatsApp Business Account.")
    else:
        yield fail(
            "The number does not belong to WHATSAPP_BUSINESS_ACCOUNT_ID.",
            "Copy both ids from the same page, WhatsApp > API Setup.",
        )


def _account_refused(error: SendError) -> Finding:
    if error.code in WRONG_ID:
        return fail(
            "WHATSAPP_BUSINESS_ACCOUNT_ID names no account that the access token may see.",
            "Compare it with the account's id on WhatsApp > API Setup, and give the system user that account.",
        )
    if error.verdict is Verdict.AUTH:
        return fail(
            "The access token may not look at the WhatsApp Business Account.",
            "Make a new token with the permission whatsapp_business_management as well.",
        )
    return warn(f"The account could not be looked at. {error.message}", error.hint or "Try again in a few minutes.")


def subscription(patient: Patient) -> Iterator[Finding]:
    """Whether the account's webhooks go to an app, and to our address."""
    if not (patient.can_ask and settings.WHATSAPP_BUSINESS_ACCOUNT_ID):
        return
    answer = patient.ask(f"{settings.WHATSAPP_BUSINESS_ACCOUNT_ID}/subscribed_apps")
    if isinstance(answer, SendError):
        return  # `account` says why
    apps = _items(answer)
    if not apps:
        yield fail(
            "The WhatsApp Business Account is not subscribed to any app: no message arrives.",
            "Subscribe it once: POST /{account id}/subscribed_apps (docs/connect-whatsapp.md).",
        )
        return
    yield ok("The WhatsApp Business Account is subscribed to an app.")
    for app in apps:
        if patient.public_url and app.get("override_callback_uri") not in {None, patient.webhook}:
            yield fail(
                "The account sends its webhooks to another address than ours.",
                "Remove the callback override: POST /{account id}/subscribed_apps without override_callback_uri.",
            )


def callback(patient: Patient) -> Iterator[Finding]:
    """Whether the callback URL that holds for our number is ours."""
    if not (patient.can_ask and patient.is_meta):
        return
    answer = patient.ask(patient.api.phone_number_id, fields="webhook_configuration")
    if isinstance(answer, SendError):
        return  # older versions do not tell
    found = answer.json().get("webhook_configuration")
    found = found if isinstance(found, dict) else {}
    url = found.get("phone_number") or found.get("whatsapp_business_account") or found.get("application")
    form = f"Enter {patient.webhook} under WhatsApp > Configuration > Webhook in the app's dashboard."
    if not url:
        yield fail("Meta has no callback URL for our number: no message arrives.", form)
    elif patient.public_url and url != patient.webhook:
        yield fail(f"Meta calls {url}, which is not our address.", form)
    else:
        yield ok(f"Meta calls {url}.")


def clock(patient: Patient) -> Iterator[Finding]:
    """Whether our clock agrees with Meta's."""
    answer = patient.number if patient.can_ask else None
    sent = answer.headers.get("Date") if isinstance(answer, Answer) else None
    if not sent:
        return
    try:
        off = abs(timezone.now() - parsedate_to_datetime(sent))
    except (TypeError, ValueError):
        return
    mend = "Switch on time synchronisation (NTP) on this machine."
    seconds = round(off.total_seconds())
    if off > CLOCK_FAILS:
        yield fail(f"This machine's clock is {seconds} seconds off.", mend)
    elif off > CLOCK_WARNS:
        yield warn(f"This machine's clock is {seconds} seconds off.", mend)
    else:
        yield ok("This machine's clock is right.")


def version(patient: Patient) -> Iterator[Finding]:
    """How long the configured version of the API lives."""
    ours = patient.api.version
    if versions.parse(ours) is None:
        return  # `settings` says so
    ends, today = versions.ENDS.get(ours), timezone.now().date()
    mend = "Set WHATSAPP_API_VERSION to a newer version, and the same for webhooks in the app's dashboard."
    if ends and ends <= today:
        yield fail(f"Meta switched off version {ours} of the API on {ends}.", mend)
    elif ends and ends - today < VERSION_WARNS:
        yield warn(f"Meta switches off version {ours} of the API on {ends}.", mend)
    else:
        yield ok(f"Version {ours} of the API lives until {ends}." if ends else f"Version {ours} of the API is new.")


def _items(answer: Answer) -> list[dict[str, Any]]:
    data = answer.json().get("data")
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
