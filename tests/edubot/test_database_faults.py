"""The database in trouble: away, out of connections, out of disk, too slow.

Whatever it is, a 200 is a row, everything else is a 503 that says when to try again, and when the trouble is over web
and worker go on by themselves. The server is a small one of its own, to be filled and stopped without harm to others.
"""

from __future__ import annotations

import itertools
import secrets
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from edubot.postgres import EmbeddedPostgresError, server
from edubot.postgres.place import Place, prepare
from edubot.recovery import programs
from tests.edubot.test_server import WEBHOOK, Server, locked, serving, signed
from tests.processes import eventually, running
from tests.whatsapp.payloads import post, text_message

pytestmark = pytest.mark.processes

SMALL = {"max_connections": "50", "min_wal_size": "32MB", "max_wal_size": "64MB"}
DISK = "224m"
RELIEF = 10  # seconds after which all is well again
SERVICE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'edubot'"


@dataclass
class Database:
    """A server in `ground`, and how the service reaches it."""

    ground: Path
    place: Place
    address: programs.Address

    @property
    def url(self) -> str:
        """The same as a DATABASE_URL."""
        return programs.url(self.address)

    def connect(self) -> psycopg.Connection:
        """A connection of somebody else's."""
        return psycopg.connect(**self.address, autocommit=True)  # type: ignore[arg-type]

    def is_up(self) -> bool:
        """Start it, as whoever runs a server would."""
        with suppress(EmbeddedPostgresError):
            server.ensure_running(self.place)
            return True
        return False

    def run(self, *statements: str) -> None:
        """Have it do something."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def ask(self, question: str) -> list[tuple[object, ...]]:
        """What it answers."""
        with self.connect() as connection:
            return connection.execute(question.encode()).fetchall()


@dataclass
class Posted:
    """Meta, who writes down what was answered 200."""

    web: Server
    stored: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def answer(self, size: int = 10) -> tuple[int, str]:
        """The status of one more message, of somebody new, and its Retry-After."""
        number = next(self._numbers)
        key, sender = f"wamid.{secrets.token_hex(4)}", f"23480{number:08d}"
        body = post(text_message(key, secrets.token_hex(size), **{"from": sender}))
        status, headers, _ = self.web.ask("POST", WEBHOOK, body, signed(body))
        if status == 200:
            self.stored.add(key)
        return status, headers.get("retry-after", "")


@pytest.fixture(scope="module")
def ground() -> Iterator[tuple[Path, str]]:
    """A directory on a small disk of its own, or on any and the reason why."""
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        path = Path(name)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "edubot-faults", name]
        try:
            done = subprocess.run(mount, capture_output=True, text=True, check=False)  # noqa: S603
            reason = done.stderr.strip()
        except OSError as error:
            reason = str(error)
        path.chmod(0o755)  # the server may run as another user
        try:
            yield path, reason
        finally:
            if not reason:
                subprocess.run(["umount", "--lazy", name], check=True)  # noqa: S603, S607


@pytest.fixture(scope="module")
def database(ground: tuple[Path, str]) -> Iterator[Database]:
    place = prepare(ground[0] / "postgres")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setitem(server._SETTINGS, name, value)
        server.ensure_running(place)
        try:
            with psycopg.connect(**server.connection(place), autocommit=True) as connection:
                connection.execute("CREATE DATABASE edubot")
            yield Database(ground[0], place, {**server.connection(place), "dbname": "edubot"})
        finally:
            server.stop(place)


@pytest.fixture(scope="module")
def meta(database: Database) -> Iterator[Posted]:
    """The service over it: web and worker."""
    nobody = {"DATABASE_URL": database.url, "WHATSAPP_API_URL": "http://127.0.0.1:9"}
    with running("migrate", "--noinput", "--skip-checks", pass_fds=(), **nobody) as migrating:
        assert migrating.process.wait(120) == 0, migrating.output
    with serving(database.url, "--processes", "1") as web, running("worker", pass_fds=(), **nobody):
        yield Posted(web)


def other_doors(web: Server) -> Iterator[tuple[int, str]]:
    """What the API and a page answer to somebody who was here before, and their Retry-After."""
    log_in = b'{"username": "grace", "password": "correct horse battery staple"}'
    session = {"Cookie": f"__Host-session={'a' * 32}"}
    for answer in (
        web.ask("POST", "/api/admin/login", log_in, {"Content-Type": "application/json"}),
        web.ask("GET", "/admin/", headers=session),
    ):
        yield answer[0], answer[1].get("retry-after", "")


# --- the troubles -----------------------------------------------------------------------------------------------------


@contextmanager
def away(database: Database) -> Iterator[None]:
    """The server is stopped."""
    server.stop(database.place)
    yield
    eventually(database.is_up)


@contextmanager
def out_of_connections(database: Database) -> Iterator[None]:
    """Others hold every connection that the server gives."""
    with ExitStack() as held:
        held.enter_context(database.connect()).execute(SERVICE.encode())
        with suppress(psycopg.OperationalError):
            while True:
                held.enter_context(database.connect())
        yield


@contextmanager
def out_of_disk(database: Database) -> Iterator[None]:
    """Somebody else has filled the disk to the last byte."""
    filler = database.ground / "filler"
    for piece in (bytes(1 << 16), b"\0"):
        with filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(piece)
    yield
    filler.unlink()
    eventually(database.is_up)  # it stops where it cannot write its log


@contextmanager
def too_slow(database: Database) -> Iterator[None]:
    """What the service asks for takes longer than the server allows."""
    with locked(database.url, "conversations_inboxitem"):
        database.run("ALTER DATABASE edubot SET statement_timeout = 200", SERVICE)
        yield
        database.run("ALTER DATABASE edubot RESET statement_timeout", SERVICE)


@pytest.mark.parametrize("trouble", [away, out_of_connections, out_of_disk, too_slow])
def test_a_200_is_a_row_and_the_service_goes_on_when_the_trouble_is_over(
    meta: Posted,
    database: Database,
    ground: tuple[Path, str],
    trouble: Callable[[Database], AbstractContextManager[None]],
) -> None:
    if trouble is out_of_disk and ground[1]:
        pytest.skip(f"A disk can be filled only where a small one can be mounted: {ground[1]}")
    assert meta.answer()[0] == 200
    with trouble(database):
        answers = set[tuple[int, str]]()

        def is_refused() -> bool:
            answers.add(meta.answer(size=40_000))
            return (503, "5") in answers

        eventually(is_refused)
        assert answers <= {(200, ""), (503, "5")}
        assert meta.web.ask("GET", "/health/live")[0] == 200
        if trouble in {away, out_of_connections}:
            assert set(other_doors(meta.web)) == {(503, "5")}
            assert meta.web.ask("GET", "/health/ready")[0] == 503
    eventually(lambda: meta.answer()[0] == 200, RELIEF)

    rows = "SELECT key, handled_at IS NULL, dead FROM conversations_inboxitem"
    assert meta.stored <= {str(key) for key, *_ in database.ask(rows)}
    eventually(lambda: not any(waits for _, waits, _ in database.ask(rows)))
    assert [key for key, _, dead in database.ask(rows) if dead] == []
