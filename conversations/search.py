"""Finding messages by their words, and conversations by names and phones as well, in bounded time.

MOST_HITS at most, the newest.

In the index a word stands with the stretch of 20,000 messages in which it was said (migration 0006), so the newest hits
are found by going back from stretch to stretch until there are enough: a common word is answered by the newest stretch,
and a rare one costs a look at a few pages for each, however many messages have been said. Nothing is estimated.

Within some conversations (`among`), of which few can be meant, their own messages are looked through; of many, the
newest LOOKED_AT messages with these words.

`id + 0` keeps PostgreSQL from walking all messages backwards in the hope of 50 hits that may not be there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Value
from django.utils import timezone

from conversations import numbers
from conversations.models import Contact, Conversation, Message
from conversations.words import Joined, Matches, Wanted, Words

MOST_HITS = 50
COMMON = 400  # of the newest 20,000 to 40,000 messages: words that more of them have are very common
COMMON_FOR = timedelta(days=90)  # how far back very common words are searched unless the caller says
FEW = 40  # conversations whose messages are looked through one by one
LOOKED_AT = 2_000  # messages with the words, where many conversations are meant
NOTHING = Q(pk__in=())
FEWEST_DIGITS = 4  # fewer would find half of the phones there are
_PHONE = re.compile(r"\+?[\d\s().-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hits:
    """Ids of what was found, newest first, and since when messages were searched (None: from the beginning)."""

    ids: list[int]
    since: datetime | None


# The messages with the words in one stretch. Its index is `message_search`.
_IN_STRETCH = """
    FROM conversations_message AS message
    WHERE search_words(message.text, message.id) @@ search_query(asked.words, stretch)
"""
_ASKED = f"""
    WITH asked AS MATERIALIZED (
        SELECT tsvector_to_array(search_words(%(typed)s)) AS words,
               search_stretch((SELECT max(id) FROM conversations_message)) AS newest,
               search_stretch((SELECT min(id) FROM conversations_message)) AS oldest
    ),
    common AS MATERIALIZED (
        SELECT count(*) > %(common)s AS so FROM (
            SELECT FROM asked, generate_series(newest, newest - 1, -1) AS stretch,
            LATERAL (SELECT {_IN_STRETCH}) AS hit LIMIT %(common)s + 1
        ) AS hits
    ),
    bound AS MATERIALIZED (
        SELECT COALESCE(
            %(since)s::timestamptz, (SELECT CASE WHEN so THEN %(lately)s::timestamptz END FROM common)
        ) AS since
    ),
    hit AS (
        SELECT found.* FROM bound, asked, generate_series(newest, oldest, -1) AS stretch,
        LATERAL (
            SELECT message.id, message.conversation_id, message.created_at {_IN_STRETCH}
            AND message.created_at >= COALESCE(bound.since, '-infinity')
            ORDER BY message.id + 0 DESC LIMIT %(most)s
        ) AS found
        LIMIT %(most)s
    )
"""  # noqa: S608  (constants)
_ANYWHERE = f"{_ASKED} SELECT since, ARRAY(SELECT id FROM hit ORDER BY id DESC) FROM bound"  # noqa: S608
# `few` says which of the two ways is gone; the other one is never begun.
_AMONG = f"""{_ASKED},
    meant (id) AS MATERIALIZED ({{among}} LIMIT %(few)s + 1),
    few AS MATERIALIZED (SELECT count(*) <= %(few)s AS so FROM meant),
    last AS MATERIALIZED (SELECT CASE WHEN count(*) >= %(most)s THEN min(created_at) END AS at FROM hit)
    SELECT
        CASE WHEN few.so THEN %(since)s::timestamptz ELSE GREATEST(since, (SELECT at FROM last)) END,
        CASE WHEN few.so THEN ARRAY(
            SELECT id FROM conversations_message
            WHERE conversation_id IN (SELECT id FROM meant) AND search_words(text) @@ search_query(%(typed)s)
            AND created_at >= COALESCE(%(since)s::timestamptz, '-infinity')
            ORDER BY id + 0 DESC LIMIT %(hits)s
        ) ELSE ARRAY(
            SELECT id FROM hit WHERE conversation_id IN ({{among}}) ORDER BY id DESC LIMIT %(hits)s
        ) END
    FROM bound, few
"""  # noqa: S608


def messages(typed: str, *, since: datetime | None = None, among: QuerySet[Conversation] | None = None) -> Hits:
    """The newest messages with all these words, at most MOST_HITS; of these conversations where they are given.

    Very common words are searched for COMMON_FOR only, unless `since` says how far back to go. One statement.
    """
    values = {"typed": typed, "since": since, "lately": timezone.now() - COMMON_FOR, "common": COMMON}
    if among is None:
        return _hits(_ANYWHERE, values | {"most": MOST_HITS})
    sql, given = among.order_by().values("pk").query.sql_with_params()
    named = {f"among_{place}": value for place, value in enumerate(given)}
    statement = _AMONG.format(among=sql % tuple(f"%({name})s" for name in named))
    return _hits(statement, values | named | {"most": LOOKED_AT, "hits": MOST_HITS, "few": FEW})


def _hits(statement: str, values: dict[str, Any]) -> Hits:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        since, ids = cursor.fetchone()
    return Hits(ids, since)


def conversations(
    typed: str, rows: QuerySet[Conversation], *, since: datetime | None = None, narrowed: bool = False
) -> Hits:
    """The newest of these conversations whose phone, name or messages are meant, at most MOST_HITS.

    `narrowed`: `rows` are some of all conversations. Two statements.
    """
    order = ("-last_message_at", "-pk")
    people = rows.filter(contact__in=Contact.objects.filter(is_phone(typed) | _is_name(typed)))
    named = people.order_by(*order).values("pk")[:MOST_HITS]
    said = messages(typed, since=since, among=rows if narrowed else None)
    speakers = Message.objects.filter(pk__in=said.ids).values("conversation")
    found = rows.filter(Q(pk__in=named) | Q(pk__in=speakers)).order_by(*order)
    return Hits(list(found.values_list("pk", flat=True)[:MOST_HITS]), said.since)


def is_phone(typed: str) -> Q:
    """Contacts whose phone begins or ends with these digits (FEWEST_DIGITS at least), or is it in another form."""
    digits = re.sub(r"\D", "", typed, flags=re.ASCII)
    if len(digits) < FEWEST_DIGITS or not _PHONE.fullmatch(typed):
        return NOTHING
    found = Q(phone__startswith=f"+{digits}") | Q(phone__iendswith=digits)  # the latter as the index `contact_parts` is
    _, *others = numbers.forms(f"+{digits}")
    return found | Q(phone__in=others) if others else found


def _is_name(typed: str) -> Q:
    """Contacts whose registered name and profile name hold these words."""
    return Q(Matches(Words(Joined("name", "profile_name")), Wanted(Value(typed))))
