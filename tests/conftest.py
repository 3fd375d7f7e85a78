"""Fixtures for every test."""

from __future__ import annotations

import pytest

from edubot import owner
from edubot.recovery import programs


@pytest.fixture(scope="session")
def database_address(django_db_setup: None) -> str:
    """The test database as a DATABASE_URL."""
    return programs.url(owner.address())


@pytest.fixture
def database_url(transactional_db: None, database_address: str) -> str:
    """DATABASE_URL for processes that this test starts: they see what the test writes, and it is gone afterwards."""
    return database_address
