"""A ticket on the desk of Django admin, and the team at its browsers."""

from __future__ import annotations

import pytest

from conversations.models import Conversation
from support.models import SupportTicket
from tests.conversations.admin.conftest import agent, boss, onlooker, sit, supervisor
from tests.conversations.conftest import Phone

__all__ = ["agent", "boss", "onlooker", "sit", "supervisor"]


@pytest.fixture
def ticket(student: Conversation, phone: Phone) -> SupportTicket:
    """The ticket of a student who has asked for a person and said why."""
    phone.taps("support")
    phone.says("My photo was refused")
    return SupportTicket.objects.get()
