"""`manage.py bench` measures with real processes, and what it measured stands in its table."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edubot.bench import database, flame, machine, report
from edubot.bench.figures import Figure
from edubot.bench.load import Answer
from edubot.bench.rows.console import weighed
from edubot.bench.rows.intake import taken
from edubot.bench.rows.memory import GROWTH, Sample, slope
from edubot.bench.rows.overload import durable
from edubot.bench.service import Service
from edubot.bench.webhooks import Webhooks
from tests.processes import eventually, free_port, home, running

LONG = 300  # seconds: the bench gives up by itself before, and says what it waited for


@pytest.mark.processes
def test_a_quick_look_measures_and_writes_the_table(tmp_path: Path) -> None:
    table = tmp_path / "benchmarks.md"
    measure = ("bench", "--quick", "reply", "--output", str(table))
    with home() as directory, running(*measure, EDUBOT_VAR_DIR=str(directory)) as bench:
        eventually(lambda: bench.process.poll() is not None, LONG)
    assert "could not be measured" not in bench.output, bench.output
    assert "| from POST to the reply at the Graph API, p50 | " in table.read_text()


def test_rows_measured_anew_leave_the_others_as_they_stand(tmp_path: Path) -> None:
    table = tmp_path / "benchmarks.md"
    report.write(table, {"turns": [Figure("turns", "90 /s")], "reply": [Figure("p50", "20 ms")]}, load=0.1)
    report.write(table, {"turns": [Figure("turns", "210 /s", "200–220, n=5", "≥ 200 /s", True)]}, load=0.2)
    lines = table.read_text().splitlines()
    assert lines.count("# Benchmarks") == 1
    assert [line for line in lines if line.startswith(("| turns", "| p50"))] == [
        "| p50 | 20 ms | | | |",
        "| turns | 210 /s | 200–220, n=5 | ≥ 200 /s | yes |",
    ]


@pytest.mark.processes
def test_a_row_that_does_not_exist_is_named() -> None:
    with home() as directory, running("bench", "speed", EDUBOT_VAR_DIR=str(directory)) as bench:
        bench.says("There is no row speed: `manage.py bench --list` names them.")


@pytest.mark.processes
def test_a_flame_graph_comes_from_the_rows_that_are_about_it_alone(tmp_path: Path) -> None:
    with home() as directory, running("bench", "ack", "--flame", str(tmp_path), EDUBOT_VAR_DIR=str(directory)) as bench:
        bench.says("Flame graphs are drawn of intake and turns alone.")


def test_memory_that_grows_with_what_was_seen_misses_its_goal_and_noise_does_not() -> None:
    noise = [0.3, -0.2, 0.1, -0.3, 0.2, 0.0]
    steady = [Sample(50_000 * number, 240 + each) for number, each in enumerate(noise)]
    growing = [Sample(one.seen, one.held + 2 * GROWTH / 1024 * one.seen / 1000) for one in steady]
    assert slope(steady).met is True
    assert slope(growing).met is False
    assert slope(growing[:2]).met is None  # 50,000 messages cannot tell growth from noise


def test_the_time_of_children_that_have_ended_counts() -> None:
    before = machine.cpu([os.getpid()])
    subprocess.run([sys.executable, "-c", "while __import__('time').process_time() < 0.3: pass"], check=True)
    assert machine.cpu([os.getpid()]) - before >= 0.25


def test_a_flame_graph_keeps_what_can_be_seen_of_it() -> None:
    frame = '<g><title>{0} (9 samples, {1}%)</title><rect x="0%" y="1" width="{1}%" height="15"/><text></text></g>'
    wide, narrow = frame.format("handle (/opt/here/turn.py:1)", "40.0000"), frame.format("peek (a.py:2)", "0.1000")
    drawing = f'<svg total_samples="5231">{wide}{narrow}{wide}</svg>'
    legible = flame.legible(drawing, ("/opt/py-spy", Path("/opt/here")))
    assert legible == f'<svg total_samples="5231">{wide}{wide}</svg>'.replace("/opt/here/", "")
    assert flame.samples(legible) == 5231


def test_a_webhook_that_was_answered_otherwise_ends_the_measurement() -> None:
    fine, refused = Answer(200, 0.01, 0.0), Answer(503, 0.01, 0.0)
    assert taken([fine, fine]) == [fine, fine]
    with pytest.raises(AssertionError, match="503"):
        taken([fine, refused])


def test_statements_that_nobody_heard_are_no_small_number_of_them() -> None:
    line = "2026-11-30 23:59:58.123 UTC [77] 00000 edubot LOG:  execute _pg3_0: SELECT 1\n"
    other = "2026-11-30 23:59:58.124 UTC [7] 00000  LOG:  checkpoint starting: time\n"
    assert database.told(line + other + line) == ["SELECT 1", "SELECT 1"]
    with pytest.raises(AssertionError, match="no statement"):
        database.told("")


def test_a_file_that_is_not_there_ends_the_weighing() -> None:
    nobody: Any = None  # speaks to the Graph API here
    with pytest.raises(AssertionError, match=r"/static/gone\.js was answered"):
        weighed(Service(free_port(), nobody, Webhooks("secret")), '<script src="/static/gone.js"></script>')


def test_a_row_stands_for_no_other_webhook_than_its_own() -> None:
    assert durable({"a", "b"}, {"a", "b", "c"}).met is True
    assert durable({"a", "b"}, {"a", "c", "d"}).met is False
