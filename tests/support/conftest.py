"""The desk's tests play the same student as the domain's, and the team that answers."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection

from conversations.models import Conversation
from support.models import Status, SupportTicket
from tests.conversations.conftest import Phone, channel, lead, other_phone, phone, student

__all__ = ["channel", "lead", "other_phone", "phone", "student"]


def member(username: str, group: str) -> User:
    """Somebody of the team in one of its groups (a test that commits empties the tables, the groups' too)."""
    user = User.objects.create_user(username, f"{username}@school.example", is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user


@pytest.fixture
def grace(db: None) -> User:
    """An agent."""
    return member("grace", "agent")


@pytest.fixture
def tunde(db: None) -> User:
    """Another agent."""
    return member("tunde", "agent")


@pytest.fixture
def amina(db: None) -> User:
    """A supervisor."""
    return member("amina", "supervisor")


@pytest.fixture
def ticket(student: Conversation, phone: Phone) -> SupportTicket:
    """The ticket of a student who has just asked for a person."""
    phone.taps("support")
    return SupportTicket.objects.get(status=Status.OPEN)


def together(*works: Callable[[], object]) -> list[Exception]:
    """Do all of this at the same moment, each in a thread with a connection of its own; what was raised."""
    start, raised = Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001  (the test judges)
            raised.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised
