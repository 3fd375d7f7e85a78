"""The ASGI application in front of Django: reads the body, finds a thread, sends the answer, or refuses at once."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus

from django.conf import settings
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope

from edubot.http import BARE, error_body, speaks_json
from edubot.logs import id_of_request
from edubot.server import bodies, wsgi
from edubot.server.bodies import ClientGoneError, RefusedError
from edubot.server.lanes import Lane, overloaded
from edubot.server.wsgi import Answer, WsgiApplication

log = logging.getLogger(__name__)

SLOW_CLIENT = 30.0  # seconds in which a client must take the next piece of a long answer


class Gateway:
    """Serves a WSGI application. `lanes` are pairs of a path's beginning and its lane; the first that fits is taken."""

    def __init__(self, application: WsgiApplication, lanes: Sequence[tuple[str, Lane]]) -> None:
        self._application = application
        self._lanes = lanes

    async def __call__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer one request."""
        lane = next(lane for beginning, lane in self._lanes if scope["path"].startswith(beginning))
        exchange = _Exchange(send)
        try:
            with lane.holding() as hold:
                body = await bodies.read(scope, receive, hold)
                work = partial(wsgi.call, self._application, wsgi.environ(scope, body), exchange.flush)
                await exchange.send(await lane.run(work), more=False)
        except RefusedError as refused:
            lane.refused += refused.status == 503
            answer = refusal(scope["path"], refused)
            answer.headers += _for_caller(scope, refused)
            await exchange.send(answer, more=True)
            if refused.status in {408, 413}:
                await bodies.drain(receive)
            await exchange.send(Answer(), more=False)
        except ClientGoneError:
            return


class _Exchange:
    """The answering half of a request: the head goes out once, then the pieces."""

    def __init__(self, send: ASGISendCallable) -> None:
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._begun = False

    async def send(self, answer: Answer, *, more: bool) -> None:
        """Send the head unless it is out already, and this piece of the body."""
        if not self._begun:
            self._begun = True
            await self._send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await self._send({"type": "http.response.body", "body": answer.body, "more_body": more})

    def flush(self, answer: Answer) -> None:
        """Send a piece from a thread and wait until the client took it. ClientGoneError frees the thread otherwise."""
        sending = asyncio.wait_for(self.send(answer, more=True), SLOW_CLIENT)
        try:
            asyncio.run_coroutine_threadsafe(sending, self._loop).result()
        except TimeoutError:
            raise ClientGoneError from None


def _for_caller(scope: HTTPScope, refused: RefusedError) -> list[tuple[bytes, bytes]]:
    """What Django would have added: the id under which the log has it, and whether a page elsewhere may read it.

    A webhook's refusal is made beforehand (`door`), and its caller is no page.
    """
    if scope["path"].startswith(bodies.WEBHOOKS):
        return []
    number = id_of_request(bodies.header(scope, b"x-request-id").decode("latin-1"))
    log.info("Refused", extra={"status": refused.status, "error_code": refused.code, "request_id": number})
    headers = [(b"x-request-id", number.encode())]
    if not speaks_json(scope["path"]):
        return headers
    headers.append((b"vary", b"origin"))
    origin = bodies.header(scope, b"origin")
    if origin.decode("latin-1") in settings.CORS_ALLOWED_ORIGINS:
        headers += [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", ", ".join(settings.CORS_EXPOSE_HEADERS).encode()),
        ]
    return headers


def door(beginning: str, lane: Lane) -> Callable[[], bytes | None]:
    """What edubot.server.protocol asks for addresses that begin so: the refusal, whole, while `lane` is full."""
    whole = wire(refusal(beginning, overloaded()))

    def ask() -> bytes | None:
        if not lane.is_full:
            return None
        lane.refused += 1
        return whole

    return ask


def wire(answer: Answer) -> bytes:
    """A whole answer as it goes over the wire."""
    status = HTTPStatus(answer.status)
    lines = [f"HTTP/1.1 {status} {status.phrase}".encode(), *(b": ".join(header) for header in answer.headers)]
    return b"\r\n".join([*lines, b"", answer.body])


def refusal(path: str, refused: RefusedError) -> Answer:
    """What a request to `path` gets that is refused before any view."""
    if speaks_json(path):
        kind, body = b"application/json", json.dumps(error_body(refused.code, refused.message)).encode()
    else:
        kind, body = b"text/plain; charset=utf-8", refused.message.encode()
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode("ascii")),
        (b"cache-control", b"no-store"),
        *((name.lower().encode(), value.encode()) for name, value in BARE.items()),
    ]
    if refused.status == 503:
        headers.append((b"retry-after", b"1"))
    else:
        headers.append((b"connection", b"close"))  # not another byte of this client's endless body
    return Answer(refused.status, headers, body)
