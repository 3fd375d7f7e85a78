"""Calling a WSGI application (PEP 3333) for an ASGI request."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from uvicorn._types import HTTPScope

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Any]  # Django's stubs promise no Iterable[bytes]

PIECE = 1024 * 1024  # bytes collected before they are sent on: nearly every answer goes out in one piece


@dataclass
class Answer:
    """What an application has answered so far."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


def environ(scope: HTTPScope, body: bytes) -> dict[str, Any]:
    """The WSGI environment of a request whose body has been read.

    CONTENT_LENGTH is what was read, so that chunked bodies arrive too. Header names with an underscore are dropped:
    `X_Forwarded_For` would be taken for the header that only proxies may set.
    """
    client, server = scope["client"] or ("", 0), scope["server"] or ("localhost", 80)
    variables: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" not in name:
            key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
            text = value.decode("latin-1")
            variables[key] = f"{variables[key]},{text}" if key in variables else text
    variables.pop("HTTP_CONTENT_LENGTH", None)
    variables["CONTENT_LENGTH"] = str(len(body))
    variables["CONTENT_TYPE"] = variables.pop("HTTP_CONTENT_TYPE", "")
    return variables


def call(application: WsgiApplication, variables: dict[str, Any], flush: Callable[[Answer], None]) -> Answer:
    """Run the application in this thread; the answer, or the rest of it where `flush` was given the first pieces.

    `flush` sends what it gets and returns when the client has taken it; it gets long answers only.
    """
    answer = Answer()
    pieces: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], None]:
        answer.status = int(status.split(" ", 1)[0])
        answer.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return pieces.append

    result: Iterable[bytes] = application(variables, start_response)
    size, flushed = 0, False
    try:
        for piece in result:
            pieces.append(piece)
            size += len(piece)
            if size > PIECE:
                answer.body = b"".join(pieces)
                flush(answer)
                flushed, size = True, 0
                pieces.clear()
    finally:
        if close := getattr(result, "close", None):
            close()
    answer.body = b"".join(pieces)
    if not flushed:
        _add_length(answer, variables["REQUEST_METHOD"])
    return answer


def _add_length(answer: Answer, method: str) -> None:
    bodiless = method == "HEAD" or answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    if not bodiless and all(name != b"content-length" for name, _ in answer.headers):
        answer.headers.append((b"content-length", str(len(answer.body)).encode("ascii")))
