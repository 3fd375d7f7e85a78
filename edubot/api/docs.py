"""`/api/schema/` and `/api/docs/`: the page needs no internet and no inline script, its parts come from the sidecar."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI schema as JSON."""
    return HttpResponse(described(), content_type="application/json")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Swagger UI for the schema."""
    return render(request, "api/docs.html")


@cache
def described() -> bytes:
    """The routes do not change while the process runs, so neither does their description."""
    generated = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return bytes(OpenApiJsonRenderer().render(generated))
