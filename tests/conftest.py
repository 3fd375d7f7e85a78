"""Fixtures for every test."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def database_address(django_db_setup: None) -> str:
    """The test database as a DATABASE_URL."""
    params = connection.get_connection_params()
    name, host, port = params["dbname"], params.get("host", ""), params.get("port", "")
    user, password = (quote(params.get(part) or "", safe="") for part in ("user", "password"))
    who = f"{user}:{password}" if password else user
    if host.startswith("/"):  # a directory with the server's socket
        return f"postgres://{who}@:{port}/{quote(host)}/{name}"
    return f"postgres://{who}@{host}:{port}/{name}"


@pytest.fixture
def database_url(transactional_db: None, database_address: str) -> str:
    """DATABASE_URL for processes that this test starts: they see what the test writes, and it is gone afterwards."""
    return database_address
