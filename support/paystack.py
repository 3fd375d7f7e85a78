"""Paystack's webhook: a charge that succeeded confirms the payment of that reference.

The signature is the hexadecimal HMAC-SHA512 of the raw body, keyed with the secret key, in `x-paystack-signature`. What
is signed is always answered 200, for Paystack repeats anything else for 72 hours and a repetition mends no content;
staff are told of what does not fit. See "Webhooks" in Paystack's documentation.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from conversations import payments
from conversations.models import Payment
from conversations.notices import raise_notice
from conversations.received import Severity
from edubot.http import error_body

log = logging.getLogger(__name__)

PAID = "charge.success"
RETRY_AFTER = "60"  # seconds
_REFERENCE = re.compile(r"[A-Za-z0-9.=_-]{1,100}")  # Paystack allows letters, digits and these


@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponse:
    """`POST /api/webhook/payments/paystack`."""
    if not settings.PAYSTACK_SECRET_KEY:
        return _refusal(404, "NOT_FOUND", "There is nothing here.")
    if request.method != "POST":
        return _refusal(405, "METHOD_NOT_ALLOWED", "Use POST.", Allow="POST")
    try:
        body = request.body
    except RequestDataTooBig:
        return _refusal(413, "PAYLOAD_TOO_LARGE", "The body is too large.")
    except UnreadablePostError:
        return _refusal(503, "UNAVAILABLE", "The body did not arrive.", **{"Retry-After": RETRY_AFTER})
    if not valid(request.META.get("HTTP_X_PAYSTACK_SIGNATURE", ""), body, settings.PAYSTACK_SECRET_KEY):
        log.warning("A payment webhook was refused: its signature is missing or wrong.")
        return _refusal(401, "INVALID_SIGNATURE", "The signature is missing or wrong.")
    try:
        outcome = _handle(body)
    except Error as error:  # the one catcher of a database that is away: Paystack sends it again
        log.warning("A payment webhook could not be handled.", extra={"error": type(error).__name__})
        return _refusal(503, "UNAVAILABLE", "Try again later.", **{"Retry-After": RETRY_AFTER})
    return JsonResponse({"status": "success", "message": outcome, "data": None})


def sign(body: bytes, secret: str) -> str:
    """The signature that Paystack sends with `body`."""
    return hmac.digest(secret.encode(), body, "sha512").hex()


def valid(signature: str, body: bytes, secret: str) -> bool:
    """Whether `signature` is Paystack's for `body`, compared in constant time. Never raises."""
    # Bytes, because compare_digest refuses text that is not ASCII, and a header may hold any byte.
    return hmac.compare_digest(signature.encode("utf-8", "replace"), sign(body, secret).encode())


def _handle(body: bytes) -> str:
    """Act on a signed event; returns what became of it in a few words. Raises django.db.Error."""
    event = _read(body)
    if event.get("event") != PAID:
        return "Not of interest."
    charge = _object(event.get("data"))
    reference = charge.get("reference")
    if not isinstance(reference, str) or not _REFERENCE.fullmatch(reference):
        return _unknown("unreadable")
    payment = Payment.objects.filter(reference=reference).first()
    if payment is None:
        return _unknown(reference)
    if not _is_paid_in_full(payment, charge):
        return _mismatch(payment)
    payments.confirm(payment, by=None)
    return "Confirmed."


def _read(body: bytes) -> dict[str, Any]:
    """The event, or {} for what is no JSON object. Deep nesting ends in a RecursionError, which is no ValueError."""
    try:
        return _object(json.loads(body.decode()))
    except (ValueError, RecursionError):
        return {}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_paid_in_full(payment: Payment, charge: dict[str, Any]) -> bool:
    """Whether amount (in hundredths: kobo) and currency are the ones that were asked for."""
    amount = charge.get("amount")
    return type(amount) is int and amount == payment.amount * 100 and charge.get("currency") == payment.currency


def _unknown(reference: str) -> str:
    raise_notice(
        f"paystack-unknown-{reference}",
        "payment_unknown",
        Severity.WARNING,
        "Paystack reports money for a reference that we do not know. Please look it up at Paystack.",
        reference=reference,
    )
    return "Unknown reference."


def _mismatch(payment: Payment) -> str:
    raise_notice(
        f"paystack-mismatch-{payment.reference}",
        "payment_mismatch",
        Severity.CRITICAL,
        f"Paystack reports another amount or currency for payment {payment.reference}. It was not confirmed.",
        payment=payment.pk,
    )
    return "Amount or currency differ."


def _refusal(status: int, code: str, message: str, **headers: str) -> HttpResponse:
    return JsonResponse(error_body(code, message), status=status, headers=headers)
