"""`manage.py bench` measures with real processes, and what it measured stands in its table."""

from __future__ import annotations

from pathlib import Path

import pytest

from edubot.bench import report
from edubot.bench.figures import Figure
from tests.processes import eventually, home, running

pytestmark = pytest.mark.processes


def test_a_quick_look_measures_and_writes_the_table(tmp_path: Path) -> None:
    table = tmp_path / "benchmarks.md"
    measure = ("bench", "--quick", "reply", "--output", str(table))
    with home() as directory, running(*measure, EDUBOT_VAR_DIR=str(directory)) as bench:
        eventually(lambda: bench.process.poll() is not None, 60)
    assert "could not be measured" not in bench.output
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


def test_a_row_that_does_not_exist_is_named() -> None:
    with home() as directory, running("bench", "speed", EDUBOT_VAR_DIR=str(directory)) as bench:
        bench.says("There is no row speed: `manage.py bench --list` names them.")
