"""The head of a request, with the limits that uvicorn's fast parser lacks (its slower one has them)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SIZE = 32 * 1024  # bytes; a browser's cookies and a token need a tenth of it
HEAD_LINES = 100  # Django's handling of repeated headers is quadratic (CVE-2025-14550)
HEAD_SECONDS = 10.0

before_stop: list[Callable[[], object]] = []  # told, on the event loop, that the server ends: streams end themselves


class LimitedProtocol(HttpToolsProtocol):
    """Answers 400 and hangs up when a head is too large, and hangs up when it does not come at all (slow loris)."""

    _timer: asyncio.TimerHandle | None = None
    _size = 0
    _in_head = True

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
        super().on_headers_complete()

    def shutdown(self) -> None:
        """The server ends. Called for each connection; a request in flight may finish."""
        super().shutdown()
        for end in before_stop:
            end()

    def _expect_head(self) -> None:
        self._size, self._in_head = 0, True
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _head_is_here(self) -> None:
        self._in_head = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
