"""One HTTP call, and how certain we are of its outcome.

For a message everything hangs on one question: can Meta have acted on the request? Therefore a call that brings no
whole answer raises one of two errors. `NotSent`: it cannot, for no connection came about. `Unclear`: it may have.
Nothing is tried again down here, no redirect is followed (it could carry the token elsewhere), no cookie is kept, and
what is in the environment (proxies, netrc, certificate files) is not looked at: a session of requests would do all
that, so a request goes straight to the adapter below it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from json import loads
from math import inf
from ssl import SSLCertVerificationError
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from conversations import failpoints
from whatsapp.client.guard import PublicAdapter

MIB: Final = 1024 * 1024
TOTAL: Final = 24.0
_BLOCK: Final = 64 * 1024
_TOKEN = re.compile(r"[\x21-\x7e]+")
_NO_ADDRESS = (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)


class TransportError(Exception):
    """A call that brought no whole answer. The text says why, without addresses or secrets."""


class NotSent(TransportError):
    """No connection came about: nobody can have acted on the request."""


class Unclear(TransportError):
    """The request may have been acted on: the answer is late, broken or missing."""


class TooLarge(TransportError):
    """The answer is larger than the caller allowed."""


class BadToken(TransportError):
    """The access token is missing, or holds characters that no token has; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect (and, a peculiarity of urllib3, to write the request), for each read, and for the whole.

    After `until` (time.monotonic()) no request begins.
    """

    connect: float = 3.05
    read: float = 20.0
    total: float = TOTAL
    until: float = inf


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked. At most one of `json`, `data` (bytes) and `files` carries a body; `form` goes with `files`."""

    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Mapping[str, Any] | None = field(default=None, repr=False)
    data: bytes | None = field(default=None, repr=False)
    files: Mapping[str, tuple[str, bytes, str]] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    most: int = MIB  # bytes of the answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    status: int
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def json(self) -> dict[str, Any]:
        """The body if it is a JSON object, else {}."""
        try:
            body = loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}


_ends: ContextVar[float] = ContextVar("_ends", default=inf)  # when the call's time is over, time.monotonic()


class _Connection(HTTPConnection):
    """A connection on which no call begins whose time is over: its sender stood still, and another may have it by now.

    Between the request and its answer is a place to die.
    """

    def send(self, data: Any) -> None:
        """Called for the head of the request, then for its body; without the whole body nobody acts on it."""
        if self.sock is None:
            self.connect()
        if time.monotonic() > _ends.get():
            raise NewConnectionError(self, "the time was over before the request was written")
        super().send(data)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3
        """Called by urllib3 once the whole request is written."""
        failpoints.hit("send.after_write")
        return super().getresponse()


class _SecureConnection(HTTPSConnection, _Connection):
    """The same by https."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    """Speaks over these connections."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by requests, here and after unpickling."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class Transport:
    """Calls with kept connections; may be used by many threads at once. `slots`: connections kept per host."""

    def __init__(self, slots: int) -> None:
        self._anywhere = _Adapter(pool_connections=4, pool_maxsize=slots)
        self._public = PublicAdapter(pool_connections=4, pool_maxsize=slots)

    def call(
        self, call: Call, *, token: str | None = None, public: bool = False, timeouts: Timeouts | None = None
    ) -> Answer:
        """Do it. `token` goes along where it is given; `public`: by https and to public addresses only.

        Raises NotSent, Unclear, TooLarge or BadToken. Any HTTP status is an answer.
        """
        if token is not None and not _TOKEN.fullmatch(token):
            raise BadToken("The access token is missing or has characters that no token has.")
        limits = timeouts or Timeouts()
        deadline = time.monotonic() + limits.total
        adapter = self._public if public else self._anywhere
        _ends.set(min(deadline, limits.until))
        try:
            request = _prepared(call, token)
            with adapter.send(request, stream=True, timeout=(limits.connect, limits.read)) as response:
                return Answer(response.status_code, _content(response, call.most, deadline), response.headers)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _certainty(error) from None  # the cause holds the request, and that the token


def _prepared(call: Call, token: str | None) -> requests.PreparedRequest:
    """The request as it goes out. Raises requests.RequestException for an address that is none."""
    request = requests.Request(
        call.method,
        call.url,
        params=call.params,
        headers={"User-Agent": "EduBot", "Accept-Encoding": "identity", **call.headers},
        json=call.json,
        data=call.form if call.files else call.data,
        files=call.files,
    ).prepare()
    if token:
        request.headers["Authorization"] = f"Bearer {token}"  # in place of whatever the address would have said
    return request


def _content(response: requests.Response, most: int, deadline: float) -> bytes:
    """The body, in portions as they come in: a size and an end that no slow or endless answer can move."""
    content = bytearray()
    while block := response.raw.read1(_BLOCK, decode_content=True):
        content += block
        if len(content) > most:
            raise TooLarge("The answer is too large.")
        if time.monotonic() > deadline:
            raise Unclear("The answer took too long.")
    return bytes(content)


def _certainty(error: Exception) -> TransportError:
    """What an exception of requests or urllib3 tells about the request; in doubt it was sent."""
    reason = _reason(error)
    if isinstance(error, requests.ConnectTimeout):
        return NotSent("No connection within the time allowed.")
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return NotSent("The host name is not known.")
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return NotSent("No connection could be made.")
    if isinstance(reason, SSLCertVerificationError):
        return NotSent("The server's certificate is not valid.")
    if isinstance(error, _NO_ADDRESS):
        return NotSent("The address is not a web address.")
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return Unclear("No answer within the time allowed.")
    return Unclear("The connection broke before the answer was complete.")


def _reason(error: BaseException) -> BaseException:
    """The innermost cause: requests and urllib3 wrap what happened into up to four exceptions."""
    while True:
        inner = getattr(error, "reason", None) or next(
            (each for each in error.args if isinstance(each, Exception)), None
        )
        if not isinstance(inner, BaseException):
            return error
        error = inner
