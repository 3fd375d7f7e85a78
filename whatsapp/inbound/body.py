"""From the bytes of a POST to JSON values that PostgreSQL can hold.

PostgreSQL's jsonb takes neither NUL nor lone surrogates nor NaN; Python's parser takes all of them, and stops at a
number of 4,300 digits. One such value must not cost the messages beside it, so each is replaced and the rest is kept.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

MAX_DEPTH = 50  # Meta nests about 12 deep; psycopg's encoder, like every recursive one, has an end
TOO_DEEP = "[nested too deep]"

_SURROGATE = re.compile("[\ud800-\udfff]")  # the parser has joined the pairs; what is left stands alone


class UnreadableError(Exception):
    """The body is no JSON at all; the message says why."""


def parse(body: bytes) -> Any:
    """The JSON value in `body`, fit to be stored. Raises UnreadableError."""
    try:
        return storable(_DECODER.decode(str(body, "utf-8-sig")))
    except UnicodeDecodeError:
        raise UnreadableError("The body is not UTF-8.") from None
    except RecursionError:
        raise UnreadableError("The body is nested too deep.") from None
    except ValueError:
        raise UnreadableError("The body is not JSON.") from None


def storable(value: Any, depth: int = 0) -> Any:
    """`value` without what jsonb refuses: NUL removed, lone surrogates as U+FFFD, cut below MAX_DEPTH."""
    if isinstance(value, str):
        return value if value.isprintable() else _SURROGATE.sub("\ufffd", value.replace("\0", ""))
    if not isinstance(value, dict | list):
        return value
    if depth == MAX_DEPTH:
        return TOO_DEEP
    if isinstance(value, list):
        return [storable(item, depth + 1) for item in value]
    return {storable(key): storable(item, depth + 1) for key, item in value.items()}


def _integer(digits: str) -> int | str:
    """A whole number, or its digits where no 64 bits hold it."""
    return int(digits) if len(digits) <= 18 else digits


def _decimal(digits: str) -> float | str:
    """A finite number, or its digits (`1e400` is infinite to Python)."""
    number = float(digits)
    return number if math.isfinite(number) else digits


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_decimal, parse_constant=str)
