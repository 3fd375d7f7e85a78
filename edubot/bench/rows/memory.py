"""Memory while messages go through: what the processes hold must not depend on how much they have seen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import linear_regression, median

from edubot.bench import database, figures, machine
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.rows.turns import CROWD, REST, talk

WARM = 0.4  # of the run: caches fill, pools grow


def flat(bench: Bench) -> list[Figure]:
    """Web and worker, sampled while students talk; the slope once everything is warm."""
    database.empty()
    seconds = 60 * bench.minutes or bench.seconds(45)
    phones = database.students(CROWD * REST)
    samples: list[tuple[float, float]] = []  # thousands of messages, MiB
    turns, end = 0, time.monotonic() + seconds
    with bench.service(BOT_MESSAGES_PER_MINUTE="1000000") as one:
        while time.monotonic() < end:
            turns += len(talk(one, phones, min(5.0, seconds / 10)))
            held = machine.pss(pid for started in one.pids for pid in machine.family(started))
            samples.append((2 * turns / 1000, held))
            bench.say(f"{2 * turns:,} messages: {held:.0f} MiB")
    return _figures(samples)


def _figures(samples: Sequence[tuple[float, float]]) -> list[Figure]:
    warm = samples[int(len(samples) * WARM) :]
    slope = 1024 * linear_regression([seen for seen, _ in warm], [held for _, held in warm]).slope
    first, last = (median(held for _, held in part) for part in (warm[: len(warm) // 2], warm[len(warm) // 2 :]))
    return [
        figures.plain("web and worker (PSS)", [held for _, held in warm], "MiB"),
        Figure("messages seen, in and out", f"{1000 * samples[-1][0]:,.0f}"),
        figures.at_most("second half of the warm run, of the first", last / first, 1.02, "×", digits=3),
        Figure("slope", f"{slope:+.1f} KiB per 1,000 messages"),
    ]
