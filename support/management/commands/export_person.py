"""`manage.py export_person`: everything about one person, in one file."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from support.audit import audit_command
from support.privacy import export, named


class Command(BaseCommand):
    """Exits with 0 when the file is written, 1 when it cannot be, 2 for an unknown person."""

    help = "Write everything that is kept about a person (JSON, and the files) to one ZIP. The audit remembers it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and where to."""
        parser.add_argument("who", help="a phone, or a business-scoped user id")
        parser.add_argument("file", type=Path, help="the ZIP to write; it must not be there yet")

    def handle(self, *, who: str, file: Path, **_: Any) -> None:
        """Write, and say how much it is."""
        person = named(who)
        if person is None:
            raise CommandError("There is no such person.", returncode=2)
        try:
            with (
                transaction.atomic(),
                os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out,
            ):
                counts = export(person, out)
                audit_command("person.export", person.contact, rows=counts)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(", ".join(f"{count} {part.replace('_', ' ')}" for part, count in counts.items() if count))
