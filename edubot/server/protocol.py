"""The head of a request, with the limits that uvicorn's fast parser lacks (its slower one has them), and a door that is
shut before anything else is done for a request where too many wait already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from edubot.server.bodies import RefusedError
from edubot.server.gateway import refusal, wire

HEAD_SIZE = 32 * 1024  # bytes; a browser's cookies and a token need a tenth of it
HEAD_LINES = 100  # Django's handling of repeated headers is quadratic (CVE-2025-14550)
HEAD_SECONDS = 10.0
SMALL = 16 * 1024  # bytes of a body that is read past at the door; what is larger is refused behind it

# Beginning of an address → what is answered at the door at this moment, whole; None: come in. Behind the door a refusal
# costs a task and several turns of the event loop, when there is time for nothing.
doors: dict[bytes, Callable[[], bytes | None]] = {}
before_stop: list[Callable[[], object]] = []  # told, on the event loop, that the server ends: streams end themselves


class LimitedProtocol(HttpToolsProtocol):
    """Answers 400 and hangs up when a head is too large, and hangs up when it does not come at all (slow loris)."""

    _timer: asyncio.TimerHandle | None = None
    _size = 0
    _in_head = True
    _refusal: bytes | None = None  # of the request that is being read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected: its first head is due."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the next bytes. What is no complete header yet exists only in the parser, so it is counted here."""
        super().data_received(data)
        if self._timer is None and self.timeout_keep_alive_task is None and self._is_idle():
            self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)  # an empty line is no request
        if self._in_head:
            self._size += len(data)
            if self._size > HEAD_SIZE and not self.transport.is_closing():
                self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        """A further request begins on this connection. `abort` is for clients that take nothing any more."""
        super().on_message_begin()
        self.scope["state"]["abort"] = self.transport.abort
        self._expect_head()

    def on_headers_complete(self) -> None:
        """The head is here, whole. ValueError makes the parser answer 400."""
        self._head_is_here()
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_SIZE or len(self.headers) > HEAD_LINES:
            raise ValueError("The head of the request is too large.")
        self._refusal = self._refused_at_the_door()
        if self._refusal is None:
            self._unset_keepalive_if_required()  # which a refusal in the same piece of data may have set
            super().on_headers_complete()
        else:
            self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)  # its few bytes are due

    def on_body(self, body: bytes) -> None:
        """A piece of the body is here."""
        if self._refusal is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is here."""
        if self._refusal is None:
            super().on_message_complete()
            return
        self._head_is_here()
        self.transport.write(self._refusal)
        self._refusal = None
        self.on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or too much of it, and hang up."""
        self.transport.write(wire(refusal("", RefusedError(400, "BAD_REQUEST", msg))))
        self.transport.close()

    def shutdown(self) -> None:
        """The server ends. Called for each connection; a request in flight may finish."""
        super().shutdown()
        for end in before_stop:
            end()

    def _refused_at_the_door(self) -> bytes | None:
        """What a request gets that does not come in. Only a plain, small one, and none behind one that is served."""
        ask = next((ask for beginning, ask in doors.items() if self.url.startswith(beginning)), None)
        if ask is None or not self._is_idle() or self.flow.write_paused:
            return None
        if (self.parser.get_method(), self.parser.get_http_version()) != (b"POST", "1.1"):
            return None
        if self.expect_100_continue or self.parser.should_upgrade() or not self.parser.should_keep_alive():
            return None
        lengths = [value for name, value in self.headers if name == b"content-length"]  # none where it comes in chunks
        is_small = len(lengths) == 1 and lengths[0].isdigit() and int(lengths[0]) <= SMALL
        return ask() if is_small else None

    def _is_idle(self) -> bool:
        """Whether no request is being served: there is none before the first one."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _expect_head(self) -> None:
        self._size, self._in_head = 0, True
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _head_is_here(self) -> None:
        self._in_head = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
