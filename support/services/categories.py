"""What a ticket is about, and the answer that a category gives by itself."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils import timezone

from conversations import outbox
from conversations.models import Conversation
from support.models import By, Category, SupportTicket
from support.services import base
from support.services.window import is_open


def set_category(ticket: SupportTicket, category: Category | None, staff: User, *, take: bool = False) -> SupportTicket:
    """Say what a ticket is about. The first category it gets gives its automatic answer.

    Raises NoSuchTicket, Forbidden, AssignedToOther.
    """
    with base.locked(ticket.pk) as (conversation, current):
        base.check_hand(current, staff, take=take)
        before, current.category = current.category, category
        if before == category:
            return current
        current.save(update_fields=["category", "updated_at"])
        base.note_change(current, "category", _name(before), _name(category), by=By.STAFF, staff=staff)
        if before is None:
            say_first_answer(conversation, current)
        return current


def say_first_answer(conversation: Conversation, ticket: SupportTicket) -> None:
    """Let the bot give the category's answer, once, to somebody whom nobody has answered yet. Lock is held.

    Outside the 24-hour window nothing is said: WhatsApp would refuse it.
    """
    words = ticket.category.first_answer.strip() if ticket.category and ticket.category.is_active else ""
    said_before = ticket.first_answer_sent_at or ticket.first_response_at
    if not words or said_before or not ticket.is_active or not is_open(conversation):
        return
    base.enter(ticket, outbox.post(conversation, words))
    ticket.first_answer_sent_at = timezone.now()
    ticket.save(update_fields=["first_answer_sent_at", "updated_at"])


def _name(category: Category | None) -> str:
    return category.name if category else ""
