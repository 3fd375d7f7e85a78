"""A stand-in for an S3-compatible store on loopback: put, get, head and delete of whole objects, signed (SigV4).

What it checks is what a real store does, of "Authenticating Requests (AWS Signature Version 4)" in the S3 API
reference: who signs nothing, or with another key, is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

KEY, SECRET, BUCKET, REGION = "tests-key", "tests-only-s3-secret", "homework", "eu-west-1"


SAID = {False: 200, True: 503}  # of what was kept


@dataclass
class Store:
    """What the stand-in holds, by path, and whether it is away; `lies`: it denies what it keeps, and is away then."""

    port: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    away: bool = False
    lies: bool = False

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def store() -> Iterator[Store]:
    """A store that answers until the end of the block."""
    held = Store()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def act(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = unquote(urlsplit(self.path).path)
            if held.away:
                return self.answer(503, b"<Error><Code>ServiceUnavailable</Code></Error>")
            if not path.startswith(f"/{BUCKET}/") or not _is_signed(self, body):
                return self.answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
            if self.command == "PUT":
                held.objects[path], held.away = body, held.lies
                return self.answer(SAID[held.lies])
            if self.command == "DELETE":
                held.objects.pop(path, None)
                return self.answer(204)
            if path not in held.objects:
                return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return self.answer(200, held.objects[path])

        do_PUT = do_GET = do_HEAD = do_DELETE = act  # noqa: N815

        def answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')  # noqa: S324
            self.send_header("Last-Modified", "Fri, 09 Jan 2026 14:30:00 GMT")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _is_signed(request: BaseHTTPRequestHandler, body: bytes) -> bool:
    scheme, _, told = request.headers.get("Authorization", "").partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in told.split(","))
    claimed = request.headers.get("X-Amz-Content-SHA256", "")
    if scheme != "AWS4-HMAC-SHA256" or claimed not in {hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"}:
        return False
    key, date, *scope = parts["Credential"].split("/")
    url, names = urlsplit(request.path), parts["SignedHeaders"].split(";")
    canonical = [
        *(request.command, quote(unquote(url.path)), url.query),
        *(f"{name}:{' '.join(request.headers[name].split())}" for name in names),
        *("", parts["SignedHeaders"], claimed),
    ]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    to_sign = "\n".join([scheme, request.headers["X-Amz-Date"], "/".join([date, *scope]), digest])
    signing = f"AWS4{SECRET}".encode()
    for word in (date, REGION, "s3", "aws4_request"):
        signing = hmac.digest(signing, word.encode(), "sha256")
    expected = hmac.digest(signing, to_sign.encode(), "sha256").hex()
    return key == KEY and hmac.compare_digest(expected, parts["Signature"])
