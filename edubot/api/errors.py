"""Everything that can go wrong with a request of the API, in one table, and the one catcher that answers it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core import exceptions as django
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions as drf
from rest_framework.response import Response

from conversations.errors import DomainError
from conversations.models import Conversation
from conversations.storage import StoreError
from edubot.http import RETRY_AFTER_OUTAGE, error_body

log = logging.getLogger(__name__)


class RateLimited(DomainError):
    """Too many requests; `retry_after` seconds from now they are taken again."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, retry_after: int, message: str = "Too many requests. Please wait a little.") -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Rule:
    """What these exceptions are answered with."""

    kinds: tuple[type[Exception], ...]
    status: int
    code: str
    message: str


# The first rule that fits is taken: narrower exceptions stand above wider ones. What no rule knows is a bug: 500.
RULES = (
    Rule((drf.ParseError,), 400, "UNREADABLE_BODY", "The body cannot be read: send JSON in UTF-8."),
    Rule((django.RequestDataTooBig,), 413, "PAYLOAD_TOO_LARGE", "The body is too large."),
    Rule((django.SuspiciousOperation, django.BadRequest), 400, "BAD_REQUEST", "This request cannot be understood."),
    Rule((drf.NotAuthenticated, drf.AuthenticationFailed), 401, "UNAUTHORIZED", "Log in, and send a valid token."),
    Rule((drf.PermissionDenied, django.PermissionDenied), 403, "FORBIDDEN", "You may not do this."),
    # The conversation: it was merged into another one between look-up and lock; the next look-up finds that one.
    Rule((drf.NotFound, Http404, Conversation.DoesNotExist), 404, "NOT_FOUND", "There is nothing here."),
    Rule((drf.MethodNotAllowed,), 405, "METHOD_NOT_ALLOWED", "This method is not allowed here."),
    Rule((drf.UnsupportedMediaType,), 415, "UNSUPPORTED_MEDIA_TYPE", "Send the body as application/json."),
    Rule((drf.ValidationError, django.ValidationError), 422, "VALIDATION_ERROR", "Some of what was sent is wrong."),
    # The serializers refuse what PostgreSQL would not store; this is the net below them (NUL, half a surrogate pair).
    Rule((DataError, UnicodeEncodeError), 422, "VALIDATION_ERROR", "A value cannot be stored."),
    Rule(
        (OperationalError, InterfaceError, StoreError),
        503,
        "UNAVAILABLE",
        "The service is not available. Try again shortly.",
    ),
)

RACE = Rule((), 409, "CONFLICT", "Somebody else changed this at the same moment. Look again.")
LOST_RACES = frozenset({"23505", "23503"})  # PostgreSQL's SQLSTATEs: unique_violation, foreign_key_violation


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception, or None for a bug, which Django logs and answers with 500."""
    if isinstance(error, DomainError):
        return _answer(error.status, error_body(error.code, str(error), error.data), _seconds(error))
    rule = RACE if _is_race(error) else next((rule for rule in RULES if isinstance(error, rule.kinds)), None)
    if rule is None:
        return None
    body = error_body(rule.code, rule.message)
    if isinstance(error, drf.ValidationError | django.ValidationError):
        body["errors"] = fields(_detail(error))
    return _answer(rule.status, body, RETRY_AFTER_OUTAGE if rule.status == 503 else None)


def fields(detail: Any, name: str = "") -> dict[str, list[str]]:
    """Field errors as DRF nests them, flat: `{"saved_views.0.name": ["This field is required."]}`."""
    inner: Iterable[tuple[Any, Any]]
    if isinstance(detail, dict):
        inner = detail.items()
    elif isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        inner = enumerate(detail)
    else:
        words = detail if isinstance(detail, list) else [detail]
        return {name or "non_field_errors": [str(word) for word in words]} if words else {}
    found: dict[str, list[str]] = {}
    for key, item in inner:
        found |= fields(item, f"{name}.{key}" if name else str(key))
    return found


def _is_race(error: Exception) -> bool:
    """Whether between our look and our write a unique key was taken, or what we name deleted.

    Other broken constraints are bugs.
    """
    return isinstance(error, IntegrityError) and getattr(error.__cause__, "sqlstate", None) in LOST_RACES


def _detail(error: Exception) -> Any:
    if isinstance(error, django.ValidationError):  # raised by a model's own clean()
        return error.message_dict if hasattr(error, "error_dict") else error.messages
    return error.detail if isinstance(error, drf.ValidationError) else []


def _seconds(error: DomainError) -> int | None:
    return error.retry_after if isinstance(error, RateLimited) else None


def _answer(status: int, body: dict[str, Any], retry_after: int | None) -> Response:
    if status in {403, 503}:
        log.warning("A request was refused.", extra={"status": status, "error_code": body["error_code"]})
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Response(body, status=status, headers=headers)
