"""The figures as people read them: on the terminal while they come in, and in docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from edubot.bench import machine
from edubot.bench.figures import Figure
from edubot.bench.table import ROWS

_MET = {True: "yes", False: "**no**", None: ""}
_HEAD = """# Benchmarks

Written by `{command}`; do not edit. How each row is measured stands in `edubot/bench/rows/`. Everything ran on
one machine at the same time: load, service and PostgreSQL. Where speeds are compared, both were measured by turns in
the same run. Value: the median of n rounds; spread: the lowest and the highest.

- Date: {date:%Y-%m-%d %H:%M} UTC
- Machine: {machine}
"""


def lines(figures: Sequence[Figure]) -> list[str]:
    """A row's figures for the terminal."""
    marks = {True: "✓", False: "✗", None: " "}
    return [
        f"  {marks[one.met]} {one.what}: {one.value}"
        + (f"  ({one.spread})" if one.spread else "")
        + (f"  goal {one.goal}" if one.goal else "")
        for one in figures
    ]


def write(path: Path, command: str, results: Mapping[str, Sequence[Figure]]) -> None:
    """Write the table of all rows that were measured."""
    titles = {row.name: row.title for row in ROWS}
    head = _HEAD.format(command=command, date=datetime.now(UTC), machine=machine.description())
    tables = [f"## {titles[name]} (`{name}`)\n\n{_table(figures)}" for name, figures in results.items()]
    path.write_text("\n".join([head, *tables]), encoding="utf-8")


def _table(figures: Sequence[Figure]) -> str:
    rows = [
        f"| {one.what} | {one.value} | {one.spread} | {one.goal} | {_MET[one.met]} |".replace("|  |", "| |")
        for one in figures
    ]
    return "\n".join(["| | value | spread | goal | met |", "| --- | --- | --- | --- | --- |", *rows, ""])
