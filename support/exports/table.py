"""Comma-separated values for spreadsheets: one writer for every export (RFC 4180, UTF-8).

A spreadsheet takes a cell that begins with `=` or its like for a formula, and what students write begins as they like.
Such a text gets an apostrophe before it (OWASP, "CSV Injection"). Phones in E.164 begin with `+`, so they get one too:
a spreadsheet shows it as text, a program strips it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

Cell = str | int | float | Decimal | datetime | None

# Also behind quotes and spaces of every width, which spreadsheets drop, and in the full-width forms.
_FORMULA = re.compile("[\\s\"'\u00a0\u200b-\u200f\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\\t\\r\\n\\0]")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        """The line."""
        return line


def lines(head: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[bytes]:
    """The file line by line, in UTF-8. Texts are quoted and harmless, times are UTC, None is an empty cell."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    yield _encoded(writer.writerow(list(head)))
    for row in rows:
        yield _encoded(writer.writerow([_shown(cell) for cell in row]))


def harmless(text: str) -> str:
    """The text as no spreadsheet runs it."""
    return f"'{text}" if _FORMULA.match(text) else text


def _encoded(line: object) -> bytes:
    return str(line).encode("utf-8", "backslashreplace")


def _shown(cell: Cell) -> str | int | float | Decimal:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return harmless(cell) if isinstance(cell, str) else cell
