"""Lists and search over desks of three sizes, by turns: what grows with the data?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from statistics import median

import psycopg

from edubot.bench import database, environment, figures, filling, load, service
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.service import Service, request

_PEOPLE = """
    SELECT substr(phone, 2), (
        SELECT id FROM conversations_message WHERE conversation_id = conversation.id
        ORDER BY id OFFSET message_count / 2 LIMIT 1
    )
    FROM conversations_conversation AS conversation
    JOIN conversations_contact AS contact ON contact.id = contact_id
    WHERE phone IS NOT NULL ORDER BY hashint8(conversation.id) LIMIT 89
"""
_AGENTS = "SELECT DISTINCT assigned_admin_id FROM support_tickets WHERE assigned_admin_id IS NOT NULL ORDER BY 1"
SIZES, QUICK_SIZES = (10_000, 30_000, 100_000), (100, 300, 1_000)  # conversations
NOT_QUERIES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ")
ALIVE = "SELECT 1"  # whether the connection still is, once for every request
GOAL, SEARCH_GOAL, GROWTH, QUERIES = 40.0, 150.0, 1.3, 4  # ms p95, ms p95, times at ten times the data, of one look

# What staff look at, by the name it has in the table; `{phone}`, `{message}`, `{agent}`: another one each time.
LISTS = {
    "conversations": "/api/admin/conversations",
    "conversations, live chats": "/api/admin/conversations?chat_support=true",
    "conversations, unread": "/api/admin/conversations?unread=true",
    "conversations, of an agent": "/api/admin/conversations?assigned={agent}",
    "conversations, failed": "/api/admin/conversations?failed=true",
    "thread": "/api/admin/conversations/{phone}/messages",
    "thread, older": "/api/admin/conversations/{phone}/messages?before={message}",
    "thread, around a hit": "/api/admin/conversations/{phone}/messages?around={message}",
    "tickets": "/api/support/tickets",
    "tickets, closed": "/api/support/tickets?status=CLOSED",
    "tickets, urgent": "/api/support/tickets?priority=URGENT",
    "tickets, of a category": "/api/support/tickets?category=Payment",
    "tickets, of an agent": "/api/support/tickets?assigned={agent}",
    "tickets, older than a month": "/api/support/tickets?older_than=43200",
    "tickets, of a phone": "/api/support/tickets?phone={phone}",
    "open tickets": "/api/support/open-tickets",
}
CONVERSATIONS = "/api/admin/conversations?search="
SEARCHES = {
    "search, rare words": [CONVERSATIONS + word for word in ("nobody-says-this", "nodal", "100%20moles")],
    "search, middling words": [CONVERSATIONS + word for word in ("receipt", "moles", "chemistry", "biology")],
    "search, very common words": [CONVERSATIONS + word for word in ("you", "homework", "support", "a")],
    "search, two words": [
        CONVERSATIONS + words for words in ("homework%20receipt", "thank%20you", "voice%20chemistry")
    ],
    "search, unread with a word": [f"{CONVERSATIONS}{word}&unread=true" for word in ("homework", "receipt")],
    "search, names": [CONVERSATIONS + name for name in ("Ada", "Okafor", "Chlo%C3%A9%20M", "Obi")],
    "search, phones": [CONVERSATIONS + "{phone}", CONVERSATIONS + "{digits}"],
    "search, messages": [f"/api/admin/search?query={word}" for word in ("you", "homework", "receipt", "nobody")],
    "search, tickets": [f"/api/support/tickets?search={word}" for word in ("Ada", "receipt", "nobody", "{digits}")],
}


@dataclass(frozen=True, slots=True)
class Kind:
    """Something staff look at, at one or several addresses. `is_list`: it may not grow, and has a limit of queries."""

    what: str
    paths: Sequence[str]
    goal: float  # ms, p95
    is_list: bool


KINDS = (
    *(Kind(what, [path], GOAL, is_list=True) for what, path in LISTS.items()),
    *(Kind(what, paths, SEARCH_GOAL, is_list=False) for what, paths in SEARCHES.items()),
)


@dataclass(frozen=True)
class Desk:
    """A service over a desk of one size; `places` fill in what is different each time."""

    one: Service
    home: Path
    size: int  # conversations
    token: str
    places: Sequence[Mapping[str, object]]

    def requests(self, kind: Kind) -> Iterator[bytes]:
        """Endless requests for this kind, each time at another place."""
        for place, path in zip(cycle(self.places), cycle(kind.paths), strict=False):
            yield request("GET", path.format(**place), self.token)


def growth(bench: Bench) -> list[Figure]:
    """The time of each at every desk, the number of queries at the largest, and how much it grew."""
    sizes = QUICK_SIZES if bench.quick else SIZES
    with ExitStack() as stack:
        desks = [_desk(stack, bench, size) for size in sizes]
        return [figure for kind in KINDS for figure in _measured(kind, desks, bench.some(48))]


def _desk(stack: ExitStack, bench: Bench, size: int) -> Desk:
    home = bench.home / f"desk-{size}"
    password = filling.fill(bench, home, size)
    one = stack.enter_context(service.service(home, processes=1, workers=0))
    body = json.dumps({"username": "bench", "password": password}).encode()
    answer = one.ask("POST", "/api/admin/login", body=body)
    token = json.loads(answer.body)["token"]
    return Desk(one, home, size, token, list(_places(home)))


def _places(home: Path) -> Iterator[dict[str, object]]:
    """People from all over the desk, one of the messages of each, and the agents by turns."""
    with psycopg.connect(environment.address(home)) as desk:
        people = desk.execute(_PEOPLE).fetchall()
        agents = [agent for (agent,) in desk.execute(_AGENTS)]
    for (phone, message), agent in zip(people, cycle(agents), strict=False):
        yield {"phone": phone, "digits": phone[-5:], "message": f"msg_{message}", "agent": agent}


def _measured(kind: Kind, desks: Sequence[Desk], rounds: int) -> list[Figure]:
    times = _by_turns(kind, desks, rounds)
    smallest, largest = times[0], times[-1]
    sizes = " / ".join(f"{desk.size:,}" for desk in desks)
    p95 = figures.at_most("", figures.percentile(largest, 95), kind.goal, "ms", digits=1, spread=largest)
    found = [
        Figure(f"{kind.what}, p50 at {sizes}", _curve(times, 50)),
        replace(p95, what=f"{kind.what}, p95 at {sizes}", value=_curve(times, 95), goal=f"{p95.goal} at the last"),
    ]
    grown = median(largest) / median(smallest)
    if kind.is_list:
        queries = _queries(kind, desks[-1])
        found.append(figures.at_most(f"{kind.what}, of the time at a tenth", grown, GROWTH, "×", digits=2))
        found.append(figures.at_most(f"{kind.what}, queries", queries, QUERIES, ""))
    else:
        found.append(figures.plain(f"{kind.what}, of the time at a tenth", [grown], "×", digits=2))
    return found


def _curve(times: Sequence[Sequence[float]], percent: float) -> str:
    """The percentile at every desk, from the smallest to the largest."""
    return " / ".join(f"{figures.percentile(each, percent):.1f}" for each in times) + " ms"


def _by_turns(kind: Kind, desks: Sequence[Desk], rounds: int) -> list[list[float]]:
    """Milliseconds at each desk."""
    times: list[list[float]] = [[] for _ in desks]
    requests = [desk.requests(kind) for desk in desks]
    for number in range(rounds + 3):
        for desk, asked, found in zip(desks, requests, times, strict=True):
            answer = load.one_by_one(desk.one.port, [next(asked)])[0]
            if answer.status != 200:
                raise AssertionError(f"{kind.what} was answered {answer.status}: {answer.body[:200]!r}")
            if number >= 3:
                found.append(1000 * answer.seconds)
    return times


def _queries(kind: Kind, desk: Desk) -> int:
    """How many queries one look costs, beside transactions' beginnings and ends and ALIVE."""
    with database.statements(desk.home) as heard:
        load.one_by_one(desk.one.port, [next(desk.requests(kind))])
    return sum(statement != ALIVE and not statement.startswith(NOT_QUERIES) for statement in heard)
