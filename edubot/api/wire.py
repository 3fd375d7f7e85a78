"""Bytes in, bytes out: JSON in UTF-8 and nothing else, whatever the client claims or asks for."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request


class JsonParser(BaseParser):
    """Reads what RFC 8259 calls JSON. A `charset` is ignored: JSON has none but UTF-8."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The value. Raises RequestDataTooBig (413) and ParseError (400)."""
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        return loads(body)


def loads(body: bytes) -> Any:
    """A JSON value from UTF-8. Raises ParseError for anything else, and nothing else.

    Python reads more than JSON (NaN, 1e400) and gives up in its own ways: deep nesting is a RecursionError, a number of
    5,000 digits a plain ValueError.
    """
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        raise ParseError from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


class JsonRenderer(JSONRenderer):
    """Compact UTF-8. Half a surrogate pair, which UTF-8 cannot carry, goes out as the escape that JSON has for it."""

    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The answer's bytes; none for None (304)."""
        if data is None:
            return b""
        text = json.dumps(data, cls=self.encoder_class, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")


class JsonOnly(DefaultContentNegotiation):
    """The API answers in JSON, whatever `Accept` says: a browser that asks for HTML gets the envelope too."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The only renderer there is."""
        only = next(iter(renderers))
        return only, only.media_type
