"""Lists and search over a small desk and one ten times as large, by turns: what grows with the data?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median

from edubot import secrets
from edubot.bench import database, figures, load, service
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.service import Service, request

SIZES, QUICK_SIZES = (10_000, 100_000), (100, 1_000)  # conversations
MESSAGES = 50  # of each
SEEDING = 3600.0  # seconds, once: the desks are kept
WORDS = ("Okafor", "Ada", "chemistry", "moles", "receipt", "Chloé", "nobody-says-this", "100 moles")
NOT_QUERIES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ")


@dataclass(frozen=True, slots=True)
class Kind:
    """Something staff look at. `paths` are its addresses, with {phone} and {word} to fill in."""

    what: str
    path: str
    goal: float  # ms, p95
    grows: float | None = 1.3  # times, at ten times the data
    queries: int | None = 4


KINDS = (
    Kind("conversation list", "/api/admin/conversations", 40),
    Kind("thread", "/api/admin/conversations/{phone}/messages", 40),
    Kind("ticket list", "/api/support/tickets", 40),
    Kind("search of conversations", "/api/admin/conversations?search={word}", 150, None, None),
    Kind("search of tickets", "/api/support/tickets?search={word}", 150, None, None),
)


@dataclass(frozen=True)
class Desk:
    """A service over a desk of one size."""

    one: Service
    home: Path
    token: str
    phones: Sequence[str]

    def requests(self, kind: Kind) -> Iterator[bytes]:
        """Endless requests for this kind, each time of somebody else or with another word."""
        for phone, word in zip(cycle(self.phones), cycle(WORDS), strict=False):
            yield request("GET", kind.path.format(phone=phone, word=word.replace(" ", "%20")), self.token)


def growth(bench: Bench) -> list[Figure]:
    """The time of each at the larger desk, its number of queries, and how it grew."""
    sizes = QUICK_SIZES if bench.quick else SIZES
    with ExitStack() as stack:
        small, large = (_desk(stack, bench, size) for size in sizes)
        return [figure for kind in KINDS for figure in _measured(kind, small, large, bench.some(60))]


def _desk(stack: ExitStack, bench: Bench, size: int) -> Desk:
    home = bench.home / f"desk-{size}"
    password = _seeded(bench, home, size)
    one = stack.enter_context(service.service(home, processes=1, worker=False))
    body = json.dumps({"username": "bench", "password": password}).encode()
    answer = one.ask("POST", "/api/admin/login", body=body)
    token = json.loads(answer.body)["token"]
    rows = json.loads(one.ask("GET", "/api/admin/conversations?limit=50", token).body)["data"]
    phones = [row["phone_number"] for row in rows if row["phone_number"]]
    return Desk(one, home, token, [phone.removeprefix("+") for phone in phones])


def _seeded(bench: Bench, home: Path, size: int) -> str:
    """Fill the desk unless an earlier run did; the password of its administrator."""
    password, done = secrets.generated("BENCH_PASSWORD", home), home / "seeded"
    service.run(("manage.py", "migrate", "--noinput"), home, 120)
    if not done.exists():
        bench.say(f"{size:,} conversations with {MESSAGES * size:,} messages are made, once, in {home}")
        amount = ("--conversations", str(size), "--messages", str(MESSAGES * size))
        admin = ("--username", "bench", "--email", "bench@demo.invalid", "--noinput")
        service.run(("manage.py", "createsuperuser", *admin), home, 120, DJANGO_SUPERUSER_PASSWORD=password)
        service.run(("manage.py", "seed_demo", "--yes", *amount), home, SEEDING)
        done.touch()
    return password


def _measured(kind: Kind, small: Desk, large: Desk, rounds: int) -> list[Figure]:
    before, after = _by_turns(kind, small, large, rounds)
    queries = _queries(kind, large)
    p95 = figures.percentile(after, 95)
    found = [figures.at_most(f"{kind.what}, p95", p95, kind.goal, "ms", digits=1, spread=after)]
    if kind.grows:
        found.append(
            figures.at_most(
                f"{kind.what}, of the time at a tenth", median(after) / median(before), kind.grows, "×", digits=2
            )
        )
    if kind.queries:
        found.append(figures.at_most(f"{kind.what}, queries", queries, kind.queries, ""))
    return found


def _by_turns(kind: Kind, small: Desk, large: Desk, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds at either desk."""
    times: tuple[list[float], list[float]] = ([], [])
    requests = [desk.requests(kind) for desk in (small, large)]
    for number in range(rounds + 3):
        for desk, asked, found in zip((small, large), requests, times, strict=True):
            answer = load.one_by_one(desk.one.port, [next(asked)])[0]
            if answer.status != 200:
                raise AssertionError(f"{kind.what} was answered {answer.status}: {answer.body[:200]!r}")
            if number >= 3:
                found.append(1000 * answer.seconds)
    return times


def _queries(kind: Kind, desk: Desk) -> int:
    """How many queries one look costs, beside transactions' beginnings and ends."""
    with database.statements(desk.home) as heard:
        load.one_by_one(desk.one.port, [next(desk.requests(kind))])
    return sum(not statement.startswith(NOT_QUERIES) for statement in heard)
