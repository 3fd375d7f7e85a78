"""`manage.py replay`: today's bot against a stored conversation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from conversations import people, replay
from conversations.models import Conversation
from conversations.received import Person

SHOWN_WORDS = 60  # characters
PROGRESS_EVERY = 100  # messages


class Command(BaseCommand):
    """Exits with 0 where today's bot decides as it did then, 1 where a decision differs, 2 for an unknown person."""

    help = "Play a stored conversation through today's bot and show where its decisions differ. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, and how much of their words may be shown."""
        parser.add_argument("who", help="a phone, a business-scoped user id, or the id of a conversation")
        parser.add_argument("--words", action="store_true", help="show the beginning of each message, too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Play, report, and set the exit code."""
        conversation = find(options["who"])
        if conversation is None:
            raise CommandError("There is no such person or conversation.", returncode=2)
        total, differing = replay.heard(conversation).count(), 0
        for number, played in enumerate(replay.play(conversation), start=1):
            self._progress(number, total)
            if played.differs:
                differing += 1
                self._show(played, with_words=options["words"])
        self.stdout.write(f"{differing} of {total} decisions differ.")
        if differing:
            raise SystemExit(1)

    def _show(self, played: replay.Played, *, with_words: bool) -> None:
        message, then = played.message, played.then
        when = timezone.localtime(message.created_at)
        words = f"  {message.text[:SHOWN_WORDS]!r}" if with_words else ""
        self.stdout.write(f"message {message.pk}  {when:%Y-%m-%d %H:%M:%S}  {message.kind}{words}")
        if then:
            self.stdout.write(f"  then  {then.rule} -> {then.to_state or 'failed'}")
        self.stdout.write(f"  now   {played.now.rule} -> {played.now.to_state}")

    def _progress(self, number: int, total: int) -> None:
        """One line that overwrites itself, where somebody looks at it and it takes a while."""
        if self.stderr.isatty() and total > PROGRESS_EVERY and (number % PROGRESS_EVERY == 0 or number == total):
            self.stderr.write(f"\r{number}/{total}", ending="" if number < total else "\n")


def find(who: str) -> Conversation | None:
    """The conversation of a phone (with or without `+`), of a user id, or with this id."""
    digits = who.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return people.find(Person(user_id=who))
    by_phone = people.find(Person(phone=f"+{digits}"))
    if by_phone or who.startswith("+") or len(digits) > 18:  # longer than any id
        return by_phone
    return Conversation.objects.select_related("contact").filter(pk=int(who)).first()
