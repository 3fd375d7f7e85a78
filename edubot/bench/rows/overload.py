"""Twice as many webhooks as can be taken in: some are taken quickly, the others refused at once, none of it lost."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from statistics import median

from conversations.models import InboxItem
from edubot.bench import database, figures, load
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.load import Answer
from edubot.bench.rows.intake import rate
from edubot.bench.service import Service

CALLERS = 900  # more than the service lets wait, so that it is the service that refuses
NORMAL = 0.1  # seconds: what an acknowledgement may take once the flood is over
_KEY = re.compile(rb'"id": "(wamid\.[^"]+)"')


def flood(bench: Bench) -> list[Figure]:
    """Offer twice the capacity, then look how soon everything is as before."""
    database.empty()
    with bench.service(workers=0) as one:
        posts = one.webhooks.posts()
        rate(one.port, posts, 1.0)
        capacity = median(rate(one.port, posts, bench.seconds(3)) for _ in range(3))
        bench.say(f"capacity {capacity:,.0f}/s; twice that is offered")
        keys: list[str] = []
        noted = _noted(posts, keys)
        answers = load.at_pace(one.port, noted, 2 * capacity, bench.seconds(60), most_callers=CALLERS)
        calm = _calm_after(one)
        stored = set(InboxItem.objects.values_list("key", flat=True))
    accepted = [answer for answer in answers if answer.status == 200]
    return [
        *_answers(answers, accepted),
        durable({keys[answer.number] for answer in accepted}, stored),
        figures.at_most("normal again after", calm, 10, "s", digits=1),
    ]


def _answers(answers: list[Answer], accepted: list[Answer]) -> list[Figure]:
    # From when it was sent: that no connection was free is no fault of the service's.
    refused = [answer.seconds - answer.late for answer in answers if answer.status == 503]
    other = len(answers) - len(accepted) - len(refused)
    words = f"{len(accepted):,} accepted, {len(refused):,} refused, {other:,} otherwise"
    taken = figures.percentile([answer.seconds for answer in accepted], 99)
    figures_ = [
        Figure(f"of {len(answers):,} offered", words, "", "only 200 and 503", other == 0),
        figures.at_most("accepted, p99", taken, 1, "s", digits=2),
    ]
    if refused:
        told = 1000 * figures.percentile(refused, 99)
        figures_.append(figures.at_most("refused, p99", told, 50, "ms", digits=1))
    return figures_


def _noted(posts: Iterator[bytes], keys: list[str]) -> Iterator[bytes]:
    """The same posts of one message each, the ids of their messages added to `keys` as they are taken."""
    for post in posts:
        found = _KEY.search(post)
        assert found  # noqa: S101  (we made it)
        keys.append(found[1].decode())
        yield post


def durable(accepted: set[str], stored: set[str]) -> Figure:
    """Whether each id that was answered 200 has its row. A row may be there whose 200 did not arrive."""
    missing = len(accepted - stored)
    return Figure("answered 200 without a row", f"{missing:,}", "", "0", missing == 0)


def _calm_after(one: Service) -> float:
    """Seconds until ten POSTs in a row are acknowledged as if nothing had been; 60 where they never are."""
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < 60:
        answers = load.one_by_one(one.port, [one.webhooks.post(one.webhooks.text("2348099", "hi")) for _ in range(10)])
        if all(answer.status == 200 and answer.seconds < NORMAL for answer in answers):
            return passed
    return 60.0
