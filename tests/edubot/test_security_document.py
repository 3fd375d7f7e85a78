"""docs/security.md says what is so: every test that it names exists, every file too."""

from __future__ import annotations

import re

from tests.processes import CHECKOUT

TEXT = (CHECKOUT / "docs" / "security.md").read_text()


def test_every_test_that_is_named_exists() -> None:
    code = "".join(path.read_text() for path in (CHECKOUT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"def (test_\w+)", code))
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    assert named > {"test_reading_changes_nothing"}
    assert named - there == set()


def test_every_file_that_is_named_exists() -> None:
    named = re.findall(r"`((?:edubot|conversations|support|whatsapp|tests)/[\w/.]+)`", TEXT)
    assert [path for path in named if not (CHECKOUT / path).exists()] == []


def test_every_row_of_a_control_names_its_test() -> None:
    tables = TEXT.partition("## Controls")[2].partition("## What is not done")[0]
    rows = [line for line in tables.splitlines() if line.startswith("| ") and not line.startswith(("| ---", "| ASVS"))]
    assert [row for row in rows if "`test_" not in row and not row.startswith("| |")] == []
