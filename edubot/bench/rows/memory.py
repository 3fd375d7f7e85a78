"""Memory while messages go through: what the processes hold must not depend on how much they have seen.

In two halves of the same length: 6,000 messages a second for web alone, then as many as students get answered. To see
a million messages go through web takes three minutes of each.
"""

from __future__ import annotations

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

USUAL = 40  # seconds of either half
SAMPLES, STEP = 20, 5.0  # of either half, at least; one every so many seconds of a long run
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
    """Web alone while messages come in by the hundred, then web and worker while students talk, each for as long as
    is wanted (USUAL, or `--minutes`); then what all of `make run` takes.
    """
    seconds = 60 * bench.minutes or bench.seconds(USUAL)
    database.empty()
    with bench.service(workers=0) as one:
        web = _samples(bench, one, seconds, _taking_in(one))
    database.empty()
    phones = database.students(CROWD * REST)
    with bench.service(BOT_MESSAGES_PER_MINUTE="1000000") as one:
        both = _samples(bench, one, seconds, lambda while_: 2 * len(talk(one, phones, while_)))
    return [
        *_figures("web alone, in batches of 100", web),
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
    seen, steps = 0, max(SAMPLES, round(seconds / STEP))
    for _ in range(steps):
        seen += step(seconds / steps)
        held = machine.private(pid for started in one.pids for pid in machine.family(started))
        samples.append(Sample(seen, held))
        bench.say(f"{seen:,} messages: {held:.0f} MiB")
    return samples


def _figures(what: str, samples: Sequence[Sample]) -> list[Figure]:
    warm = samples[int(len(samples) * WARM) :]
    first, last = (median(one.held for one in part) for part in (warm[: len(warm) // 2], warm[len(warm) // 2 :]))
    held = [one.held for one in warm]
    spread = f"{min(held):,.0f}–{max(held):,.0f} once warm, n={len(warm)}"
    return [
        Figure(f"{what}: messages", f"{samples[-1].seen:,}"),
        Figure("memory of their own, first → last", f"{samples[0].held:,.0f} → {samples[-1].held:,.0f} MiB", spread),
        figures.at_most("second half of the warm run, of the first", last / first, 1.02, "×", digits=3),
        slope(warm),
    ]


def slope(warm: Sequence[Sample]) -> Figure:
    """The straight line that fits the samples best (least squares), judged where there are messages enough."""
    fitted = linear_regression([one.seen / 1000 for one in warm], [1024 * one.held for one in warm])
    growth, seen = f"{fitted.slope:+.1f} KiB per 1,000 messages", warm[-1].seen - warm[0].seen
    points = f"{seen:,} messages, n={len(warm)}"
    if seen < ENOUGH:
        return Figure("its slope once warm", growth, f"{points}: too few to judge")
    return Figure("its slope once warm", growth, points, f"≤ {GROWTH} KiB", fitted.slope <= GROWTH)
