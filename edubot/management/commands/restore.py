"""`manage.py restore`: a backup back into the database, or, to prove it, into a scratch database beside it."""

from __future__ import annotations

import argparse
import os
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from conversations import aftermath, inbox
from edubot import owner
from edubot.processes import manage
from edubot.progress import bar
from edubot.recovery import RecoveryError, archive, programs, restore
from edubot.recovery.archive import Manifest

_CHECKS = ("migrate", "prove")  # commands that must succeed on what came out; those of them that there are


class Command(BaseCommand):
    """Exits with 0 when everything is back (or, with --verify, would be), else with 1 and the database as it was."""

    help = (
        "Put a backup back; sending stays paused until `after_restore --resume`. With --verify: restore it into a "
        "scratch database, check everything, and take that away again; the real database is not touched."
    )
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which file, and what for."""
        parser.add_argument("file", type=Path, help="a file that `backup` wrote")
        parser.add_argument("--verify", action="store_true", help="only prove that it can be restored")
        parser.add_argument(
            "--scratch",
            metavar="URL",
            help="an empty database for --verify, empty again afterwards; default: one is made",
        )
        parser.add_argument("--replace-everything", action="store_true", help="delete what the database holds now")

    def handle(self, *, file: Path, verify: bool, scratch: str | None, replace_everything: bool, **_: Any) -> None:
        """Restore or verify, and say what was found."""
        owner.become()
        try:
            manifest = archive.read_manifest(file)
            restore.check_version(manifest)
            if verify:
                self._verify(file, manifest, scratch)
            else:
                self._restore(file, manifest, replace=replace_everything)
        except RecoveryError as error:
            raise CommandError(str(error)) from error
        except psycopg.Error as error:
            raise CommandError(f"The database refused ({type(error).__name__}).") from error

    def _verify(self, file: Path, manifest: Manifest, url: str | None) -> None:
        with _scratch(url) as address:
            self._load(address, file, manifest)
            for command in (name for name in _CHECKS if name in get_commands()):
                self._run(command, address)
        self.stdout.write("The backup can be restored, and is whole.")

    def _restore(self, file: Path, manifest: Manifest, *, replace: bool) -> None:
        address = owner.address()
        restore.check_target(address, replace=replace)
        self._load(address, file, manifest)
        call_command("migrate", interactive=False, verbosity=0)
        inbox.drain_all()  # what was in hand when the backup was taken was answered then: its replies are set aside too
        aftermath.shut(manifest.moment, nothing_newer=True)
        self.stdout.write("Everything is back. Sending is paused. Next:")
        call_command("after_restore", stdout=self.stdout)

    def _load(self, address: programs.Address, file: Path, manifest: Manifest) -> None:
        restore.load(address, file, manifest, bar(self.stdout, "bytes", manifest.size))
        if different := restore.differences(address, manifest):
            raise CommandError("What came back is not what was saved: " + "; ".join(different))
        rows = sum(manifest.rows.values())
        self.stdout.write(f"✓ {rows:,} rows of {len(manifest.rows)} tables, every file whole")

    def _run(self, command: str, address: programs.Address) -> None:
        done = subprocess.run(  # noqa: S603  (our own)
            manage(command),
            env=os.environ | {"DATABASE_URL": programs.url(address), "MIGRATE_DATABASE_URL": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandError(f"`{command}` fails on what came back:\n{(done.stdout + done.stderr).strip()}")
        self.stdout.write(f"✓ {command}")


def _scratch(url: str | None) -> AbstractContextManager[programs.Address]:
    return restore.lent(programs.named(url)) if url else restore.scratch(owner.address())
