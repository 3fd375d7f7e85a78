"""The demo's rows into the database: whole batches by COPY, each in one transaction, so memory stays constant.

The triggers that tell consoles about changes are told to be quiet (`edubot.quiet`): nobody could follow millions of
events. Messages get their ids in the order of time within a batch, as in life: threads lie interleaved on disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from conversations import facts
from conversations.models import (
    Attachment,
    Contact,
    Conversation,
    Homework,
    Message,
    Payment,
    Subscription,
)
from edubot import starter
from edubot.demo import calendar, desk, media, names, plan, recording, rows, story
from support.models import SupportMessage, SupportTicket, TicketChange

BATCH = 40_000  # messages per transaction

TABLES: dict[str, tuple[type[models.Model], type[rows.Row]]] = {
    "contacts": (Contact, rows.ContactRow),
    "conversations": (Conversation, rows.ConversationRow),
    "messages": (Message, rows.MessageRow),
    "homework": (Homework, rows.HomeworkRow),
    "attachments": (Attachment, rows.AttachmentRow),
    "payments": (Payment, rows.PaymentRow),
    "subscriptions": (Subscription, rows.SubscriptionRow),
    "tickets": (SupportTicket, rows.TicketRow),
    "entries": (SupportMessage, rows.EntryRow),
    "changes": (TicketChange, rows.ChangeRow),
}


def build(
    conversations: int,
    messages: int,
    seed: int,
    *,
    now: datetime | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """Add so many conversations with so many messages in all; returns the number of the first person.

    The same seed, number of the first person, `now` and team give the same rows. `progress` hears how many messages
    are stored. Raises ValueError for too few messages, or more people than there are numbers.
    """
    lengths = plan.lengths(conversations, messages, Random(f"{seed} lengths"))  # noqa: S311  (nothing secret)
    first = next_number()
    if first + conversations > names.MOST:
        raise ValueError(f"There are numbers for {names.MOST} people; {first} are taken.")
    world = _world(now or timezone.now())
    library = plan.Library(recording.record_all())
    batch, done = rows.Rows(), 0
    for number, length in enumerate(lengths, start=first):
        _extend(batch, someone(number, length, seed, world, library))
        if len(batch.messages) >= BATCH:
            done += _store(batch)
            batch = rows.Rows()
            progress(done)
    progress(done + _store(batch))
    _analyse()
    return first


def someone(number: int, length: int, seed: int, world: story.World, library: plan.Library) -> rows.Rows:
    """The rows of one person, `length` messages in all."""
    random = Random(f"{seed} {number}")  # noqa: S311  (nothing secret)
    person = names.somebody(number, random)
    ends = calendar.last_word(number, world.now, random)
    age = (world.now - ends).total_seconds()
    recordings = library.choose(number, person.language, length, age, random)
    return story.tell(person, recordings, ends, world, random)


def next_number() -> int:
    """The number of the first person who is not there yet."""
    known = (
        Contact.objects.filter(user_id__startswith=names.MARK).order_by("-user_id").values_list("user_id", flat=True)
    )
    newest = known.first()
    return int(newest.removeprefix(names.MARK)) + 1 if newest else 0


def _world(now: datetime) -> story.World:
    starter.faq_topics()
    return story.World(
        now=now, desk=desk.prepare(), files=media.store(), offer=facts.offer(), zone=ZoneInfo(settings.TIME_ZONE)
    )


def _extend(batch: rows.Rows, more: rows.Rows) -> None:
    for name in TABLES:
        getattr(batch, name).extend(getattr(more, name))


def _store(batch: rows.Rows) -> int:
    """Copy a batch; returns how many messages it had."""
    batch.messages.sort(key=attrgetter("created_at"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('edubot.quiet', 'on', true)")
        _leave_out_taken_phones(batch.contacts)
        for name, (model, _) in TABLES.items():
            _number(cursor, model, getattr(batch, name))
        for name, (model, kind) in TABLES.items():
            _copy(cursor, model, kind, getattr(batch, name))
    return len(batch.messages)


def _leave_out_taken_phones(contacts: Sequence[rows.ContactRow]) -> None:
    """Should somebody real have one of our numbers, theirs it is."""
    phones = [contact.phone for contact in contacts]
    taken = set(Contact.objects.filter(phone__in=phones).values_list("phone", flat=True))
    for contact in contacts:
        contact.phone = None if contact.phone in taken else contact.phone


def _number(cursor: Any, model: type[models.Model], wanted: Sequence[rows.Row]) -> None:
    """Take ids from the table's own sequence: others may write at the same time."""
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [model._meta.db_table, len(wanted)],  # noqa: SLF001  (public API in spite of its name)
    )
    for row, (number,) in zip(wanted, cursor.fetchall(), strict=True):
        row.id = number


def _copy(cursor: Any, model: type[models.Model], kind: type[rows.Row], wanted: Iterable[rows.Row]) -> None:
    column = {field.name: str(field.column) for field in model._meta.concrete_fields}  # noqa: SLF001
    given = [field.name for field in fields(kind)]
    filled = _defaults(model, given)
    named = ", ".join(f'"{column[name]}"' for name in [*given, *filled])
    constant = list(filled.values())
    values = attrgetter(*given)
    with cursor.copy(f'COPY "{model._meta.db_table}" ({named}) FROM STDIN') as copy:  # noqa: SLF001
        for row in wanted:
            written = [value.written() if isinstance(value, rows.Later) else value for value in values(row)[1:]]
            copy.write_row([row.id, *written, *constant])


def _defaults(model: type[models.Model], given: Sequence[str]) -> dict[str, object]:
    """What Django would write into the fields that no row names and that may not be empty."""
    return {
        field.name: json.dumps(value) if isinstance(field, models.JSONField) else value
        for field in model._meta.concrete_fields  # noqa: SLF001
        if field.name not in given and not field.null and not field.has_db_default()
        for value in [field.get_default()]
    }


def _analyse() -> None:
    """Let PostgreSQL's planner know what has come, rather than in some minutes."""
    with connection.cursor() as cursor:
        for model, _ in TABLES.values():
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')  # noqa: SLF001
