"""`manage.py export_person`: everything about one person, in one file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from conversations.storage import StoreError
from edubot.drafts import whole
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
            with whole(file) as out, transaction.atomic():
                counts, missing = export(person, out)
                audit_command("person.export", person.contact, rows=counts)
        except StoreError as error:
            raise CommandError(f"{error} Nothing was written: try again later.") from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(", ".join(f"{count} {part.replace('_', ' ')}" for part, count in counts.items() if count))
        if missing:
            self.stdout.write(f"No longer stored, and so not in it: {', '.join(missing)}.")
