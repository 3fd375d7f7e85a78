"""`manage.py chaos`: the storm (`edubot.storm`), as `make chaos` and CI call it."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from edubot.storm import plan, run
from edubot.storm.plan import Pace, Phase

MESSAGES, UNREPORTED = 50_000, 20_000


class Command(BaseCommand):
    """Exits with 0 where nothing was lost, doubled, reordered, stuck or leaked, else with 1 and the logs kept."""

    help = (
        "Run the whole service through a storm: real processes, a database of its own, a stand-in for Meta, faults, "
        "kills and crashes. Prints what was lost, duplicated and reordered. Never touches your database."
    )
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What kind of storm."""
        parser.add_argument("--short", action="store_true", help="the profile of CI: under two minutes")
        parser.add_argument("--messages", type=int, help=f"default: {MESSAGES:,}; {UNREPORTED:,} of --unreported")
        parser.add_argument("--students", type=int, help="default: one per hundred messages")
        parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], metavar="SEED", help="a storm for each")
        parser.add_argument("--burst", type=int, default=5, help="messages of one student in flight (%(default)s)")
        parser.add_argument("--duration", type=float, metavar="SECONDS", help="of one storm, at most (an hour or more)")
        parser.add_argument("--no-kills", action="store_true", help="neither kills nor crashes")
        parser.add_argument("--no-faults", action="store_true", help="the stand-in answers properly")
        parser.add_argument("--no-statuses", action="store_true", help="Meta reports nothing")
        parser.add_argument(
            "--outage",
            type=float,
            default=0.0,
            metavar="SECONDS",
            help="instead: the stand-in cannot be reached for so long, while all replies queue up",
        )
        parser.add_argument(
            "--unreported",
            action="store_true",
            help=f"instead: Meta reports nothing, and {plan.DEATHS} processes are killed within about ten minutes",
        )
        parser.add_argument(
            "--soak", type=float, default=0.0, metavar="MINUTES", help="instead: a steady pace, with rolling restarts"
        )
        parser.add_argument("--pace", type=float, default=60.0, help="of a soak, messages a second (%(default)s)")
        parser.add_argument("--failpoint", choices=plan.FAILPOINTS, default="", help="where every process dies")
        parser.add_argument("--passes", type=int, default=100, help="at which pass it dies (%(default)s)")
        parser.add_argument("--hold", type=int, metavar="SECONDS", help="OUTBOX_HOLD (3 in the short one, else 4)")
        parser.add_argument("--keep", action="store_true", help="keep the directory with logs and data")

    def handle(self, *, short: bool, hold: int | None, keep: bool, **options: Any) -> None:
        """Play, tell, and set the exit code."""
        if not settings.DEBUG:
            raise CommandError("The storm is a development tool: set DEBUG=true.")
        storms = plan.short(options["seeds"][0]) if short else [list(_phases(options))]
        directory = Path(tempfile.mkdtemp(prefix="edubot-storm-"))
        directory.chmod(0o711)  # PostgreSQL may run as another user
        usual = plan.BRISK if short else Pace()
        pace = replace(usual, hold=hold, lease=max(hold, usual.lease)) if hold else usual
        well = self._play(directory, storms, pace)
        if well and not keep:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            self.stdout.write(f"Logs and data are in {directory}.")
        if not well:
            raise SystemExit(1)

    def _play(self, directory: Path, storms: Sequence[Sequence[Phase]], pace: Pace) -> bool:
        try:
            return asyncio.run(run.play_all(directory, storms, pace, self._say))
        except TimeoutError as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _phases(options: dict[str, Any]) -> Iterator[Phase]:
    """A storm for each seed; after the usual ones a smaller one without delivery reports, and one per failpoint."""
    messages = options["messages"] or (UNREPORTED if options["unreported"] else MESSAGES)
    seeds, special = options["seeds"], _special(options, messages)
    storm = special or partial(plan.long, messages)
    yield from (_as_wished(storm(seed), options) for seed in seeds)
    if not special and not options["failpoint"]:
        yield _as_wished(plan.unreported(messages // 10, seeds[0], deaths=0), options)
        yield from plan.failing(min(messages, 200), seeds[0])


def _special(options: dict[str, Any], messages: int) -> Callable[[int], Phase] | None:
    """What is wanted instead of the usual storm, for a seed."""
    if options["outage"]:
        return lambda seed: plan.outage(messages, seed, options["outage"])
    if options["soak"]:
        return lambda seed: plan.soak(options["soak"], options["pace"], seed)
    return partial(plan.unreported, messages) if options["unreported"] else None


def _as_wished(phase: Phase, options: dict[str, Any]) -> Phase:
    calm = options["no_kills"] or options["failpoint"]
    return replace(
        phase,
        students=options["students"] or phase.students,
        burst=options["burst"],
        longest=options["duration"] or max(phase.longest, 3600.0),
        statuses=phase.statuses and not options["no_statuses"],
        faults={} if options["no_faults"] else phase.faults,
        failpoint=options["failpoint"],
        passes=options["passes"],
        kills=0.0 if calm else phase.kills,
        crashes=0.0 if calm else phase.crashes,
        rolling=0.0 if calm else phase.rolling,
    )
