"""`manage.py after_restore`: what a person has to look at before anything is sent again."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from conversations import aftermath, gates
from conversations.models import Gate
from support.audit import audit_command

_SHOWN = 20


class Command(BaseCommand):
    """`restore` has paused sending already; after any other kind of restore, --taken does it."""

    help = (
        "After a restore: show what was on its way when the backup was taken, and, with --resume, let messages out "
        "again. After a restore by other means (a snapshot of your provider's), say --taken first, before any worker "
        "starts."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """One step or the other."""
        step = parser.add_mutually_exclusive_group()
        step.add_argument(
            "--taken", metavar="TIME", help="pause, and set aside what is older: 2026-11-29T08:30Z, the backup's moment"
        )
        step.add_argument("--resume", action="store_true", help="somebody has looked: messages may leave again")

    def handle(self, *, taken: str | None, resume: bool, **_: Any) -> None:
        """Do the step, and write down who did; then say how things stand."""
        with transaction.atomic():
            if taken:
                moment = _moment(taken)
                aftermath.shut(moment)
                audit_command("gate.pause", _paused(), taken=moment.isoformat())
            if resume:
                gate = _paused()
                aftermath.resume()
                audit_command("gate.resume", gate)
        self._tell()

    def _tell(self) -> None:
        waiting = aftermath.set_aside()
        count = waiting.count()
        self.stdout.write(f"{count:,} messages were on their way then and wait for a decision.")
        for message in waiting[:_SHOWN]:
            said = timezone.localtime(message.created_at)
            self.stdout.write(
                f"  message {message.pk} of conversation {message.conversation_id}: {message.get_sender_display()}, "
                f"{message.kind}, {said:%Y-%m-%d %H:%M}"
            )
        if count > _SHOWN:
            self.stdout.write("  …")
        if count:
            self.stdout.write(
                "Django admin → Messages, 'Waits for a person', lists them; 'Send again' sends what you tick."
            )
        self.stdout.write(
            "Sending is paused: after_restore --resume lets messages out." if _paused() else "Sending goes on."
        )


def _paused() -> Gate | None:
    """The gate by which a person stops all sending, where it is shut."""
    return Gate.objects.filter(name=gates.PAUSED).first()


def _moment(word: str) -> datetime:
    """A moment in ISO 8601, UTC unless it says otherwise. Raises CommandError for anything else, and the future."""
    try:
        moment = datetime.fromisoformat(word)
    except ValueError as error:
        raise CommandError("--taken wants a moment such as 2026-11-29T08:30Z.") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > timezone.now():
        raise CommandError("That moment is still to come.")
    return moment
