"""Sending again what did not arrive."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from conversations import outbox
from conversations.models import Message
from conversations.records import lock_owner
from support import access
from support.access import Right
from support.services import base


def retry(message: Message, staff: User) -> None:
    """Queue a message again that failed, or whose outcome nobody knows.

    Whoever has the conversation's present ticket decides about its messages. Raises NotRetryable, Forbidden and
    AssignedToOther.
    """
    access.require(staff, Right.ANSWER)
    with transaction.atomic():
        ticket = base.present_ticket(lock_owner(messages=message.pk))
        if ticket:
            access.check_own(staff, ticket)
        outbox.retry(message)
