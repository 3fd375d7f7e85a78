"""WhatsApp's 24-hour window: whether staff may write freely, and with which templates where they may not."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from conversations.models import Conversation
from support.errors import WindowClosed
from support.models import MessageTemplate


def is_open(conversation: Conversation, now: datetime | None = None) -> bool:
    """Whether the person wrote in the last 24 hours (a margin aside, see `Conversation.is_window_open`)."""
    return conversation.is_window_open(now or timezone.now())


def check_open(conversation: Conversation) -> None:
    """Raise WindowClosed, with the templates that may reopen the window, unless staff may write freely."""
    if not is_open(conversation):
        raise WindowClosed(templates())


def templates() -> list[dict[str, object]]:
    """The templates that may reopen the window, by name."""
    return [described(template) for template in MessageTemplate.objects.filter(is_active=True)]


def described(template: MessageTemplate) -> dict[str, object]:
    """A template as clients see it."""
    return {
        "name": template.name,
        "language": template.language,
        "body": template.body,
        "parameter_count": template.parameter_count,
    }
