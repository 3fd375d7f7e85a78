"""`manage.py seed_demo`: a believable desk to look at and to measure."""

from __future__ import annotations

import argparse
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from edubot.demo import build
from edubot.demo import clear as out
from edubot.progress import bar

_PER_CONVERSATION = 30


class Command(BaseCommand):
    """Adds invented people with conversations, tickets, homework and payments; or takes them out again."""

    help = (
        "Add a believable desk: invented people, chats in every state, tickets, homework, payments. Run again, it adds "
        "more. Nothing is sent. --clear takes out what was added, and nothing else."
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """How much, or out with it."""
        parser.add_argument("--conversations", type=int, default=40, metavar="N", help="default: 40")
        parser.add_argument("--messages", type=int, metavar="N", help="in all; default: 30 per conversation")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same desk")
        parser.add_argument("--clear", action="store_true", help="remove the demo's people and staff, and nothing else")
        parser.add_argument("--yes", action="store_true", help="do it in production, too")

    def handle(self, *, conversations: int, messages: int | None, seed: int, clear: bool, yes: bool, **_: Any) -> None:
        """Build or clear, and say how it went."""
        if not settings.DEBUG and not yes:
            raise CommandError("This is production. Add --yes if invented people are really to stand among the real.")
        if clear:
            self._clear()
        else:
            self._build(conversations, _PER_CONVERSATION * conversations if messages is None else messages, seed)

    def _build(self, conversations: int, messages: int, seed: int) -> None:
        if conversations < 1:
            raise CommandError("At least one conversation, please.")
        began, show = time.monotonic(), bar(self.stdout, "messages", messages)
        show(0)
        try:
            build.build(conversations, messages, seed, progress=show)
        except ValueError as error:
            raise CommandError(str(error)) from error
        seconds = time.monotonic() - began
        self.stdout.write(f"{conversations:,} conversations with {messages:,} messages in {seconds:,.1f} s.")

    def _clear(self) -> None:
        people = out.count()
        gone = out.clear(bar(self.stdout, "people", people))
        self.stdout.write(f"{gone:,} people of the demo are gone.")
