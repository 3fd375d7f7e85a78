"""The database backend `edubot.db_embedded`: Django's own for PostgreSQL, connecting to the embedded server.

The server is joined when connection parameters are asked for, so only a command that really connects starts it. Its
directory is `settings.EMBEDDED_POSTGRES_DIR`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base, client
from psycopg import sql

from edubot.postgres import join, program


class DatabaseClient(client.DatabaseClient):
    """`manage.py dbshell`, with the psql that came with the server."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """The command line of psql, and what it adds to the environment."""
        server = join(settings.EMBEDDED_POSTGRES_DIR)
        address = {"HOST": server["host"], "PORT": server["port"], "USER": server["user"]}
        (_, *arguments), environment = super().settings_to_cmd_args_env(settings_dict | address, parameters)
        return [str(program("psql")), *arguments], environment


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to a database of the embedded server. A database that is missing is created, empty."""

    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        """Django's parameters, with the address of the server; `EmbeddedPostgresError` where it cannot be had."""
        params = super().get_connection_params()
        _create_missing(settings.EMBEDDED_POSTGRES_DIR, params["dbname"])
        return {**join(settings.EMBEDDED_POSTGRES_DIR), **params}


@cache
def _create_missing(directory: Path, name: str) -> None:
    with psycopg.connect(**join(directory), autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
            return
        # Another process may create it at the same moment: PostgreSQL then reports either of the two.
        with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
