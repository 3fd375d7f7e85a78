"""`manage.py check_whatsapp`: what keeps WhatsApp from working, and how to mend it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand

from whatsapp.doctor import Finding, Level, Patient, examine

_MARKS = {Level.OK: "✓", Level.WARN: "!", Level.FAIL: "✗"}


class Command(BaseCommand):
    """Prints each finding with a mark, and below what is wrong how to mend it."""

    help = "Check token, number, webhook, address, clock, worker and more; say what is wrong and how to mend it."
    requires_system_checks = ()  # the doctor tells the same, and goes on

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """How to print, and which address to call."""
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")
        parser.add_argument("--public-url", default="", help="our address on the internet (default: PUBLIC_URL)")

    def handle(self, *, public_url: str, **options: Any) -> None:
        """Examine, print, and exit with 1 where something does not work."""
        findings = []
        for name, finding in examine(Patient(public_url)):
            findings.append((name, finding))
            if not options["json"]:
                self._tell(finding)
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(name, finding) for name, finding in findings], indent=2))
        if any(finding.level is Level.FAIL for _, finding in findings):
            raise SystemExit(1)

    def _tell(self, finding: Finding) -> None:
        self.stdout.write(f"{_MARKS[finding.level]} {finding.what}")
        if finding.mend:
            self.stdout.write(f"    → {finding.mend}")
        self.stdout.flush()


def _as_json(name: str, finding: Finding) -> dict[str, str]:
    return {"check": name, "level": finding.level.value, "what": finding.what, "mend": finding.mend}
