"""`make run`: how soon it is there when it has run before, and how much memory all of it takes."""

from __future__ import annotations

import time
from contextlib import closing
from json import loads

from edubot.bench import figures, load, machine
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.service import eventually, process
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


def _once(bench: Bench) -> tuple[float, float]:
    """Seconds until web and worker are ready, and MiB in all, PostgreSQL's included."""
    home = bench.home / "run"
    with closing(listen(load.HOST, 0)) as free:
        port = free.getsockname()[1]
    graph = f"http://{load.HOST}:{port}/simulator/graph"
    variables = {"DEBUG": "true", "SIMULATOR": "true", "PORT": str(port), "WHATSAPP_API_URL": graph}
    began = time.monotonic()
    with process(("manage.py", "dev", "--port", str(port)), home, variables) as dev:
        eventually(lambda: _ready(port), "`make run`", FIRST)
        took = time.monotonic() - began
        pids = machine.family(dev.pid) | machine.server_of(home / "postgres" / "data")
        return took, machine.pss(pids)


def _ready(port: int) -> bool:
    answer = load.one_by_one(port, [load.http("GET", "/health/ready")])[0]
    return answer.status == 200 and loads(answer.body).get("worker") == "ok"
