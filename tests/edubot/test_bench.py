"""`manage.py bench` measures with real processes, and what it measured stands in its table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import eventually, running

pytestmark = pytest.mark.processes


def test_a_quick_look_measures_and_writes_the_table(tmp_path: Path) -> None:
    report = tmp_path / "benchmarks.md"
    with running("bench", "--quick", "reply", "--output", str(report), EDUBOT_VAR_DIR=str(tmp_path)) as bench:
        eventually(lambda: bench.process.poll() is not None, 60)
    assert "could not be measured" not in bench.output
    assert "| from POST to the reply at the Graph API, p50 | " in report.read_text()


def test_a_row_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with running("bench", "speed", EDUBOT_VAR_DIR=str(tmp_path)) as bench:
        bench.says("There is no row speed: `manage.py bench --list` names them.")
