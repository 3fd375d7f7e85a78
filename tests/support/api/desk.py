"""One of each role around the world, and what may have happened there before somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from conversations.models import Conversation, Homework, Message, Payment
from support import services
from support.models import Status, SupportTicket
from tests.support.api.conftest import Api
from tests.support.api.world import World

PERSON, TICKETS, HOMEWORK = "/api/admin/conversations/{phone}", "/api/support/tickets", "/api/admin/homework"
CHAT, TICKET, ONE_HOMEWORK = f"{PERSON}/chat-support", f"{TICKETS}/{{ticket_id}}", f"{HOMEWORK}/{{homework_id}}"
PAYMENT, RETRY = "/api/admin/payments/{payment_id}/status", "/api/admin/messages/{message_id}/retry"
LOGOUT = "/api/admin/logout"


@dataclass
class Desk:
    """The world, and those who ask."""

    world: World
    admin: Api
    agent: Api
    reader: Api
    boss: User
    colleague: User
    ticket: SupportTicket

    @property
    def conversation(self) -> Conversation:
        """The student's."""
        return self.ticket.conversation


Prepare = Callable[[Desk], object]


def as_it_is(desk: Desk) -> None:
    """Nothing happens before."""


def ended(desk: Desk) -> None:
    """The chat has been ended."""
    services.end_chat(desk.conversation, desk.boss)


def opened_again(desk: Desk) -> None:
    """The chat has been ended, and an integrator has opened the next ticket: the first one is closed."""
    ended(desk)
    services.open_ticket(desk.conversation, desk.boss)


def resolved_beside_another(desk: Desk) -> None:
    """A ticket was resolved, its chat is over, and another one is active."""
    opened_again(desk)
    SupportTicket.objects.filter(pk=desk.ticket.pk).update(status=Status.RESOLVED)


def taken(desk: Desk) -> None:
    """A colleague has the ticket and the homework."""
    present = services.present_ticket(desk.conversation)
    assert present
    services.take(present, desk.colleague)
    Homework.objects.update(assigned_admin=desk.colleague)


def opened_and_taken(desk: Desk) -> None:
    """There is no chat, but a ticket, and a colleague has it."""
    opened_again(desk)
    taken(desk)


def long_ago(desk: Desk) -> None:
    """The student wrote for the last time yesterday."""
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))


def ended_long_ago(desk: Desk) -> None:
    """And the chat is over."""
    ended(desk)
    long_ago(desk)


def failed(desk: Desk) -> None:
    """The message did not arrive."""
    Message.objects.update(delivery_status="failed", failed_at=timezone.now())


def homework_is(status: str) -> Prepare:
    """The homework has this status."""
    return lambda _desk: Homework.objects.update(status=status)


def paid(desk: Desk) -> None:
    """The payment has arrived."""
    Payment.objects.update(status="SUCCESS")


BEFORE: dict[tuple[str, str, int], Prepare] = {
    ("POST", f"{CHAT}/start", 200): ended,
    ("POST", TICKETS, 201): ended,
    ("POST", RETRY, 200): failed,
}
