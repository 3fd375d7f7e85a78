"""A conversation is merged into another one between a request's look-up and its lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from conversations import people
from conversations.models import Conversation, Message
from support.models import MessageTemplate, SupportTicket
from support.services import Details, open_ticket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Answer, Api, ClientFor

GONE = "/api/admin/conversations/+2348087654321"


class Merging:
    """Merges two conversations at the moment at which the first lock of a conversation is asked for."""

    def __init__(self, kept: Conversation, gone: Conversation) -> None:
        self.pair, self.done = (kept, gone), False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Django's hook around every statement."""
        if not self.done and "FOR UPDATE" in sql and "conversations_conversation" in sql:
            self.merge()
        return execute(sql, params, many, context)

    def merge(self) -> None:
        """Now."""
        self.done = True
        with transaction.atomic():
            people.merge(*self.pair)

    def around(self, during: bool, request: Callable[[], Answer]) -> Answer:
        """The answer to a request in which the two are merged, or before which they were."""
        if not during:
            self.merge()
        with connection.execute_wrapper(self):
            answer = request()
        assert self.done, "the request locked nothing"
        return answer


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


@pytest.mark.parametrize("during", [True, False], ids=["while it is asked", "before"])
def test_a_message_is_sent_again_in_the_conversation_that_is_kept(
    desk: Api, two_halves: Merging, during: bool, other_phone: Phone
) -> None:
    stuck = Message.objects.filter(conversation=two_halves.pair[1], sender="bot").latest("pk")
    Message.objects.filter(pk=stuck.pk).update(delivery_status="failed")
    answer = two_halves.around(during, lambda: desk.post(f"/api/admin/messages/{stuck.pk}/retry"))
    assert answer.status_code == 200
    stuck.refresh_from_db()
    assert (stuck.conversation, stuck.delivery_status) == (two_halves.pair[0], "queued")


@pytest.mark.parametrize("during", [True, False], ids=["while it is asked", "before"])
def test_a_ticket_is_changed_in_the_conversation_that_is_kept(desk: Api, two_halves: Merging, during: bool) -> None:
    ticket = SupportTicket.objects.get(conversation=two_halves.pair[1])
    path = f"/api/support/tickets/{ticket.pk}"
    answer = two_halves.around(during, lambda: desk.patch(path, {"priority": "HIGH", "status": "IN_PROGRESS"}))
    assert (answer.status_code, answer.json()["data"]["phone_number"]) == (200, "+2348012345678")
    ticket.refresh_from_db()
    assert (ticket.conversation, ticket.priority, ticket.status) == (two_halves.pair[0], "HIGH", "IN_PROGRESS")


def test_a_ticket_that_another_has_absorbed_is_closed_and_stays_so(
    desk: Api, two_halves: Merging, supervisor: User
) -> None:
    absorbed = SupportTicket.objects.get(conversation=two_halves.pair[1])
    older = SupportTicket.objects.create(pk=absorbed.pk - 1, conversation=two_halves.pair[0])
    two_halves.merge()
    answer = desk.patch(f"/api/support/tickets/{absorbed.pk}", {"status": "IN_PROGRESS"})
    assert (answer.status_code, answer.json()["error_code"]) == (409, "TICKET_ACTIVE")
    assert desk.patch(f"/api/support/tickets/{older.pk}", {"status": "IN_PROGRESS"}).status_code == 200


def test_the_address_of_the_one_that_is_gone_means_nobody(desk: Api, two_halves: Merging) -> None:
    two_halves.merge()
    assert desk.patch(GONE, {"read": True}).status_code == 404
    assert desk.get(f"{GONE}/messages").status_code == 404
