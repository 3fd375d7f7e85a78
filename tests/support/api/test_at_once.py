"""Two agents answer, assign and close over HTTP while the student ends the chat: one consistent ticket, one ending."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from conversations.bot.types import State
from support.models import Status, SupportTicket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Answer, Api, ClientFor

ENDINGS = ("Hey Ada! What would you like to do?", "Thank you for contacting support!")  # the student's, and the team's


def asked(start: Barrier, api: Api, method: str, path: str, body: object, **headers: str) -> Answer:
    """The answer to a request that waits for the others; on a connection of its own."""
    start.wait()
    try:
        return api.send(method, path, body, **headers)
    finally:
        connection.close()


def waited(start: Barrier, phone: Phone) -> None:
    """The student's last tap is handled."""
    start.wait()
    try:
        phone.waits()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_all_of_it_at_the_same_moment_leaves_one_consistent_ticket(
    ticket: SupportTicket, phone: Phone, agent: User, other_agent: User, client_for: ClientFor
) -> None:
    phone.post(phone.message("interactive", pressed=("end_chat", "End Chat")))
    path = f"/api/support/tickets/{ticket.pk}"
    work = [
        (client_for(who), method, where, body | {"take": True})
        for who in (agent, other_agent)
        for method, where, body in (
            ("POST", f"{path}/messages?sender_type=admin", {"message": f"This is {who.username}."}),
            ("PATCH", path, {"assigned_admin_id": who.pk}),
            ("PATCH", path, {"status": "CLOSED"}),
        )
    ]
    start = Barrier(len(work) + 1)
    with ThreadPoolExecutor(len(work) + 1) as pool:
        student = pool.submit(waited, start, phone)
        answers = list(pool.map(partial(asked, start), *zip(*work, strict=True)))
    student.result()
    phone.waits()

    refused = [answer.json()["error_code"] for answer in answers if answer.status_code >= 400]
    assert set(refused) <= {"TICKET_CLOSED"}
    ticket.refresh_from_db()
    conversation = phone.conversation
    assert (ticket.status, conversation.state) == (Status.CLOSED, State.IDLE)
    changes = list(ticket.changes.order_by("pk").values_list("field", "after"))
    assert changes.count(("status", "CLOSED")) == 1
    assert (ticket.assigned_admin and ticket.assigned_admin.username) == [
        after for field, after in changes if field == "assigned_admin"
    ][-1]

    said = conversation.messages.filter(sender="admin")
    arrived = [one.text for one in phone.channel.sent]
    assert said.count() == [answer.status_code for answer in answers].count(201)
    assert sorted(f"🎧 Support Team: {one.text}" for one in said) == sorted(one for one in arrived if "🎧" in one)
    assert not said.filter(created_at__gt=ticket.closed_at).exists()
    assert ticket.entries.filter(message__in=said).count() == said.count()
    assert (ticket.first_response_at is not None) == said.exists()
    assert sum(any(words in one for words in ENDINGS) for one in arrived) == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_sends_under_one_key_at_the_same_moment_are_one(
    ticket: SupportTicket, phone: Phone, agent: User, client_for: ClientFor, settings: Settings
) -> None:
    settings.API_SENDS_PER_MINUTE = 50
    token = client_for(agent).token
    path = "/api/admin/conversations/+2348012345678/chat-support/send"
    start = Barrier(50)

    def send(_number: int) -> Answer:
        return asked(start, Api(token), "POST", path, {"message": "Here it is."}, idempotency_key="k1")

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    (said,) = phone.conversation.messages.filter(sender="admin")
    assert ticket.entries.filter(message=said).count() == 1
    assert [one.text for one in phone.waits() if "🎧" in one.text] == ["🎧 Support Team: Here it is."]
