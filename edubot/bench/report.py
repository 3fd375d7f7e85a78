"""The figures as people read them: on the terminal while they come in, and in docs/benchmarks.md.

The table keeps of every row what was measured last: a run of some rows leaves the others as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from edubot.bench import machine
from edubot.bench.figures import Figure
from edubot.bench.table import ROWS

_MET = {True: "yes", False: "**no**", None: ""}
_HEAD = """# Benchmarks

Written by `manage.py bench`; do not edit. How each row is measured stands in `edubot/bench/rows/`. Everything runs on
one machine at the same time: load, service and PostgreSQL. Where speeds are compared, both are measured by turns in
the same run. Value: the median of n rounds; spread: the lowest and the highest. `manage.py bench ROW` measures a row
anew and leaves the others as they are.
"""
_NAMED = re.compile(r"## .*\(`(\w+)`\)$", re.MULTILINE)


def lines(figures: Sequence[Figure]) -> list[str]:
    """A row's figures for the terminal."""
    marks = {True: "✓", False: "✗", None: " "}
    return [
        f"  {marks[one.met]} {one.what}: {one.value}"
        + (f"  ({one.spread})" if one.spread else "")
        + (f"  goal {one.goal}" if one.goal else "")
        for one in figures
    ]


def write(path: Path, results: Mapping[str, Sequence[Figure]], load: float) -> None:
    """Put these rows into the table at `path`, in the place of what it had of them. `load`: before the run began."""
    sections = _sections(path)
    origin = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine.commit()}, {machine.description()}, load {load:.1f}"
    for row in ROWS:
        if row.name in results:
            sections[row.name] = f"## {row.title} (`{row.name}`)\n\n{origin}\n\n{_table(results[row.name])}"
    path.write_text("\n".join([_HEAD, *(sections[row.name] for row in ROWS if row.name in sections)]), encoding="utf-8")


def _sections(path: Path) -> dict[str, str]:
    """What the table says of each row so far."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return {head[1]: part.rstrip() + "\n" for part in parts if (head := _NAMED.match(part))}


def _table(figures: Sequence[Figure]) -> str:
    rows = ["| {} |".format(" | ".join(filled)).replace("  ", " ") for filled in map(_cells, figures)]
    return "\n".join(["| | value | spread | goal | met |", "| --- | --- | --- | --- | --- |", *rows, ""])


def _cells(one: Figure) -> tuple[str, ...]:
    return one.what, one.value, one.spread, one.goal, _MET[one.met]
