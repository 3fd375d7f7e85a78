"""Reading request bodies: on the event loop, so that a slow client costs no thread, and never more than allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from uvicorn._types import ASGIReceiveCallable, HTTPScope

MIB = 1024 * 1024


class RefusedError(Exception):
    """The request gets this answer instead of reaching Django."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class ClientGoneError(Exception):
    """The client hung up, or takes our answer so slowly that it might as well have."""


@dataclass(frozen=True)
class Allowance:
    """How large a body may be (bytes) and how long it may take to arrive (seconds)."""

    size: int
    seconds: float


ORDINARY = Allowance(4 * MIB, 10)  # Meta's webhooks hold up to 3 MB
UPLOAD = Allowance(20 * MIB, 300)  # WhatsApp's largest file (16 MB) over a line of half a megabit a second
WEBHOOKS = "/api/webhook/"
UPLOAD_PATHS = ("/api/", f"/{settings.ADMIN_PATH}", "/simulator/")


def header(scope: HTTPScope, name: bytes) -> bytes:
    """The value of a header, b"" where there is none."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def allowance(scope: HTTPScope) -> Allowance:
    """What this request may send: files go with multipart forms, but never to the webhooks."""
    path = scope["path"]
    is_form = header(scope, b"content-type").lower().startswith(b"multipart/form-data")
    if is_form and path.startswith(UPLOAD_PATHS) and not path.startswith(WEBHOOKS):
        return UPLOAD
    return ORDINARY


async def read(scope: HTTPScope, receive: ASGIReceiveCallable, hold: Callable[[int], None]) -> bytes:
    """The whole body. `hold` is told of every further piece, in bytes, and may refuse to keep it.

    Raises RefusedError (413 before anything is read where the length is declared, 408) and ClientGoneError.
    """
    allowed = allowance(scope)
    declared = header(scope, b"content-length")
    if declared.isdigit() and int(declared) > allowed.size:
        raise _too_large(allowed)
    try:
        async with asyncio.timeout(allowed.seconds):
            return await _pieces(receive, allowed, hold)
    except TimeoutError:
        raise RefusedError(408, "REQUEST_TIMEOUT", "The request took too long to arrive.") from None


async def drain(receive: ASGIReceiveCallable) -> None:
    """Throw away what a refused client is still sending, for a moment: closing at once would reset the connection,
    and the client would see that instead of our answer.
    """
    left = 2 * UPLOAD.size
    try:
        async with asyncio.timeout(2):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message["more_body"]:
                    return
                left -= len(message["body"])
    except TimeoutError:
        return


async def _pieces(receive: ASGIReceiveCallable, allowed: Allowance, hold: Callable[[int], None]) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGoneError
        hold(len(message["body"]))
        body += message["body"]
        if len(body) > allowed.size:
            raise _too_large(allowed)
        more = message["more_body"]
    return bytes(body)


def _too_large(allowed: Allowance) -> RefusedError:
    return RefusedError(413, "PAYLOAD_TOO_LARGE", f"The request is larger than {allowed.size // MIB} MiB.")
