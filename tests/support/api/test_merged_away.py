"""A conversation is merged into another one between a request's look-up and its lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from conversations import people
from conversations.models import Conversation
from support.models import MessageTemplate
from support.services import Details, open_ticket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Api, ClientFor

GONE = "/api/admin/conversations/+2348087654321"


class Merging:
    """Merges two conversations at the moment at which the first lock of a conversation is asked for."""

    def __init__(self, kept: Conversation, gone: Conversation) -> None:
        self.pair, self.done = (kept, gone), False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Django's hook around every statement."""
        if not self.done and "FOR UPDATE" in sql and '"conversations_conversation"' in sql:
            self.done = True
            with transaction.atomic():
                people.merge(*self.pair)
        return execute(sql, params, many, context)


@pytest.fixture
def desk(supervisor: User, client_for: ClientFor) -> Api:
    """A supervisor's program, and a template to send."""
    MessageTemplate.objects.create(name="we_answered", language="en", body="We have an answer.")
    return client_for(supervisor)


@pytest.fixture
def two_halves(student: Conversation, other_phone: Phone, supervisor: User) -> Merging:
    """A student, and a younger record of the same person with a ticket of its own."""
    other_phone.says("hi")
    open_ticket(other_phone.conversation, supervisor, Details())
    return Merging(student, other_phone.conversation)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"read": True}),
        ("POST", "/chat-support/start", {}),
        ("POST", "/chat-support/send", {"message": "Hello"}),
        ("POST", "/chat-support/end", {}),
        ("POST", "/templates", {"name": "we_answered", "language": "en", "parameters": []}),
        ("POST", "/notes", {"message": "Call her."}),
    ],
)
def test_who_comes_too_late_finds_nobody(
    desk: Api, two_halves: Merging, method: str, path: str, body: dict[str, Any]
) -> None:
    with connection.execute_wrapper(two_halves):
        answer = desk.send(method, GONE + path, body)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "NOT_FOUND")
    assert two_halves.done, "the request locked nothing"
