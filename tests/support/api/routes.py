"""The routes under `/api/`, as the URLconf has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from edubot import http

SAMPLES = {"phone": "2348012345678", "id": "1", "message": "msg_1", "report": "volume", "export": "tickets"}
_PLACE = re.compile(r"<(\w+):\w+>")


def routes() -> dict[str, Any]:
    """Every route under `/api/` with its view, without the last one, which answers 404 to the rest."""
    found = _walk(get_resolver().url_patterns, "")
    return {route: view for route, view in found if route.startswith("api/") and view is not http.not_found}


def methods(view: Any) -> set[str]:
    """The methods of an endpoint; of a plain view nobody knows."""
    endpoint = getattr(view, "cls", None)
    return set(endpoint().allowed_methods) - {"HEAD", "OPTIONS"} if endpoint else set()


def example(route: str) -> str:
    """A path that this route matches."""
    return "/" + _PLACE.sub(lambda place: SAMPLES[place[1]], route)


def _walk(patterns: list[Any], before: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback
