"""How fast webhooks are taken in: one by one against the bare limit, in batches, and how soon they are acknowledged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from statistics import median

from django.db import connection

from edubot.bench import database, figures, load, service
from edubot.bench.bare import TABLES
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.load import Answer
from edubot.bench.webhooks import phone

CALLERS = 16


def singles(bench: Bench) -> list[Figure]:
    """Single-message POSTs of ours and of the bare reference, by turns in the same minute."""
    database.empty()
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
    ours, bare = [], []
    draws = {"web": "profile-web"}
    with bench.service(workers=0, draws=draws) as one, service.bare(bench.home) as bare_port:
        posts = one.webhooks.posts()
        for port in (one.port, bare_port):
            rate(port, posts, 1.0)  # connections are opened, plans are made
        database.analyse()
        for number in range(bench.some(7)):
            bare.append(rate(bare_port, posts, bench.seconds(3)))
            ours.append(rate(one.port, posts, bench.seconds(3)))
            bench.say(f"round {number + 1}: {ours[-1]:,.0f}/s, bare {bare[-1]:,.0f}/s")
    ratios = [mine / limit for mine, limit in zip(ours, bare, strict=True)]
    return [
        figures.at_least("of the bare limit", ratios, 0.6, "×", digits=2),
        figures.plain("single POSTs", ours, "/s"),
        figures.plain("bare limit", bare, "/s"),
    ]


def rate(port: int, posts: Iterator[bytes], seconds: float, callers: int = CALLERS) -> float:
    """POSTs a second that were answered 200. Raises AssertionError for any other answer."""
    return speed(load.as_fast_as_answered(port, posts, callers, seconds))


def speed(answers: Sequence[Answer]) -> float:
    """Answers a second, all of them 200. Raises AssertionError otherwise."""
    taken(answers)
    began, ended = min(one.began for one in answers), max(one.began + one.seconds for one in answers)
    return len(answers) / (ended - began)


def taken(answers: Sequence[Answer]) -> Sequence[Answer]:
    """The answers to webhooks, all of them 200. Raises AssertionError otherwise."""
    if refused := {answer.status for answer in answers} - {200}:
        raise AssertionError(f"a webhook was answered {sorted(refused)}")
    return answers


def batches(bench: Bench) -> list[Figure]:
    """POSTs of 100 messages, and the statements that batches of different sizes cost."""
    database.empty()
    with bench.service(workers=0) as one:
        posts = one.webhooks.posts(size=100)
        rate(one.port, posts, 1.0, callers=4)
        messages = []
        for _ in range(bench.some(5)):
            made = [next(posts) for _ in range(800)]  # making them is no work of the service's
            messages.append(100 * rate(one.port, chain(made, posts), bench.seconds(2), callers=4))
            bench.say(f"{messages[-1]:,.0f} messages/s")
        counts = {size: _statements(bench, one, size) for size in (1, 10, 100, 1000)}
    same = len(set(counts.values())) == 1
    words = ", ".join(f"{size}: {count}" for size, count in counts.items())
    return [
        figures.at_least("messages in batches of 100", messages, 5000, "/s"),
        Figure("SQL statements by size of batch", words, "", "the same for all", same),
    ]


def _statements(bench: Bench, one: service.Service, size: int) -> int:
    posts = one.webhooks.posts(size=size)
    load.at_pace(one.port, posts, rate=50, seconds=0.4)  # every thread has its connection
    with database.statements(bench.home) as heard:
        taken(load.one_by_one(one.port, [next(posts)]))
    return len(heard)


def acknowledgement(bench: Bench) -> list[Figure]:
    """How soon a POST is answered at 100 a second while the worker is at work, and one of 1,000 items."""
    database.empty()
    with bench.service() as one:
        posts = one.webhooks.posts()
        load.at_pace(one.port, posts, rate=50, seconds=1)
        database.analyse()
        p50, p99 = [], []
        for _ in range(bench.some(3)):
            answers = taken(load.at_pace(one.port, posts, rate=100, seconds=bench.seconds(8)))
            times = [1000 * answer.seconds for answer in answers]
            p50.append(figures.percentile(times, 50))
            p99.append(figures.percentile(times, 99))
    with bench.service(workers=0) as one:
        large = [one.webhooks.post(*(one.webhooks.text(phone(n), "hi") for n in range(1000))) for _ in range(5)]
        whole = [answer.seconds for answer in taken(load.one_by_one(one.port, large))]
    return [
        figures.at_most("acknowledged at 100 POST/s, p50", median(p50), 15, "ms", digits=1, spread=p50),
        figures.at_most("p99", median(p99), 100, "ms", digits=1, spread=p99),
        figures.at_most("a POST of 1,000 items", median(whole), 1, "s", digits=2, spread=whole),
    ]
