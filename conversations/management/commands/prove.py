"""`manage.py prove`: whether the stored data keep the promises about messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from conversations.proof import GRACE, Proof, prove
from conversations.proof.checks import KINDS


class Command(BaseCommand):
    """Exits with 0 where every promise was kept, with 1 where one was broken."""

    help = (
        "Check the promises about messages (docs/quality.md, 1 to 6) over everything that is stored. Changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How patient to be."""
        parser.add_argument(
            "--grace",
            type=float,
            default=GRACE.total_seconds(),
            metavar="SECONDS",
            help="how long something may wait while workers are alive (default: %(default)g)",
        )

    def handle(self, *, grace: float, **_: Any) -> None:
        """Ask, tell, and set the exit code."""
        proof = prove(timedelta(seconds=grace))
        self.stdout.write(summary(proof))
        for breach in proof.breaches:
            ids = ", ".join(map(str, breach.ids)) + (", …" if breach.count > len(breach.ids) else "")
            self.stdout.write(f"✗ promise {breach.check.promise}: {breach.check.sentence} ({breach.count:,}: {ids})")
        if proof.breaches:
            raise SystemExit(1)


def summary(proof: Proof) -> str:
    """The line that tells everything: what was counted, and every kind of breach."""
    broken = [f"{proof.count(kind):,} {kind}" for kind in KINDS]
    counted = [f"{proof.webhooks:,} webhooks", f"{proof.unique:,} unique", *broken]
    told = [f"{proof.unknown:,} unknown sends", f"{proof.twice:,} sent twice", f"{proof.put_aside:,} put aside"]
    return ", ".join([*counted, *told])
