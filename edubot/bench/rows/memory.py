"""Memory while messages go through: what the processes hold must not depend on how much they have seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import linear_regression, median

from edubot.bench import database, figures, load, machine
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.rows import startup
from edubot.bench.rows.turns import CROWD, REST, talk
from edubot.bench.service import Service

WARM = 0.4  # of a run: caches fill, pools grow
ENOUGH = 100_000  # messages of the warm part, before its slope tells growth from noise
GROWTH = 5  # KiB per 1,000 messages: 5 MiB for a million
Step = Callable[[float], int]  # plays for so many seconds; how many messages went through


@dataclass(frozen=True, slots=True)
class Sample:
    """What was held (MiB) when so many messages had been seen."""

    seen: int
    held: float


def flat(bench: Bench) -> list[Figure]:
    """Web alone while messages come in by the hundred, then web and worker while students talk; then `make run`."""
    seconds = 60 * bench.minutes / 2 or bench.seconds(40)
    database.empty()
    with bench.service(workers=0) as one:
        web = _samples(bench, one, seconds, _taking_in(one))
    database.empty()
    phones = database.students(CROWD * REST)
    with bench.service(BOT_MESSAGES_PER_MINUTE="1000000") as one:
        both = _samples(bench, one, seconds, lambda while_: 2 * len(talk(one, phones, while_)))
    return [
        *_figures("web, messages in batches of 100", web),
        *_figures("web and worker, students talking", both),
        startup.busy(bench),
    ]


def _taking_in(one: Service) -> Step:
    posts = one.webhooks.posts(size=100)

    def step(seconds: float) -> int:
        prepared = list(islice(posts, int(60 * seconds)))
        answers = load.at_pace(one.port, iter(prepared), rate=60, seconds=seconds, most_callers=8)
        return 100 * sum(answer.status == 200 for answer in answers)

    return step


def _samples(bench: Bench, one: Service, seconds: float, step: Step) -> list[Sample]:
    """A sample after each of many steps."""
    samples: list[Sample] = []
    seen, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        seen += step(min(5.0, seconds / 10))
        held = machine.pss(pid for started in one.pids for pid in machine.family(started))
        samples.append(Sample(seen, held))
        bench.say(f"{seen:,} messages: {held:.0f} MiB")
    return samples


def _figures(what: str, samples: Sequence[Sample]) -> list[Figure]:
    warm = samples[int(len(samples) * WARM) :]
    slope = 1024 * linear_regression([one.seen / 1000 for one in warm], [one.held for one in warm]).slope
    first, last = (median(one.held for one in part) for part in (warm[: len(warm) // 2], warm[len(warm) // 2 :]))
    growth = f"{slope:+.1f} KiB per 1,000 messages"
    seen = warm[-1].seen - warm[0].seen
    judged = Figure("its slope", growth, f"{seen:,} messages", f"≤ {GROWTH} KiB", slope <= GROWTH)
    return [
        figures.plain(f"{what} (PSS)", [one.held for one in warm], "MiB"),
        figures.at_most("second half of the warm run, of the first", last / first, 1.02, "×", digits=3),
        judged if seen >= ENOUGH else Figure("its slope", growth, f"{seen:,} messages: too few to judge"),
    ]
