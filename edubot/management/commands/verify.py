"""`manage.py verify`: is what is promised true of the running service?"""

from __future__ import annotations

import argparse
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

HOST = "127.0.0.1"
_MARK = {True: "✓", False: "✗", None: "–"}


class Command(BaseCommand):
    """Plays the acceptance and says for each check whether it holds."""

    help = (
        "Play the acceptance against the running service: through webhook, API and pages, with invented people who are "
        "gone afterwards. Each check is printed with ✓ or ✗; the exit code is 1 where one failed. It needs the "
        "simulator, so that nobody real is written to."
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which service, and which categories."""
        parser.add_argument(
            "--url", default=f"http://{HOST}:{settings.PORT}", help="the running service (default: %(default)s)"
        )
        parser.add_argument(
            "--only", action="append", default=[], metavar="CATEGORY", help="play this category alone; may be repeated"
        )
        parser.add_argument("--brief", action="store_true", help="print the categories, and the checks that failed")

    def handle(self, *, url: str, only: list[str], brief: bool, **_: Any) -> None:
        """Play, print, and say how it went."""
        if not settings.SIMULATOR:
            raise CommandError("verify needs the simulator: set DEBUG=true and SIMULATOR=true (see .env.example).")
        from edubot.verify.categories import CATEGORIES  # its tables exist only where SIMULATOR is true
        from edubot.verify.service import Service
        from edubot.verify.stage import stage

        chosen = {name: CATEGORIES.get(name) for name in only} or dict(CATEGORIES)
        if unknown := [name for name, category in chosen.items() if category is None]:
            raise CommandError(f"There is no {unknown[0]!r}. There are: {', '.join(CATEGORIES)}.")
        service = Service(url.rstrip("/"))
        self._find(service.base)
        played = failed = 0
        with stage(service) as play_stage:
            for name, category in chosen.items():
                assert category  # noqa: S101  (unknown ones have been refused)
                checks, wrong = self._play(name, category, play_stage, brief=brief)
                played, failed = played + checks, failed + wrong
        self.stdout.write(f"{played - failed} of {played} checks hold.")
        if failed:
            raise CommandError(f"{failed} of {played} checks failed.", returncode=1)

    def _find(self, base: str) -> None:
        try:
            ready = requests.get(f"{base}/health/ready", timeout=5).json()
        except (requests.RequestException, ValueError) as error:
            raise CommandError(
                f"No service answers at {base}. Start one with `make run`, or name it by --url."
            ) from error
        if ready.get("worker") != "ok":
            raise CommandError("The service runs without a worker. Start one with `python manage.py worker`.")

    def _play(self, name: str, category: Any, play_stage: Any, *, brief: bool) -> tuple[int, int]:
        from edubot.verify.checks import play

        checks = []
        self.stdout.write(name) if not brief else None
        for one in play(category, play_stage):
            checks.append(one)
            if not brief or one.ok is False:
                self.stdout.write(f"  {_MARK[one.ok]} {one.name}" + (f": {one.seen}" if one.seen else ""))
        wrong = sum(one.ok is False for one in checks)
        if brief:
            self.stdout.write(f"{_MARK[not wrong]} {name} ({len(checks)})")
        self.stdout.flush()
        return len(checks), wrong
