"""`manage.py migrate`: Django's own, as the owner of the database where MIGRATE_DATABASE_URL names one."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from edubot import owner


class Command(migrate.Command):
    """Afterwards the service's own database user may read and write what there is now."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then grant."""
        owner.become()
        super().handle(*args, **options)
        owner.grant()
