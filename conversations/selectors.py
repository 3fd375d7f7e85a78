"""The lists that staff look at, as queries: which conversations, and which part of a thread."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db.models import Q, QuerySet

from conversations.bot.types import State
from conversations.models import Conversation, Message

MOST_HITS = 50
FEWEST_DIGITS = 4  # fewer would find half of the phones there are
ACTIVE_FOR = timedelta(minutes=30)  # after the person's last message

_PHONE = re.compile(r"\+?[\d\s().-]+", re.ASCII)
_WORD = re.compile(r"\w+")


def conversations(
    *,
    search: str = "",
    state: str | None = None,
    chat_support: bool | None = None,
    unread: bool | None = None,
) -> QuerySet[Conversation]:
    """The conversations in which something was said, with contact and last message. Order them by `-last_message_at`.

    `search` finds phones by their first or last four or more digits, and names by words and word beginnings: the newest
    MOST_HITS of what the other filters leave.
    """
    rows = Conversation.objects.filter(last_message_at__isnull=False).select_related("contact", "last_message")
    if state is not None:
        rows = rows.filter(state=state)
    if chat_support is not None:
        live = Q(state=State.CHAT_SUPPORT_ACTIVE.value)
        rows = rows.filter(live if chat_support else ~live)
    if unread is not None:
        rows = rows.filter(Q(unread_count__gt=0) if unread else Q(unread_count=0))
    return _newest_hits(rows, search) if search else rows


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
    return [*before(messages, message_id + 1, limit - later), *after(messages, message_id, later)]


def _newest_hits(rows: QuerySet[Conversation], search: str) -> QuerySet[Conversation]:
    hits = rows.filter(_is_phone(search) | _is_name(search)).order_by("-last_message_at", "-pk")
    return rows.filter(pk__in=hits.values("pk")[:MOST_HITS])


def _is_phone(search: str) -> Q:
    digits = re.sub(r"\D", "", search)
    if len(digits) < FEWEST_DIGITS or not _PHONE.fullmatch(search):
        return Q(pk__in=())
    return Q(contact__phone__startswith=f"+{digits}") | Q(contact__phone__endswith=digits)


def _is_name(search: str) -> Q:
    """Every word of the search begins a word of the registered name, or of the profile name."""
    words = _WORD.findall(search)
    return _with_words("contact__name", words) | _with_words("contact__profile_name", words)


def _with_words(column: str, words: list[str]) -> Q:
    if not words:
        return Q(pk__in=())
    found = Q()
    for (
        word
    ) in words:  # `\w+` holds nothing that means something in a pattern; `\m` is PostgreSQL's beginning of a word
        found &= Q(**{f"{column}__iregex": rf"\m{word}"})
    return found
