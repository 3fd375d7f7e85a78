"""The web process as Meta and browsers meet it: real sockets, a real database, production settings."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import psycopg
import pytest

from conversations.models import Heartbeat, InboxItem
from edubot.http import BARE
from edubot.server.run import listen
from tests.processes import Command, eventually, running
from tests.whatsapp.payloads import post, text_message

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

WEBHOOK = "/api/webhook/whatsapp"
MIB = 1024 * 1024
THREADS, QUEUE = 2, 200  # of the webhook's lane: WEBHOOK_THREADS below, the rest in edubot.asgi


class Server:
    """A running web process."""

    def __init__(self, command: Command, port: int) -> None:
        self.command = command
        self.port = port

    def connect(self) -> socket.socket:
        """A raw connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def send(self, *pieces: bytes) -> socket.socket:
        """A connection on which these bytes have been sent."""
        connection = self.connect()
        connection.sendall(b"".join(pieces))
        return connection

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """One request with http.client, which sends iterators as chunked bodies."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()

    def is_live(self) -> bool:
        """Whether it answers."""
        try:
            return self.ask("GET", "/health/live")[0] == 200
        except OSError:
            return False


def signed(body: bytes) -> dict[str, str]:
    mac = hmac.new(os.environ["WHATSAPP_APP_SECRET"].encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={mac}"}


def raw(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as bytes, with nothing added but the host."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def webhook_of(key: str) -> bytes:
    body = post(text_message(key))
    return raw("POST", WEBHOOK, signed(body) | {"Content-Length": str(len(body))}, body)


def answer_of(connection: socket.socket) -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response


def status_of(connection: socket.socket) -> int:
    return answer_of(connection).status


@contextmanager
def serving(database_url: str, *arguments: str, **variables: str) -> Iterator[Server]:
    """A web process on a free port, in production but for the redirect to https."""
    production = {
        "DEBUG": "false",
        "SIMULATOR": "false",
        "SECURE_SSL_REDIRECT": "false",
        "DATABASE_URL": database_url,
        "WEBHOOK_THREADS": str(THREADS),
        "METRICS_TOKEN": "scrape-me",
        "CORS_ALLOWED_ORIGINS": "https://desk.example",
    }
    with closing(listen("127.0.0.1", 0)) as listener:
        fd = listener.fileno()
        with running("web", "--fd", str(fd), *arguments, pass_fds=[fd], **(production | variables)) as command:
            server = Server(command, listener.getsockname()[1])
            eventually(server.is_live)
            listener.close()  # from now on it is the process that listens, alone
            yield server


@pytest.fixture(scope="module")
def one_server(database_address: str) -> Iterator[Server]:
    with serving(database_address, "--processes", "1") as server:
        yield server


@pytest.fixture
def server(transactional_db: None, one_server: Server) -> Server:
    """A web process that the tests of this module share; who stops it starts another."""
    return one_server


@contextmanager
def locked(database_url: str, table: str) -> Iterator[Callable[[], int]]:
    """Nobody else gets at `table`: whoever asks for it waits. Yields a function that counts who does."""
    with psycopg.connect(_for_libpq(database_url)) as holder, psycopg.connect(_for_libpq(database_url)) as observer:
        observer.autocommit = True
        holder.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')

        def waiting() -> int:
            found = observer.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
            return int(found[0]) if found else 0

        yield waiting
        holder.rollback()


def _for_libpq(database_url: str) -> str:
    """libpq wants a socket's directory percent-encoded in the host's place."""
    start, _, path = database_url.partition(":5432/")
    directory, _, name = path.rpartition("/")
    return f"{start}{directory.replace('/', '%2F')}:5432/{name}" if directory else database_url


def test_a_signed_webhook_is_stored_and_answered(server: Server) -> None:
    body = post(text_message("wamid.1"))
    status, headers, content = server.ask("POST", WEBHOOK, body, signed(body))
    assert (status, json.loads(content)["status"]) == (200, "success")
    assert InboxItem.objects.count() == 1
    assert "server" not in headers


def test_a_process_is_live_while_its_database_says_nothing(server: Server, database_url: str) -> None:
    with ExitStack() as stack:
        with locked(database_url, Heartbeat._meta.db_table) as waiting:
            asked = [stack.enter_context(closing(server.send(raw("GET", "/health/ready", {})))) for _ in range(3)]
            eventually(waiting)
            assert server.ask("GET", "/health/live")[0] == 200
        assert {status_of(connection) for connection in asked} == {200}


def test_a_chunked_body_arrives_whole(server: Server) -> None:
    body = post(text_message("wamid.1", "x" * 10_000))
    pieces = (body[start : start + 1000] for start in range(0, len(body), 1000))
    assert server.ask("POST", WEBHOOK, pieces, signed(body))[0] == 200
    assert InboxItem.objects.count() == 1


def test_a_webhook_of_3_megabytes_is_served(server: Server) -> None:
    body = post(text_message("wamid.1", "x" * 3_000_000))
    assert server.ask("POST", WEBHOOK, body, signed(body))[0] == 200


def test_a_connection_serves_one_request_after_the_other(server: Server) -> None:
    with closing(server.send(webhook_of("wamid.1"))) as connection:
        answers = [answer_of(connection).read()]
        connection.sendall(webhook_of("wamid.2"))
        answers.append(answer_of(connection).read())
    assert len(answers) == InboxItem.objects.count() == 2


class TestTooLarge:
    """413: with the envelope, without reading it all."""

    def test_a_declared_length_is_refused_before_anything_is_sent(self, server: Server) -> None:
        with closing(server.send(raw("POST", WEBHOOK, {"Content-Length": str(1024 * MIB)}))) as connection:
            answer = answer_of(connection)
            assert answer.status == 413
            assert json.loads(answer.read())["error_code"] == "PAYLOAD_TOO_LARGE"

    def test_a_client_that_sends_before_it_reads_gets_the_answer_too(self, server: Server) -> None:
        assert server.ask("POST", WEBHOOK, b"x" * 5 * MIB)[0] == 413

    def test_chunks_are_counted(self, server: Server) -> None:
        assert server.ask("POST", WEBHOOK, (b"x" * 100_000 for _ in range(53)))[0] == 413

    @pytest.mark.parametrize(("path", "size", "status"), [("/admin/login/", 5, 403), ("/admin/login/", 21, 413)])
    def test_files_may_be_larger(self, server: Server, path: str, size: int, status: int) -> None:
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        assert server.ask("POST", path, b"x" * size * MIB, headers)[0] == status  # 403: read, and no CSRF token in it

    @pytest.mark.parametrize("origin", ["https://desk.example", "https://evil.example"])
    def test_a_page_of_a_known_origin_may_read_that_it_was_refused(self, server: Server, origin: str) -> None:
        told = {"Origin": origin, "X-Request-ID": "large-one"}
        status, headers, _ = server.ask("POST", "/api/admin/login", b"x" * 5 * MIB, told)
        assert (status, headers["x-request-id"], headers["vary"]) == (413, "large-one", "origin")
        allowed = origin if origin == "https://desk.example" else None
        assert headers.get("access-control-allow-origin") == allowed
        assert ("x-request-id" in headers.get("access-control-expose-headers", "")) == bool(allowed)

    def test_but_webhooks_never_hold_files(self, server: Server) -> None:
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        assert server.ask("POST", WEBHOOK, b"x" * 5 * MIB, headers)[0] == 413


class TestTooSlow:
    """A client that dawdles costs 10 seconds of a socket, and never a thread."""

    def test_slow_bodies_and_heads_are_ended_and_hold_up_nobody(self, server: Server) -> None:
        began = time.monotonic()
        with ExitStack() as stack:
            bodies = [
                stack.enter_context(closing(server.send(raw("POST", WEBHOOK, {"Content-Length": "100"}, b"abc"))))
                for _ in range(THREADS * 4)
            ]
            head = stack.enter_context(closing(server.send(b"GET /health/live HT")))
            silent = stack.enter_context(closing(server.connect()))

            body = post(text_message("wamid.1"))
            assert server.ask("POST", WEBHOOK, body, signed(body))[0] == 200
            assert time.monotonic() - began < 5

            assert {status_of(connection) for connection in bodies} == {408}
            assert head.recv(100) == silent.recv(100) == b""
        assert 9 < time.monotonic() - began < 15


@pytest.mark.parametrize(
    "headers",
    [
        {f"X-{number}": "1" for number in range(150)},
        {"X-Long": "x" * 40_000},
        {"Cookie": "a" * 200_000},
    ],
)
def test_a_head_that_is_too_large_is_refused(server: Server, headers: dict[str, str]) -> None:
    with closing(server.send(raw("GET", "/health/live", headers))) as connection:
        answer = answer_of(connection)
        assert answer.status == 400
        assert {name: answer.headers[name] for name in BARE} == BARE
    assert server.is_live()


@pytest.mark.parametrize(
    "lengths",
    [
        ["Content-Length: 5", "Content-Length: 60"],
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["Transfer-Encoding: chunked, identity"],
        ["Content-Length: +5"],
        ["Content-Length : 5"],
    ],
)
def test_a_request_that_says_twice_how_long_it_is_is_refused(server: Server, lengths: list[str]) -> None:
    """ASVS 4.2.1: a proxy that counted otherwise would take what follows for somebody else's request."""
    head = "\r\n".join([f"POST {WEBHOOK} HTTP/1.1", "Host: localhost", *lengths, "", ""]).encode()
    hidden = b"0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with closing(server.send(head, hidden)) as connection:
        answer = answer_of(connection)
        assert (answer.status, answer.getheader("connection")) == (400, "close")
        answer.read()
        assert connection.recv(100) == b""


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [({"X-Forwarded-Proto": "https"}, "https"), ({"X_Forwarded_Proto": "https"}, "http"), ({}, "http")],
)
def test_a_header_with_an_underscore_is_not_taken_for_the_proxys(
    database_url: str, headers: dict[str, str], scheme: str
) -> None:
    with serving(database_url, "--processes", "1", SECURE_SSL_REDIRECT="true", TRUSTED_PROXY_COUNT="1") as server:
        status, answer, _ = server.ask("GET", "/admin/login/", headers=headers)
    assert status == (200 if scheme == "https" else 301)
    assert ("strict-transport-security" in answer) == (scheme == "https")


def test_static_files_are_served_in_production(server: Server) -> None:
    status, headers, content = server.ask("GET", "/static/admin/css/base.css")
    assert (status, headers["content-type"]) == (200, 'text/css; charset="utf-8"')
    assert int(headers["content-length"]) == len(content) > 1000


def test_long_answers_arrive_whole(server: Server) -> None:
    path = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
    status, headers, content = server.ask("GET", path)
    assert status == 200
    assert int(headers["content-length"]) == len(content) > MIB


def test_head_answers_without_a_body(server: Server) -> None:
    status, headers, content = server.ask("HEAD", "/static/admin/css/base.css")
    assert (status, content) == (200, b"")
    assert int(headers["content-length"]) > 1000


class TestOverload:
    """More than threads and queue hold is refused at once, and what was accepted is stored."""

    def test_the_rest_is_503_quickly_and_a_200_is_a_row(self, server: Server, database_url: str) -> None:
        room, rest = THREADS + QUEUE, 30
        told_before = refused_webhooks(server)
        with ExitStack() as stack:
            with locked(database_url, InboxItem._meta.db_table) as waiting:
                accepted = [
                    stack.enter_context(closing(server.send(webhook_of(f"wamid.{number}")))) for number in range(room)
                ]
                eventually(lambda: waiting() == THREADS)
                began = time.monotonic()
                refused = [
                    stack.enter_context(closing(server.send(webhook_of(f"wamid.late.{number}"))))
                    for number in range(rest)
                ]
                answers = [answer_of(connection) for connection in refused]
                assert time.monotonic() - began < 2
                assert {(answer.status, answer.headers["Retry-After"]) for answer in answers} == {(503, "1")}
                assert json.loads(answers[0].read())["error_code"] == "OVERLOADED"
                assert server.ask("GET", "/health/live")[0] == 200  # other lanes are free
                assert server.ask("GET", "/admin/login/")[0] == 200
            assert {status_of(connection) for connection in accepted} == {200}
        assert InboxItem.objects.count() == room
        assert server.ask("GET", "/health/ready")[0] == 200
        assert refused_webhooks(server) - told_before == rest

    @pytest.fixture
    def crowded(self, server: Server, database_url: str) -> Iterator[Server]:
        """A server whose webhooks are as many as it lets wait, until the test ends; then it answers them."""
        with ExitStack() as stack:
            with locked(database_url, InboxItem._meta.db_table) as waiting:
                accepted = [
                    stack.enter_context(closing(server.send(webhook_of(f"wamid.{number}"))))
                    for number in range(THREADS + QUEUE)
                ]
                eventually(lambda: waiting() == THREADS)
                with closing(server.send(webhook_of("wamid.late"))) as late:
                    assert status_of(late) == 503
                yield server
            assert {status_of(connection) for connection in accepted} == {200}

    def test_a_client_is_refused_again_and_again_on_one_connection(self, crowded: Server) -> None:
        with closing(crowded.connect()) as connection:
            for number in range(3):
                connection.sendall(webhook_of(f"wamid.again.{number}"))
                answer = answer_of(connection)
                assert (answer.status, json.loads(answer.read())["error_code"]) == (503, "OVERLOADED")

    def test_requests_sent_in_one_go_are_refused_one_by_one(self, crowded: Server) -> None:
        with closing(crowded.send(*(webhook_of(f"wamid.pipe.{number}") for number in range(3)))) as connection:
            assert everything(connection, ends=3).count(b"HTTP/1.1 503 ") == 3

    def test_the_refusal_is_the_same_for_small_and_large_and_for_pieces(self, crowded: Server) -> None:
        large = raw("POST", WEBHOOK, {"Content-Length": str(20_000)}, bytes(20_000))
        chunked = raw("POST", WEBHOOK, {"Transfer-Encoding": "chunked"}, b"3\r\nabc\r\n0\r\n\r\n")
        answers = []
        for request in (webhook_of("wamid.small"), large, chunked):
            with closing(crowded.send(request)) as connection:
                answer = answer_of(connection)
                headers = {name.lower(): value for name, value in answer.getheaders() if name.lower() != "date"}
                answers.append((answer.status, headers, answer.read()))
        assert answers[0] == answers[1] == answers[2]

    def test_head_gets_no_body(self, crowded: Server) -> None:
        with closing(
            crowded.send(raw("HEAD", WEBHOOK, {"Content-Length": "0"}), webhook_of("wamid.next"))
        ) as connection:
            said = everything(connection, ends=1)
        assert said.count(b"HTTP/1.1 503 ") == 2
        assert said.index(b"\r\n\r\nHTTP/1.1 503") < said.index(b"{")

    def test_a_client_that_wants_to_hang_up_is_told_so(self, crowded: Server) -> None:
        request = webhook_of("wamid.last").replace(b"Host:", b"Connection: close\r\nHost:", 1)
        with closing(crowded.send(request)) as connection:
            assert connection.makefile("rb").read().count(b"OVERLOADED") == 1  # to the end, and it ends

    def test_what_stands_behind_a_refusal_is_served(self, crowded: Server) -> None:
        with closing(crowded.send(webhook_of("wamid.first"), raw("GET", "/health/live", {}))) as connection:
            said = everything(connection, ends=2)
        assert said.startswith(b"HTTP/1.1 503 ")
        assert b"HTTP/1.1 200 " in said

    def test_a_body_is_read_before_its_refusal(self, crowded: Server) -> None:
        head, _, body = webhook_of("wamid.slow").partition(b"\r\n\r\n")
        with closing(crowded.send(head, b"\r\n\r\n", body[:10])) as connection:
            connection.settimeout(0.3)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(20)
            connection.sendall(body[10:])
            assert status_of(connection) == 503


def refused_webhooks(server: Server) -> float:
    text = server.ask("GET", "/metrics", headers={"Authorization": "Bearer scrape-me"})[2].decode()
    found = re.search(r'^edubot_http_refused_total{lane="webhook",process="[^"]+"} (.+)$', text, re.MULTILINE)
    assert found
    return float(found[1])


def everything(connection: socket.socket, ends: int) -> bytes:
    """What comes until so many JSON bodies have ended."""
    received = b""
    while received.count(b"}") < ends and (piece := connection.recv(65536)):
        received += piece
    return received


class TestStopping:
    """SIGTERM: what is begun is finished where it can be, and within six seconds it is over."""

    @pytest.fixture
    def server(self, database_url: str) -> Iterator[Server]:
        with serving(database_url, "--processes", "1") as server:
            yield server

    def test_an_idle_server_stops_at_once(self, server: Server) -> None:
        code, seconds = server.command.stop(signal.SIGTERM)
        assert seconds < 3, server.command.output
        assert code in (0, -signal.SIGTERM)

    def test_a_request_in_flight_is_answered(self, server: Server, database_url: str) -> None:
        with ExitStack() as stack:
            with locked(database_url, InboxItem._meta.db_table) as waiting:
                connection = stack.enter_context(closing(server.send(webhook_of("wamid.1"))))
                eventually(waiting)
                server.command.process.send_signal(signal.SIGTERM)
                eventually(lambda: not server.is_live())
            assert status_of(connection) == 200
        assert InboxItem.objects.count() == 1

    def test_a_request_that_hangs_does_not_keep_it(self, server: Server, database_url: str) -> None:
        with (
            locked(database_url, InboxItem._meta.db_table) as waiting,
            closing(server.send(webhook_of("wamid.1"))),
        ):
            eventually(waiting)
            _, seconds = server.command.stop(signal.SIGTERM)
        assert seconds < 6.5, server.command.output

    def test_several_processes_stop_together(self, database_url: str) -> None:
        with serving(database_url, "--processes", "2") as server:
            assert {server.ask("GET", "/health/ready")[0] for _ in range(10)} == {200}
            _, seconds = server.command.stop(signal.SIGTERM)
        assert seconds < 6.5
        assert not server.is_live()


def test_a_taken_port_is_told_in_one_sentence(database_url: str) -> None:
    with closing(listen("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        with running("web", "--host", "127.0.0.1", "--port", port, DATABASE_URL=database_url) as command:
            assert command.process.wait(30) == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in command.output
    assert "Traceback" not in command.output
