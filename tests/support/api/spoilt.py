"""The service with a defect: one for each check that schemathesis makes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from tests.support.api.world import undone

Defect = Callable[[HttpRequest, Callable[[HttpRequest], HttpResponseBase]], HttpResponseBase]


class Spoilt(WSGIHandler):
    """The service with a defect: what is answered depends on the request and on what the sound one answers."""

    def __init__(self, defect: Defect) -> None:
        super().__init__()
        self.defect = defect

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """What the defect makes of it."""
        return self.defect(request, super().get_response)


def turned(code: int, *, only: Collection[int] = ()) -> Defect:
    """Every answer, or those with one of these codes, gets another code."""

    def spoil(request: HttpRequest, sound: Any) -> HttpResponseBase:
        answer: HttpResponseBase = sound(request)
        if not only or answer.status_code in only:
            answer.status_code = code
        return answer

    return spoil


def labelled(name: str, value: str) -> Defect:
    """Every answer has this header."""

    def spoil(request: HttpRequest, sound: Any) -> HttpResponseBase:
        answer: HttpResponseBase = sound(request)
        answer[name] = value
        return answer

    return spoil


def instead(method: str, code: int, **body: Any) -> Defect:
    """What is asked with this method is not done, and this answered."""

    def spoil(request: HttpRequest, sound: Any) -> HttpResponseBase:
        answer: HttpResponseBase = JsonResponse(body, status=code) if request.method == method else sound(request)
        return answer

    return spoil


def forgotten(method: str) -> Defect:
    """What is asked with this method is answered as if it were done, and it is not."""

    def spoil(request: HttpRequest, sound: Any) -> HttpResponseBase:
        answer: HttpResponseBase = undone(partial(sound, request)) if request.method == method else sound(request)
        return answer

    return spoil


# For each check that the specification names, what it is there to see.
DEFECTS: dict[str, Defect] = {
    "not_a_server_error": turned(500),
    "status_code_conformance": turned(418),
    "content_type_conformance": labelled("Content-Type", "text/html"),
    "response_schema_conformance": instead("GET", 200),
    "negative_data_rejection": turned(200, only=[422]),
    "positive_data_acceptance": turned(422, only=[200, 201]),
    "missing_required_header": turned(200, only=[401]),
    "unsupported_method": turned(200, only=[405]),
    "allow_header_conformance": labelled("Allow", "BREW"),
    "ignored_auth": turned(200, only=[401]),
}
# These two look at what was done before.
DEFECTS_IN_SEQUENCES: dict[str, Defect] = {
    "use_after_free": forgotten("DELETE"),
    "ensure_resource_availability": instead("PATCH", 404, status="error", message="", data=None, error_code="GONE"),
}
