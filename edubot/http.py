"""Answers that belong to no view: the error envelope of `/api/`, a plain page elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt

RETRY_AFTER_OUTAGE = 5  # seconds
# For answers that do not pass a page's middlewares: a browser that strays to them may run and frame nothing of it.
BARE = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def protect(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give an answer that no page's middleware has seen what they would have given it."""
    for name, value in BARE.items():
        response.headers[name] = value
    if settings.SECURE_HSTS_SECONDS and request.is_secure():
        below = "; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else ""
        response.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}{below}"


def success_body(data: object, message: str = "") -> dict[str, Any]:
    """The envelope of an API request that went well."""
    return {"status": "success", "message": message, "data": data}


def error_body(code: str, message: str, data: object = None) -> dict[str, Any]:
    """The envelope of a failed API request. `code` is stable, `message` is for people."""
    return {"status": "error", "message": message, "data": data, "error_code": code}


def failure(status: int, code: str, message: str, **headers: str) -> JsonResponse:
    """The answer to a failed API request. `headers`: `Retry_After="1"` becomes `Retry-After: 1`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JsonResponse(error_body(code, message), status=status, headers=named)


def speaks_json(path: str) -> bool:
    """Whether who asks for `path` is a program, which gets the envelope also for errors outside of any view."""
    return path.startswith("/api/")


def refuse(request: HttpRequest, status: int, code: str, message: str, **headers: str) -> HttpResponse:
    """A refusal in the form its reader expects."""
    if speaks_json(request.path):
        return failure(status, code, message, **headers)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    page = render_to_string("error.html", {"title": HTTPStatus(status).phrase, "message": message})
    return HttpResponse(page, status=status, headers=named)


def _handler(status: int, code: str, message: str) -> Callable[..., HttpResponse]:
    def answer(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        return refuse(request, status, code, message)

    return answer


# Django's handler400 … handler500 (edubot.urls). The cause of a 500 stands in the log, under the answer's X-Request-ID.
bad_request = _handler(400, "BAD_REQUEST", "This request cannot be understood.")
forbidden = _handler(403, "FORBIDDEN", "You may not do this.")
not_found = csrf_exempt(_handler(404, "NOT_FOUND", "There is nothing here."))  # to a POST there is nothing either
_error = _handler(500, "SERVER_ERROR", "Something went wrong on our side. It has been noted.")


def server_error(request: HttpRequest) -> HttpResponse:
    """500, which Django calls while it handles the exception; 503 where the database is away, as in the API."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        again = str(RETRY_AFTER_OUTAGE)
        return refuse(
            request, 503, "UNAVAILABLE", "The service is not available. Try again shortly.", Retry_After=again
        )
    return _error(request)
