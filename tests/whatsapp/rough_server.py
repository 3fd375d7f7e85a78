"""A server on loopback that behaves as badly as a test asks it to: what no stub of an HTTP library can show."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).parent / "fixtures" / "tls" / "self_signed.pem"


@dataclass
class Seen:
    """One request as it arrived; `connection` is the number of the connection it came on."""

    connection: int
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Rough:
    """The server under test: where it is, and what it saw."""

    port: int
    seen: list[Seen] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


Handler = BaseHTTPRequestHandler
Manner = Callable[[Handler, threading.Event], None]


def answer(status: int, body: bytes, **headers: str) -> Manner:
    """A proper answer."""

    def act(handler: Handler, _stopping: threading.Event) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


def silence(_handler: Handler, stopping: threading.Event) -> None:
    """No answer until the test is over."""
    stopping.wait(10)


def reset(handler: Handler, _stopping: threading.Event) -> None:
    """The connection is torn down without a word."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def half(handler: Handler, _stopping: threading.Event) -> None:
    """An answer that ends in the middle."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"messages": [{"id": "wamid.1"')
    handler.close_connection = True


def trickle(handler: Handler, stopping: threading.Event) -> None:
    """An answer without an end: one byte in a while, too soon for any read to time out."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not stopping.wait(0.02):
        handler.wfile.write(b" ")


def flood(handler: Handler, stopping: threading.Event) -> None:
    """An answer without an end, as fast as it can."""
    handler.send_response(200)
    handler.end_headers()
    while not stopping.is_set():
        handler.wfile.write(b"x" * 65536)


@contextmanager
def rough_server(*manners: Manner, tls: bool = False) -> Iterator[Rough]:
    """A server that treats the first request in the first manner, and so on; the last one is kept."""
    waiting = list(manners)

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            rough.seen.append(Seen(self.client_address[1], self.path, dict(self.headers), body))
            manner = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            try:
                manner(self, rough.stopping)
            except OSError:
                self.close_connection = True  # the client had enough

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_args: Any) -> None:
            """Nothing on the screen."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_args: None  # type: ignore[method-assign]
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        rough = Rough(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield rough
        finally:
            rough.stopping.set()
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
