"""Running rows one after the other: what fails says so, and the rest goes on."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db import connection

from edubot.bench import report
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.table import ROWS, Row


def rows(names: Sequence[str]) -> list[Row]:
    """The rows of these names, in the order of the table; all of them where no name is given."""
    return [row for row in ROWS if not names or row.name in names]


def measure(wanted: Sequence[Row], bench: Bench) -> dict[str, list[Figure]]:
    """The figures of each row."""
    results = {}
    for number, row in enumerate(wanted, start=1):
        bench.say(f"[{number}/{len(wanted)}] {row.title} ({row.name}, about {row.seconds} s)")
        began = time.monotonic()
        results[row.name] = _measured(row, bench)
        for line in report.lines(results[row.name]):
            bench.say(line)
        bench.say(f"    {time.monotonic() - began:.0f} s")
    connection.close()
    return results


def _measured(row: Row, bench: Bench) -> list[Figure]:
    """The one catcher of whatever goes wrong while a row is measured: it must not cost the others."""
    try:
        return row.measure(bench)
    except Exception as error:  # noqa: BLE001
        return [Figure("could not be measured", f"{type(error).__name__}: {error}", met=False)]
