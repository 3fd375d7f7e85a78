"""`manage.py erase_person`: a person's data is gone, and the database is searched for what might be left."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from conversations.people import Busy
from conversations.storage import StoreError
from edubot.progress import bar
from support.audit import audit_command
from support.privacy import Person, erase, named, traces
from support.privacy.traces import count


class Command(BaseCommand):
    """Exits with 0 when nothing is left, 1 when something is or nothing was done, 2 for an unknown person."""

    help = (
        "Erase a person: words, files, names, addresses. Figures stay, without them. It cannot be undone; backups made "
        "before still hold it. The audit remembers that it was done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and whether to ask."""
        parser.add_argument("who", help="a phone, or a business-scoped user id")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, who: str, yes: bool, **_: Any) -> None:
        """Ask, erase, and look everywhere for what is left."""
        person = named(who)
        if person is None:
            raise CommandError("There is no such person.", returncode=2)
        if not yes and not self._confirmed(person):
            raise CommandError("Nothing was done.")
        addresses = person.addresses
        try:
            with transaction.atomic():
                counts = erase(person)
                audit_command("person.erase", person.contact, rows=counts)
        except Busy as busy:
            raise CommandError("A message to this person is on its way. Try again in a minute.") from busy
        except StoreError as error:
            raise CommandError(f"{error} Nothing was erased: try again later.") from error
        self.stdout.write(", ".join(f"{count} {part.replace('_', ' ')}" for part, count in counts.items() if count))
        self._look(addresses)

    def _confirmed(self, person: Person) -> bool:
        messages = person.rows("messages").count()
        asked = f"Erase contact {person.contact.pk} with {messages} messages for good? Type erase: "
        try:
            return input(asked).strip() == "erase"
        except EOFError as error:
            raise CommandError("Nothing was done: there is nobody to be asked. Say --yes.") from error

    def _look(self, addresses: list[str]) -> None:
        if left := traces(addresses, bar(self.stdout, "tables searched", count())):
            raise CommandError(f"Other places still name this person: {', '.join(left)}.")
        self.stdout.write("Nothing in the database names this person any more.")
