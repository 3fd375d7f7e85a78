"""`make run`: how soon it is there when it has run before, and how much memory all of it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from json import loads

from edubot.bench import environment, figures, load, machine
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.rows.intake import taken
from edubot.bench.service import process
from edubot.bench.webhooks import Webhooks
from edubot.processes import eventually
from edubot.server.run import listen

FIRST = 120.0  # seconds: the first start makes a database


def again(bench: Bench) -> list[Figure]:
    """Start what `make run` starts, in a directory where it has run before."""
    times, memory = [], 0.0
    for number in range(1 + bench.some(3)):
        took, memory = _once(bench)
        times += [took] if number else []
    return [
        figures.at_most("ready after", figures.percentile(times, 50), 10, "s", digits=1, spread=times),
        figures.at_most("memory of everything (PSS), idle", memory, 512, "MiB"),
    ]


def busy(bench: Bench) -> Figure:
    """What all of `make run` holds after some thousand messages went through it. Raises AssertionError where not."""
    with _made(bench) as (port, pids):
        secret = environment.variables(bench.home / "run")["WHATSAPP_APP_SECRET"]
        posts = Webhooks(secret).posts(size=10, people=300)
        taken(load.at_pace(port, posts, rate=20, seconds=bench.seconds(20)))
        return figures.at_most("`make run`, all of it with PostgreSQL, at work (PSS)", machine.pss(pids()), 512, "MiB")


def _once(bench: Bench) -> tuple[float, float]:
    """Seconds until web and worker are ready, and MiB in all, PostgreSQL's included."""
    began = time.monotonic()
    with _made(bench) as (_, pids):
        return time.monotonic() - began, machine.pss(pids())


@contextmanager
def _made(bench: Bench) -> Iterator[tuple[int, Callable[[], set[int]]]]:
    """What `make run` starts, from when it is ready: its port, and whom it consists of."""
    home = bench.home / "run"
    with closing(listen(load.HOST, 0)) as free:
        port = free.getsockname()[1]
    graph = f"http://{load.HOST}:{port}/simulator/graph"
    variables = {"DEBUG": "true", "SIMULATOR": "true", "PORT": str(port), "WHATSAPP_API_URL": graph}
    with process(("manage.py", "dev", "--port", str(port)), home, variables) as dev:
        eventually(lambda: _ready(port), "`make run`", FIRST)
        yield port, lambda: machine.family(dev.pid) | machine.server_of(home / "postgres" / "data")


def _ready(port: int) -> bool:
    answer = load.one_by_one(port, [load.http("GET", "/health/ready")])[0]
    return answer.status == 200 and loads(answer.body).get("worker") == "ok"
