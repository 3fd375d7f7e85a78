"""The stand-in for the Graph API: what our client and the doctor ask of Meta, answered as Meta answers.

Mounted at `/simulator/graph/`; `WHATSAPP_API_URL` points there in development. Any number of processes may serve it.
"""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from whatsapp.simulator import limits, network, webhooks
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.faults import Answer, Faults
from whatsapp.simulator.models import Bubble, everybodys_faults

View = Callable[..., HttpResponseBase]
PIECE = 2 * limits.MIB
MOST_HANGING = 4  # requests per process that may be kept without an answer; more would starve the web process
_hanging = threading.BoundedSemaphore(MOST_HANGING)


def answers_like_meta(**handlers: View) -> View:
    """One address of the Graph API: a view per method, behind the token check, with errors in Meta's shape."""

    @csrf_exempt
    def endpoint(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            check_token(request)
            return handlers.get(request.method or "", _unsupported)(request, *args, **kwargs)
        except GraphError as error:
            return JsonResponse(error.body(), status=error.status)

    return endpoint


def _unsupported(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponseBase:
    raise GraphError(100, f"Unsupported {request.method} request.", subcode=33)


def check_token(request: HttpRequest) -> None:
    """Let the configured token pass, unless the switch says that it is dead. Raises GraphError(190)."""
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    expected = f"Bearer {settings.WHATSAPP_ACCESS_TOKEN}".encode()
    if not settings.WHATSAPP_ACCESS_TOKEN or not hmac.compare_digest(given, expected):
        raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
    if everybodys_faults().get("answer") == "token_dead":
        raise GraphError(190, "Error validating access token: the session has been invalidated.")


def ours(view: View) -> View:
    """Only for our own number or account: another id is an unknown object. Raises GraphError(100/33)."""

    @wraps(view)
    def check_id(request: HttpRequest, object_id: str, *args: object, **kwargs: object) -> HttpResponseBase:
        if object_id not in {settings.WHATSAPP_PHONE_NUMBER_ID, settings.WHATSAPP_BUSINESS_ACCOUNT_ID}:
            raise unknown_object(object_id)
        return view(request, object_id, *args, **kwargs)

    return check_id


def unknown_object(object_id: str) -> GraphError:
    """What Meta says about an id it does not know, or does not show to this token."""
    return GraphError(
        100,
        f"Unsupported request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation.",
        subcode=33,
    )


# --- sending ----------------------------------------------------------------------------------------------------------


@ours
def send(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """`POST /{phone_number_id}/messages`: a message, or "read" (perhaps with the typing dots)."""
    body = _json(request)
    if body.get("status") == "read":
        network.mark_read(str(body.get("message_id", "")), typing="typing_indicator" in body)
        return JsonResponse({"success": True})
    limits.check(body)
    phone = network.recipient(body)
    faults, answer = network.strike(phone)
    time.sleep(faults.delay)
    bubble = None
    if answer.accepted:
        failure = faults.code if faults.answer == "failed_later" and answer.kind == "ok" else None
        bubble = network.accept(phone, body, faults, failure)
    if bubble and faults.statuses == "early":
        network.wait_until_reported(phone)
    return _ANSWERS[answer.kind](body, bubble, faults, answer)


def _json(request: HttpRequest) -> Mapping[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise GraphError(100, "The request body is not readable JSON.") from error
    if not isinstance(body, dict):
        raise GraphError(100, "The request body must be a JSON object.")
    return body


def _taken(body: Mapping[str, Any], bubble: Bubble | None, _faults: Faults, _answer: Answer) -> HttpResponseBase:
    """The regular answer. A phone send is told the `wa_id`, one to a business-scoped id the `user_id`."""
    assert bubble is not None  # noqa: S101  (`ok` is always accepted)
    to = body.get("to")
    contact = {"input": to, "wa_id": bubble.phone.number}
    if not to:
        contact = {"input": body["recipient"], "user_id": bubble.phone.user_id}
    message = {"id": bubble.wamid}
    if body.get("type") == "template":
        message["message_status"] = "accepted"
    return JsonResponse({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]})


def _refused(_body: Mapping[str, Any], _bubble: Bubble | None, faults: Faults, answer: Answer) -> HttpResponseBase:
    error = GraphError(answer.code or faults.code, "The simulator's fault switch says so.")
    return JsonResponse(error.body(), status=answer.status or error.status)


def _error_page(_body: Mapping[str, Any], _bubble: Bubble | None, _faults: Faults, _answer: Answer) -> HttpResponseBase:
    return HttpResponse("<html><body><h1>Sorry, something went wrong.</h1></body></html>", status=500)


def _garbled(_body: Mapping[str, Any], _bubble: Bubble | None, _faults: Faults, _answer: Answer) -> HttpResponseBase:
    return HttpResponse('{"messaging_product":"whatsapp","contacts":[{"inp', content_type="application/json")


def _broken(_body: Mapping[str, Any], _bubble: Bubble | None, _faults: Faults, _answer: Answer) -> HttpResponseBase:
    """A connection that ends in the middle of an answer of unknown length."""

    def half() -> Iterator[bytes]:
        yield b" " * PIECE  # more than a server collects before it begins to send: else the break becomes a plain 500
        raise ConnectionAbortedError("the fault switch `cut`")

    return StreamingHttpResponse(half(), content_type="application/json")


def _silent(body: Mapping[str, Any], bubble: Bubble | None, faults: Faults, answer: Answer) -> HttpResponseBase:
    """No answer for longer than any client waits; then the connection breaks."""
    if _hanging.acquire(blocking=False):
        try:
            time.sleep(faults.hang_seconds)
        finally:
            _hanging.release()
    return _broken(body, bubble, faults, answer)


_ANSWERS: dict[str, Callable[[Mapping[str, Any], Bubble | None, Faults, Answer], HttpResponseBase]] = {
    "ok": _taken,
    "error": _refused,
    "page": _error_page,
    "malformed": _garbled,
    "cut": _broken,
    "hang": _silent,
}


# --- what the doctor asks ---------------------------------------------------------------------------------------------


@ours
def describe(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """`GET /{id}`: our number or our account, with the fields asked for."""
    known = _number() if object_id == settings.WHATSAPP_PHONE_NUMBER_ID else _account()
    asked = request.GET.get("fields")
    names = {"id", *(name.partition("{")[0].strip() for name in asked.split(","))} if asked else set(known)
    return JsonResponse({name: value for name, value in known.items() if name in names})


@ours
def phone_numbers(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """`GET /{waba_id}/phone_numbers`: the one number there is."""
    return JsonResponse({"data": [_number()]})


@ours
def subscribed_apps(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """`GET /{waba_id}/subscribed_apps`: the simulator is subscribed by its nature."""
    app = {"id": "100000000000000", "name": f"{settings.BOT_NAME} (simulator)", "link": "https://example.invalid/"}
    return JsonResponse({"data": [{"whatsapp_business_api_data": app}]})


@ours
def subscribe(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """`POST /{waba_id}/subscribed_apps`."""
    return JsonResponse({"success": True})


@ours
def templates(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """`GET /{waba_id}/message_templates`: the sample that every new account has; any other name is taken as well."""
    body = {"type": "BODY", "text": "Welcome and congratulations! This message shows that your template works."}
    sample = {"id": "1", "name": "hello_world", "language": "en_US", "status": "APPROVED", "category": "UTILITY"}
    return JsonResponse({"data": [sample | {"components": [body]}]})


def debug_token(request: HttpRequest) -> HttpResponseBase:
    """`GET /debug_token?input_token=`: whether a token is good, for what and until when (0: for ever)."""
    valid = request.GET.get("input_token") == settings.WHATSAPP_ACCESS_TOKEN
    scopes = ["whatsapp_business_messaging", "whatsapp_business_management"] if valid else []
    data = {"app_id": "100000000000000", "type": "SYSTEM_USER", "is_valid": valid, "scopes": scopes, "expires_at": 0}
    return JsonResponse({"data": data})


def _number() -> dict[str, Any]:
    return {
        "id": settings.WHATSAPP_PHONE_NUMBER_ID,
        "verified_name": settings.BOT_NAME,
        "display_phone_number": "+1 555-010-0000",
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "status": "CONNECTED",
        "account_mode": "SANDBOX",
        "throughput": {"level": "STANDARD"},
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "webhook_configuration": {"application": webhooks.target()},
        "whatsapp_business_manager_messaging_limit": "TIER_250",
        "last_onboarded_time": (timezone.now() - timedelta(days=30)).isoformat(timespec="seconds"),
    }


def _account() -> dict[str, Any]:
    return {
        "id": settings.WHATSAPP_BUSINESS_ACCOUNT_ID,
        "name": settings.BOT_NAME,
        "timezone_id": "1",
        "currency": settings.BOT_CURRENCY,
        "message_template_namespace": "simulator",
        "account_review_status": "APPROVED",
        "health_status": {"can_send_message": "AVAILABLE"},
    }
