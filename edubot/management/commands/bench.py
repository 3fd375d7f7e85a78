"""`manage.py bench`: are the promises about speed kept? Measured with real processes on a database of its own."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from edubot.bench import environment
from edubot.processes import manage

HALVES = "of `memory`: M minutes of webhooks for web alone, then M of students talking (default: 40 seconds of each)"
DRAWS = "draw flame graphs there, of web while `intake` and of web and worker while `turns` is measured; no other rows"
REPORT = settings.BASE_DIR / "docs" / "benchmarks.md"


class Command(BaseCommand):
    """Measures all rows or the named ones, prints the figures, and puts them into the table of docs/benchmarks.md."""

    help = "Measure every promise about speed (or the named ones) with real processes on a database of its own."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which rows, and how long."""
        parser.add_argument("rows", nargs="*", metavar="ROW", help="default: all; `--list` names them")
        parser.add_argument("--list", dest="names", action="store_true", help="name the rows and stop")
        parser.add_argument("--quick", action="store_true", help="a minute's look whether everything can be measured")
        parser.add_argument("--minutes", type=float, default=0.0, metavar="M", help=HALVES)
        parser.add_argument("--flame", type=Path, metavar="DIR", help=DRAWS)
        parser.add_argument(
            "--output", type=Path, help=f"default, unless it is quick or drawn: {REPORT.relative_to(settings.BASE_DIR)}"
        )

    def handle(
        self,
        *,
        rows: list[str],
        names: bool,
        quick: bool,
        minutes: float,
        flame: Path | None,
        output: Path | None,
        **_: Any,
    ) -> None:
        """Measure, in a process whose settings are the bench's own; exit code 1 where a goal is missed."""
        if environment.HOME not in os.environ:
            sys.exit(_again())
        from edubot.bench import report, run
        from edubot.bench.bench import Bench
        from edubot.bench.table import ROWS

        if names:
            self.stdout.write("\n".join(f"{row.name:<10} {row.title}" for row in ROWS))
            return
        if unknown := set(rows) - {row.name for row in ROWS}:
            raise CommandError(f"There is no row {', '.join(sorted(unknown))}: `manage.py bench --list` names them.")
        drawn = [row.name for row in ROWS if row.is_drawn]
        if flame and not set(rows) <= set(drawn):
            raise CommandError(f"Flame graphs are drawn of {' and '.join(drawn)} alone.")
        call_command("migrate", interactive=False, verbosity=0)
        bench = Bench(Path(os.environ[environment.HOME]), quick, self._say, minutes, flame)
        load = os.getloadavg()[0]
        results = run.measure(run.rows(rows or (drawn if flame else [])), bench)
        if output or not (quick or flame):
            report.write(output or REPORT, results, load)
        missed = [one for figures in results.values() for one in figures if one.met is False]
        if missed:
            raise CommandError(f"{len(missed)} goals are missed.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _again() -> int:
    """This command once more, in the environment of the bench: a caller's database and secrets stay out of it."""
    home = settings.VAR_DIR / "bench"
    return subprocess.call(manage(*sys.argv[1:]), env=environment.process_environment(home), cwd=settings.BASE_DIR)  # noqa: S603
