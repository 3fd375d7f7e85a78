"""ETag and 304: what is polled is sent again only when it has changed."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.response import Response


def tag(*parts: object) -> str:
    """A weak tag (RFC 9110 §8.8.3) for what these parts say: weak, because a proxy may compress the answer."""
    digest = hashlib.blake2b(repr(parts).encode("utf-8", "backslashreplace"), digest_size=16)
    return f'W/"{digest.hexdigest()}"'


def of_content(request: HttpRequest, response: Response) -> None:
    """Tag the answer by its bytes, and leave them out where the client has them."""

    def conditional(rendered: Response) -> HttpResponseBase | None:
        current = tag(rendered.content)
        rendered.headers["ETag"] = current
        return get_conditional_response(request, etag=current, response=rendered)

    response.add_post_render_callback(conditional)
