"""Finding messages by their words, and conversations by names and phones as well, in bounded time.

MOST_HITS at most, the newest.

A rare word is looked up in the index of words, whole. A common one would fetch too many rows that way, so its newest
messages are looked through first: of 5,000 messages, one in a hundred makes 50 hits. What is common in the long run but
not lately is then looked up in the index: among the newest 300,000 messages, and only then as far back as the search
goes.

`pk + 0` keeps PostgreSQL from walking all messages backwards in the hope of 50 hits that may not be there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Max, Q, QuerySet, Value
from django.utils import timezone

from conversations.models import Contact, Conversation, Message
from conversations.words import Joined, Matches, Wanted, Words

MOST_HITS = 50
COMMON = 20_000  # messages that have the words, by the planner's estimate
COMMON_FOR = timedelta(days=90)  # how far back common words are searched unless the caller says
LOOKED_THROUGH, LOOKED_UP = 5_000, 300_000  # messages
EVERYTHING, NOTHING = Q(), Q(pk__in=())
FEWEST_DIGITS = 4  # fewer would find half of the phones there are
_PHONE = re.compile(r"\+?[\d\s().-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hits:
    """Ids of what was found, newest first, and since when messages were searched (None: from the beginning)."""

    ids: list[int]
    since: datetime | None


def messages(typed: str, *, since: datetime | None = None, among: Q = EVERYTHING) -> Hits:
    """The newest messages with all these words, at most MOST_HITS; `among` narrows them down.

    A very common word is searched for COMMON_FOR only, unless `since` says how far back to go. At most five statements.
    """
    condition = Q(Matches(Words("text"), Wanted(Value(typed))))
    found = Message.objects.filter(condition)
    if not _is_common(found):
        return Hits(_looked_up(found.filter(among), since), since)
    since = since or timezone.now() - COMMON_FOR
    found, latest = found.filter(among), Message.objects.aggregate(pk=Max("pk"))["pk"] or 0
    lately = found.filter(pk__gt=latest - LOOKED_THROUGH, created_at__gte=since).order_by("-pk")
    hits = list(lately.values_list("pk", flat=True)[:MOST_HITS])
    for nearer in (found.filter(pk__gt=latest - LOOKED_UP), found):
        if len(hits) < MOST_HITS:
            hits = _looked_up(nearer, since)
    return Hits(hits, since)


def conversations(
    typed: str, rows: QuerySet[Conversation], *, since: datetime | None = None, among: Q = EVERYTHING
) -> Hits:
    """The newest of these conversations whose phone, name or messages are meant, at most MOST_HITS.

    At most eight statements. `among` says of messages what `rows` says of conversations.
    """
    order = ("-last_message_at", "-pk")
    meant = rows.filter(contact__in=Contact.objects.filter(is_phone(typed) | _is_name(typed)))
    people = list(meant.order_by(*order).values_list("pk", flat=True)[:MOST_HITS])
    said = messages(typed, since=since, among=among)
    speakers = Message.objects.filter(pk__in=said.ids).values("conversation")
    found = rows.filter(Q(pk__in=people) | Q(pk__in=speakers)).order_by(*order)
    return Hits(list(found.values_list("pk", flat=True)[:MOST_HITS]), said.since)


def is_phone(typed: str) -> Q:
    """Contacts whose phone begins or ends with these digits, FEWEST_DIGITS or more."""
    digits = re.sub(r"\D", "", typed, flags=re.ASCII)
    if len(digits) < FEWEST_DIGITS or not _PHONE.fullmatch(typed):
        return NOTHING
    return Q(phone__startswith=f"+{digits}") | Q(phone__iendswith=digits)  # the latter as the index `contact_parts` is


def _is_name(typed: str) -> Q:
    """Contacts whose registered name and profile name hold these words."""
    return Q(Matches(Words(Joined("name", "profile_name")), Wanted(Value(typed))))


def _is_common(found: QuerySet[Message]) -> bool:
    """Whether the planner takes this for very many rows. It knows the words from ANALYZE, as of the index's column."""
    (plan,) = json.loads(found.explain(format="json"))
    return bool(plan["Plan"]["Plan Rows"] > COMMON)


def _looked_up(found: QuerySet[Message], since: datetime | None) -> list[int]:
    dated = found.filter(created_at__gte=since) if since else found
    return list(dated.order_by((F("pk") + 0).desc()).values_list("pk", flat=True)[:MOST_HITS])
