"""`manage.py support_alerts`: the periodic alerts by hand."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from support import alerts
from support.alerts import Letter
from support.tasks import send_mail


class Command(BaseCommand):
    """Looks for what there is to tell and mails it here and now; the worker does the same by the clock."""

    help = "Mail staff about unassigned and unresolved tickets, trouble with WhatsApp, and database growth."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The kinds, and how far to go."""
        parser.add_argument(
            "--only", action="append", choices=list(alerts.BY_NAME), help="this kind alone (may be repeated)"
        )
        parser.add_argument(
            "--anyway", action="store_true", help="also in quiet hours, and what was mailed a moment ago"
        )
        parser.add_argument("--dry-run", action="store_true", help="print the mails instead of sending them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Decide, then send. A mail that cannot be sent now is left to the worker, and the exit code says so."""
        kinds = [alerts.BY_NAME[name] for name in options["only"] or alerts.BY_NAME]
        letters: list[Letter] = []
        with transaction.atomic():
            told = alerts.run(kinds, anyway=options["anyway"], post=letters.append)
            transaction.set_rollback(options["dry_run"])
        for one in told:
            self.stdout.write(f"{one.kind.name}: {one.why_not or f'{one.things} to {one.people} people'}")
        if options["dry_run"]:
            self._show(letters)
        else:
            self._send(letters)

    def _show(self, letters: list[Letter]) -> None:
        for letter in letters:
            self.stdout.write(f"\nTo {letter.to}: {letter.subject}\n\n{letter.body}")

    def _send(self, letters: list[Letter]) -> None:
        stuck = [letter for letter in letters if not self._sent(letter)]
        if stuck:
            raise CommandError(f"{len(stuck)} mails could not be sent now; the worker tries again.")

    def _sent(self, letter: Letter) -> bool:
        try:
            alerts.send(letter)
        except OSError as error:
            self.stderr.write(f"The mail server refused: {type(error).__name__}.")
            send_mail.defer(to=letter.to, subject=letter.subject, body=letter.body)
            return False
        return True
