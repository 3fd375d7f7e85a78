"""Puts the defect in place once everything is loaded."""

from __future__ import annotations

import os

from django.apps import AppConfig


class Mutated(AppConfig):
    """The application that spoils the others."""

    name = "tests.storm"

    def ready(self) -> None:
        """Spoil what EDUBOT_MUTANT names."""
        if name := os.environ.get("EDUBOT_MUTANT"):
            from tests.storm.mutants import MUTANTS

            MUTANTS[name]()
