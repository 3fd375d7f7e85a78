"""`manage.py backup`: database and media in one file, while everything goes on."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from edubot import owner
from edubot.progress import bar
from edubot.recovery import RecoveryError, dump


class Command(BaseCommand):
    """Exits with 0 when the whole file is on disk, else with 1 and no file."""

    help = "Save the database, media included, in one file. Web and worker may go on. Prove it with restore --verify."
    requires_migrations_checks = True

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("file", type=Path, help="the file to write; it must not be there yet")

    def handle(self, *, file: Path, **_: Any) -> None:
        """Save, and say what was saved."""
        owner.become()
        connection.ensure_connection()  # what keeps the owner out is told as anywhere (edubot.database.explain)
        address = owner.address()
        with psycopg.connect(**address) as reader:
            whole = dump.size(reader)
        try:
            manifest = dump.backup(address, file, bar(self.stdout, "bytes at most", whole))
        except RecoveryError as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest.rows.values())
        self.stdout.write(
            f"{file}: {rows:,} rows of {len(manifest.rows)} tables, {file.stat().st_size:,} bytes, "
            f"as of {manifest.moment:%Y-%m-%d %H:%M:%S} UTC."
        )
