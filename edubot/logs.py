"""Log lines: a short sentence plus named fields, in UTC, one record a line.

Callers log ids, never content. Of an exception its type and its frames are told, never its text: PostgreSQL quotes the
failing row with the student's words in it. The masks are the last line of defence, for what other people's messages
carry: a phone number keeps its last two digits, a credential nothing.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from traceback import StackSummary, walk_tb
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

request_id: ContextVar[str] = ContextVar("request_id", default="")
_HARMLESS_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

# What every record has, and what Django and uvicorn add for consoles and mails.
_NOT_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "request",
    "color_message",
}

_PHONES = re.compile(
    r"(?:\+|%2B)\d[\d ().-]{5,20}(?=\d\d)|(?<![A-Za-z0-9.-])\d{8,13}(?=\d\d(?![A-Za-z0-9]))", re.IGNORECASE
)
_SECRET_NAME = re.compile(r"token|secret|password|passwd|api_?key|signature|authorization", re.IGNORECASE)
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 ***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), "***"),  # a JSON Web Token
    (re.compile(r"\bEAA[A-Za-z0-9]{16,}"), "***"),  # an access token of Meta's
    (re.compile(r"(?i)\bsha256=[0-9a-f]+"), "sha256=***"),
    (re.compile(r"\bwamid\.[\w+/=-]+"), "wamid.***"),  # a message's id at Meta holds the number in base64
    (re.compile(r"(?<=://)([^\s/:@]*):[^\s/@]+(?=@)"), r"\1:***"),  # user:password@host
    (
        re.compile(rf"(?i)([\w.-]*(?:{_SECRET_NAME.pattern})[\w.-]*[\"']?\s*[=:]\s*[\"']?)(?!\*\*\*)[^\s\"'&,;)}}]+"),
        r"\1***",
    ),
)
# Where an event for Sentry has words of ours or of other people's, and the command line (`erase_person +234…`).
_WORDY = ("breadcrumbs", "extra", "logentry", "transaction")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def id_of_request(given: str) -> str:
    """The caller's own id of a request (`X-Request-ID`) where it is harmless, else a new one."""
    return given if _HARMLESS_ID.fullmatch(given) else uuid.uuid4().hex


@lru_cache(maxsize=512)  # most fields of most lines are the same few words
def mask(text: str) -> str:
    """`text` without credentials, and with the last two digits alone of what looks like a phone number."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return _PHONES.sub("***", text)


def one_line(text: str) -> str:
    """`text` with line ends, terminal escapes and direction marks spelt out, so that nobody can forge a line."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """The named fields of a record (`extra=`), masked, with the id of the request they belong to."""
    named = {name: _masked(name, value) for name, value in vars(record).items() if name not in _NOT_FIELDS}
    if current := request_id.get():
        named.setdefault("request_id", current)
    return named


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for log collectors."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line: dict[str, Any] = {
            "time": _utc(record),
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.getMessage()),
            **fields(record),
        }
        if trace := _trace(record):
            line["exception"] = trace
        return json.dumps(line, default=str)


class PlainFormatter(logging.Formatter):
    """One line for people: time, level, sentence, name=value; a traceback indented below it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        named = " ".join(f"{name}={value}" for name, value in fields(record).items())
        sentence = f"{mask(record.getMessage())}  {named}".rstrip()
        head = f"{_utc(record)[11:19]} {record.levelname:<7} {record.name}: {one_line(sentence)}"
        trace = [f"    | {one_line(line)}" for line in _trace(record).splitlines()]
        return "\n".join([head, *trace])


def _utc(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def without_words(event: Event, _hint: Hint) -> Event:
    """The event as it may leave for Sentry (`before_send`): no exception's text, of a request method and path, and all
    else masked as in the log.
    """
    for told in event.get("exception", {}).get("values", []):
        told.pop("value", None)
    if request := event.get("request"):
        path = mask(str(request.get("url", "")).partition("?")[0])
        event["request"] = {"method": request.get("method"), "url": path}
    parts = cast("dict[str, Any]", event)
    parts |= {name: _masked("", parts[name]) for name in _WORDY if name in parts}
    return event


def _trace(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return "\n".join(_told(error, set())) if error else ""


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    """The frames and the type of an exception, after those of the one it came from and of the ones it is made of."""
    seen.add(id(error))
    origin = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    parts = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for earlier in filter(None, (origin, *parts)):
        if id(earlier) not in seen:
            yield from _told(earlier, seen)
            yield "which led to"
    for frame in StackSummary.extract(walk_tb(error.__traceback__), lookup_lines=False):
        yield f'File "{frame.filename}", line {frame.lineno}, in {frame.name}'
    yield _kind(error)


def _kind(error: BaseException) -> str:
    """The type; of a database error the code as well (PostgreSQL, appendix A: what went wrong, and no data)."""
    sqlstate = getattr(error, "sqlstate", None)
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{name} (SQLSTATE {sqlstate})" if sqlstate else name


def _masked(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name) and isinstance(value, str):
        return "***"
    if isinstance(value, dict):
        return {str(key): _masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked("", item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask(str(value))
