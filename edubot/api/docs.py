"""`/api/schema/` and `/api/docs/`: the page needs no internet and no inline script, its parts come from the sidecar."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from edubot.http import failure, success_body

View = Callable[[HttpRequest], HttpResponse]
ALLOWED = "GET, HEAD, OPTIONS"


def _read_only(view: View) -> View:
    """The view for who reads; any other method is answered as everywhere under `/api/`."""

    @csrf_exempt  # to a POST it is 405, whoever asks
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        if request.method == "OPTIONS":
            return JsonResponse(success_body(None), headers={"Allow": ALLOWED})
        if request.method not in ALLOWED.split(", "):
            return failure(405, "METHOD_NOT_ALLOWED", "This method is not allowed here.", Allow=ALLOWED)
        return view(request)

    return answer


@_read_only
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI schema as JSON."""
    return HttpResponse(described(), content_type="application/json")


@_read_only
def page(request: HttpRequest) -> HttpResponse:
    """Swagger UI for the schema."""
    return render(request, "api/docs.html")


@cache
def described() -> bytes:
    """The routes do not change while the process runs, so neither does their description."""
    generated = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return bytes(OpenApiJsonRenderer().render(generated))
