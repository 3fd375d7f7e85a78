"""The webhook, as Meta sees it: verify, cut into items, store, answer.

The answer tells Meta what to do with the delivery. 200: it is on disk, forget it. 503: our trouble, send it again (it
does for seven days). 401, 405, 413: this did not come from Meta. What is signed never gets another 4xx, and its content
never a 5xx, for sending it again cannot mend it: what cannot be read is kept as it came and shown to staff.
"""

from __future__ import annotations

import logging
from secrets import compare_digest

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError, Error, IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from conversations import inbox
from edubot.http import RETRY_AFTER_OUTAGE, error_body
from whatsapp import signature
from whatsapp.inbound import split

log = logging.getLogger(__name__)

CHALLENGE_LENGTH = 256
STORED = b'{"status":"success","message":"","data":null}'


@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponse:
    """`GET` and `POST /api/webhook/whatsapp`."""
    if request.method == "POST":
        return _receive(request)
    if request.method == "GET":
        return _verify(request)
    return _refusal(405, "METHOD_NOT_ALLOWED", "Use GET or POST.", Allow="GET, POST")


def _verify(request: HttpRequest) -> HttpResponse:
    """Meta's handshake when the callback URL is set: give the challenge back to whoever knows our token."""
    mode, token, challenge = (request.GET.get(f"hub.{name}", "") for name in ("mode", "verify_token", "challenge"))
    if not (mode and token and challenge):
        return _refusal(400, "INVALID_REQUEST", "hub.mode, hub.verify_token and hub.challenge are needed.")
    if len(challenge) > CHALLENGE_LENGTH or not challenge.isascii():
        return _refusal(400, "INVALID_REQUEST", f"hub.challenge must be ASCII, at most {CHALLENGE_LENGTH} characters.")
    if mode != "subscribe" or not _is_our_token(token):
        return _refusal(403, "VERIFICATION_FAILED", "The verify token or the mode is wrong.")
    # Never HTML: an echo that a browser renders is a way to run a script on our origin.
    return HttpResponse(challenge, content_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})


def _is_our_token(token: str) -> bool:
    """Whether `token` is the configured one; an unset one is nobody's."""
    ours: str = settings.WHATSAPP_VERIFY_TOKEN
    # Bytes: compare_digest takes only ASCII as text.
    return bool(ours) and compare_digest(token.encode(), ours.encode())


def _receive(request: HttpRequest) -> HttpResponse:
    if not settings.WHATSAPP_APP_SECRETS:
        log.error("A webhook was refused: WHATSAPP_APP_SECRET is not set.")
        return _unavailable("The webhook is not configured yet.")
    try:
        body = request.body
    except RequestDataTooBig:
        return _refusal(413, "PAYLOAD_TOO_LARGE", "The body is too large.")
    except UnreadablePostError:
        return _unavailable("The body did not arrive.")
    if not signature.valid(request.META.get("HTTP_X_HUB_SIGNATURE_256"), body, settings.WHATSAPP_APP_SECRETS):
        log.warning("A webhook was refused: its signature is missing or wrong.")
        return _refusal(401, "INVALID_SIGNATURE", "The signature is missing or wrong.")
    try:
        _store(body)
    except Error as error:  # the one catcher of a database that is away: Meta sends it again
        log.warning("A webhook could not be stored.", extra=_named(error))
        return _unavailable("Try again later.")
    return HttpResponse(STORED, content_type="application/json")


def _store(body: bytes) -> None:
    """Everything in `body`, durably. Raises django.db.Error when nothing could be stored."""
    batch = split(body, settings.WHATSAPP_PHONE_NUMBER_ID, settings.WHATSAPP_BUSINESS_ACCOUNT_ID)
    if batch.foreign:
        log.warning("A webhook held items for another number or account.", extra={"items": batch.foreign})
    if batch.unreadable:
        inbox.keep_unreadable(body, batch.unreadable)
        return
    if not (batch.items or batch.receipts):
        return
    try:
        inbox.receive(batch)
    except (DataError, IntegrityError) as error:
        # PostgreSQL does not take the values, and would not take them the next time either.
        log.warning("A webhook was kept unread: the database refused its values.", extra=_named(error))
        inbox.keep_unreadable(body, "The database refused its values.")


def _named(error: Error) -> dict[str, str | None]:
    """What may be logged of a database error: never its text, which quotes the values."""
    return {"error": type(error).__name__, "sqlstate": getattr(error.__cause__, "sqlstate", None)}


def _unavailable(message: str) -> HttpResponse:
    return _refusal(503, "UNAVAILABLE", message, **{"Retry-After": str(RETRY_AFTER_OUTAGE)})


def _refusal(status: int, code: str, message: str, **headers: str) -> HttpResponse:
    return JsonResponse(error_body(code, message), status=status, headers=headers)
