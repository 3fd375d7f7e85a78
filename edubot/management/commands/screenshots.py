"""`manage.py screenshots`: the pictures of README and docs, made anew from the service as it is."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from edubot.processes import NotReadyError
from edubot.screenshots import stage
from edubot.screenshots.service import service

IMAGES = settings.BASE_DIR / "docs" / "images"


class Command(BaseCommand):
    """Starts a service of its own, fills it with the demo, and photographs every page; exit code 1 where one fails."""

    help = (
        "Take the pictures of README and docs: every page, light and dark, on a desk and on a phone. Runs a service of "
        "its own over a scratch database; needs playwright (requirements-dev.txt) and Chromium. Touches no other data."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which pictures, and where to."""
        parser.add_argument("names", nargs="*", metavar="NAME", help="default: all; `--list` names them")
        parser.add_argument("--list", dest="lists", action="store_true", help="name the pictures and stop")
        parser.add_argument(
            "--output", type=Path, default=IMAGES, help=f"default: {IMAGES.relative_to(settings.BASE_DIR)}"
        )
        parser.add_argument("--conversations", type=int, default=40, metavar="N", help="of the demo (default: 40)")

    def handle(self, *, names: list[str], lists: bool, output: Path, conversations: int, **_: Any) -> None:
        """Start, play, photograph, and throw the service away."""
        if find_spec("playwright") is None:
            raise CommandError("The pictures need playwright: pip install -r requirements-dev.txt.")
        from playwright.sync_api import Error as BrowserError

        from edubot.screenshots import camera, take
        from edubot.screenshots.table import PICTURES

        known = dict.fromkeys(picture.name for picture in PICTURES)
        if lists:
            self.stdout.write("\n".join(known))
            return
        if unknown := set(names) - set(known):
            raise CommandError(f"No picture is called {', '.join(sorted(unknown))}: `manage.py screenshots --list`.")
        chromium = camera.chromium()
        if chromium is None:
            raise CommandError("The pictures need Chromium: install Debian's `chromium`, or Google Chrome.")
        wanted = take.shots([picture for picture in PICTURES if not names or picture.name in names])
        home = Path(tempfile.mkdtemp(prefix="edubot-screenshots-"))
        home.chmod(0o711)  # PostgreSQL may run as another user
        try:
            with service(home, conversations, self._say) as running:
                stage.play(running, self._say)
                size = sum(file.stat().st_size for file in take.take(wanted, running, chromium, output, self._say))
        except (NotReadyError, BrowserError) as error:
            raise CommandError(str(error)) from error
        finally:
            shutil.rmtree(home, ignore_errors=True)
        self.stdout.write(f"{len(wanted)} pictures in {output}, {size / 1000:,.0f} kB.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
