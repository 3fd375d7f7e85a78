"""A program that speaks to the small API of `desk.py`."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from tests.support.api.conftest import Api, ClientFor, _quick_hashing, agent, api, client_for, other_agent

__all__ = ["_quick_hashing", "agent", "api", "client_for", "other_agent", "staff"]


@pytest.fixture
def staff(agent: User, client_for: ClientFor) -> Api:
    """The same, logged in."""
    return client_for(agent)
