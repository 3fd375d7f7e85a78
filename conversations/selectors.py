"""The lists that staff look at, as queries: which conversations, and which part of a thread."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q, QuerySet

from conversations.bot.types import State
from conversations.models import Conversation, Message
from conversations.models.thread import IN_TROUBLE

ACTIVE_FOR = timedelta(minutes=30)  # after the person's last message


class IsAnyOf(Func):
    """Whether a column is one of the few values that a query finds: a condition for `filter`.

    Unlike `IN`, which may join all rows, it has PostgreSQL find the values first and then their rows.
    """

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, column: str, values: QuerySet[Any, Any]) -> None:
        super().__init__(F(column), ArraySubquery(values))


def conversations(
    *,
    state: str | None = None,
    chat_support: bool | None = None,
    unread: bool | None = None,
    failed: bool | None = None,
) -> QuerySet[Conversation]:
    """The conversations in which something was said, with contact and last message. Ordered by `-last_message_at`."""
    rows = Conversation.objects.filter(last_message_at__isnull=False).select_related("contact", "last_message")
    if state is not None:
        rows = rows.filter(state=state)
    if chat_support is not None:
        live = Q(state=State.CHAT_SUPPORT_ACTIVE.value)
        rows = rows.filter(live if chat_support else ~live)
    if unread is not None:
        rows = rows.filter(Q(unread_count__gt=0) if unread else Q(unread_count=0))
    if failed is not None:
        troubled = Q(pk__in=Message.objects.filter(IN_TROUBLE).values("conversation"))
        rows = rows.filter(troubled if failed else ~troubled)
    return rows


def before(messages: QuerySet[Message], message_id: int | None, limit: int) -> list[Message]:
    """The newest `limit` messages before this one (None: of all), oldest first."""
    older = messages if message_id is None else messages.filter(pk__lt=message_id)
    return list(older.order_by("-pk")[:limit])[::-1]


def after(messages: QuerySet[Message], message_id: int, limit: int) -> list[Message]:
    """The oldest `limit` messages after this one, oldest first."""
    return list(messages.filter(pk__gt=message_id).order_by("pk")[:limit])


def around(messages: QuerySet[Message], message_id: int, limit: int) -> list[Message]:
    """`limit` messages with this one in the middle, oldest first; where one side is short the other is not longer."""
    later = limit // 2
    up_to = messages.filter(pk__lte=message_id).order_by("-pk").values("pk")[: limit - later]
    beyond = messages.filter(pk__gt=message_id).order_by("pk").values("pk")[:later]
    both = up_to.union(beyond) if later else up_to
    return list(messages.filter(pk__in=both).order_by("pk"))
