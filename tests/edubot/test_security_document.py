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
    lines = TEXT.partition("## Controls")[2].partition("## What is not done")[0].splitlines()
    heads = {number - 1 for number, line in enumerate(lines) if line.startswith("| ---")}
    rows = [line for number, line in enumerate(lines) if line.startswith("| ") and number not in heads]
    assert [row for row in rows if "`test_" not in row and not row.startswith("| ---")] == []


# The requirements of level 1 of OWASP ASVS 5.0.0: chapter and section, then their last numbers.
LEVEL_1 = """
    1.2 1 2 3 4 5    1.3 1 2       1.5 1          2.1 1      2.2 1 2    2.3 1
    3.2 1 2          3.3 1         3.4 1 2        3.5 1 2 3  4.1 1      4.4 1
    5.2 1 2          5.3 1 2       6.1 1          6.2 1 2 3 4 5 6 7 8   6.3 1 2    6.4 1 2
    7.2 1 2 3 4      7.4 1 2       8.1 1          8.2 1 2    8.3 1      9.1 1 2 3  9.2 1
    10.4 1 2 3 4 5   11.3 1 2      11.4 1         12.1 1     12.2 1 2   13.4 1
    14.2 1           14.3 1        15.1 1         15.2 1     15.3 1
"""


def level_1() -> set[str]:
    """The numbers of all of them: `1.2.1` and so on."""
    found: set[str] = set()
    for word in LEVEL_1.split():
        if "." in word:
            section = word
        else:
            found.add(f"{section}.{word}")
    return found


# Those of level 2 that a desk has something to protect with, or whose lack "What is not done" explains.
LEVEL_2 = """
    2.1.2 2.1.3 5.4.3 6.1.3 6.2.12 6.3.3 6.3.4 7.4.4 7.4.5 8.1.2 8.4.1 13.1.1 13.2.2 13.2.3 13.2.4 13.3.1 13.4.5 14.1.1
    14.2.4 15.1.2 15.3.4 15.4.2 16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.5.1
"""


def test_no_requirement_that_was_asked_for_is_missing() -> None:
    assert len(level_1()) == 70
    asked = level_1() | set(LEVEL_2.split())
    text = re.sub(r"(\d+\.\d+\.)(\d+)–\1(\d+)", _spelt_out, TEXT.partition("## Controls")[2])
    assert asked - set(re.findall(r"\b\d+\.\d+\.\d+\b", text)) == set()


def _spelt_out(found: re.Match[str]) -> str:
    """`7.2.1–7.2.3` as `7.2.1 7.2.2 7.2.3`."""
    return " ".join(f"{found[1]}{number}" for number in range(int(found[2]), int(found[3]) + 1))
