"""The database's two users: the owner, who may change tables, and the one that the service runs as, who may not.

With MIGRATE_DATABASE_URL set, `migrate`, `backup` and `restore` work as the owner and give the other one what it needs
to read and write rows. Without it there is one user for everything.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection

_PARTS = ("HOST", "NAME", "PASSWORD", "PORT", "USER")


def become() -> None:
    """From here on this process works as the owner, where there is one."""
    if settings.MIGRATE_DATABASE_URL:
        connection.close()
        ours, theirs = connection.settings_dict, settings.OWNER_DATABASE
        options = ours["OPTIONS"] | theirs.get("OPTIONS", {})  # its sslmode, for one
        ours.update({part: theirs[part] for part in _PARTS} | {"OPTIONS": options})


def address() -> dict[str, Any]:
    """How libpq reaches the database of this process, under a name by which its own work is told from the service's."""
    connection.close()
    params = connection.get_connection_params()
    ours = ("context", "cursor_factory", "prepare_threshold", "server_side_binding", "client_encoding")
    return {name: value for name, value in params.items() if name not in ours} | {"application_name": "recovery"}


def grant() -> None:
    """Let the service's user read and write every table. Nothing happens where it is the owner."""
    if not settings.MIGRATE_DATABASE_URL or settings.OWNER_DATABASE["USER"] == settings.SERVICE_DATABASE_USER:
        return
    with connection.cursor() as cursor:
        for statement in _GRANTS:
            cursor.execute(statement.format(connection.ops.quote_name(settings.SERVICE_DATABASE_USER)))


_GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
)
