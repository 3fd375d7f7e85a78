"""`manage.py chat`: the bot in the terminal, through the real webhook and the real client."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

PHONE, NAME = "+234 803 000 0100", "Terminal"


class Command(BaseCommand):
    """Reads lines, sends them as a student's messages, prints what comes back."""

    help = (
        "Talk to the bot in the terminal, through the real webhook path and without a WhatsApp account. "
        "Works beside `make run` and alone. Reads a script from standard input, one message per line."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Who talks, and to which service."""
        parser.add_argument("--phone", default=PHONE, help="the student's number (default: %(default)s)")
        parser.add_argument("--name", default=NAME, help="the student's profile name (default: %(default)s)")
        parser.add_argument("--url", default="", help="a running service to use, such as http://127.0.0.1:8000")

    def handle(self, *, phone: str, name: str, url: str, **_: Any) -> None:
        """Talk until the input ends."""
        if not settings.SIMULATOR:
            raise CommandError("The chat needs the simulator: set DEBUG=true and SIMULATOR=true (see .env.example).")
        from whatsapp.simulator import phones, session  # their tables exist only where SIMULATOR is true
        from whatsapp.simulator.chat import Chat

        self._migrate()
        try:
            student = phones.find_or_add(phone, name)
        except phones.PhoneError as error:
            raise CommandError(str(error)) from error
        phones.set_presence(student.pk, online=True, reading=True)
        by_hand = sys.stdin.isatty()
        with _quiet(), session.running(url) as is_worker:
            chat = Chat(session.Session(student, fetches_files=is_worker), self._write)
            chat.introduce()
            with chat.watched() if by_hand else nullcontext():
                chat.converse(_typed if by_hand else self._scripted)
        phones.set_presence(student.pk, reading=False)

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)

    def _write(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _scripted(self) -> str | None:
        """The next line of a script, shown as if it were typed, so that the transcript reads like a chat."""
        line = sys.stdin.readline()
        if line:
            self._write(f"> {line.rstrip()}")
        return line.rstrip("\n") if line else None


@contextmanager
def _quiet() -> Iterator[None]:
    """The log of the service that runs in this process must not stand between the messages; warnings may."""
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _typed() -> str | None:
    try:
        return input("> ")
    except (EOFError, KeyboardInterrupt):
        return None
