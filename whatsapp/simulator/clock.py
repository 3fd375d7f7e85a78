"""Time passes for one phone: instead of moving a clock, everything that is kept about the person moves into the past.

Every date of every row that hangs on the person's `Contact` (conversation, messages, homework, tickets, …) is shifted.
The rows are found by walking the foreign keys, so a model added later is moved as well and no list grows stale.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q

from conversations.models import Contact, Conversation
from whatsapp.simulator.models import Bubble, Phone, lock

DEPTH = 4  # Contact -> Conversation -> Message -> Attachment is three steps


@transaction.atomic
def pass_time(phone_id: int, by: timedelta) -> Phone:
    """Let `by` go by for a phone, for Meta (24-hour window, limits) and for our service alike."""
    phone = lock(phone_id)
    _shift(Phone.objects.filter(pk=phone.pk), by)
    _shift(Bubble.objects.filter(phone=phone), by)
    phone.bubbles.update(version=phone.version)
    person = Q(phone=f"+{phone.number}") | Q(user_id=phone.user_id)
    contacts = list(Contact.objects.filter(person).values_list("pk", flat=True))
    for conversation in Conversation.objects.select_for_update().filter(contact__in=contacts):
        Conversation.objects.filter(pk=conversation.pk).update(memory=_earlier(conversation.memory, by))
    _shift(Contact.objects.filter(pk__in=contacts), by)
    for model, paths in belongings(Contact).items():
        mine = Q(*[(f"{path}__in", contacts) for path in sorted(paths)], _connector=Q.OR)
        _shift(models.QuerySet(model).filter(mine), by)
    return phone


def _shift(rows: models.QuerySet[Any], by: timedelta) -> None:
    fields = rows.model._meta.concrete_fields  # noqa: SLF001  (Django documents _meta as public)
    dates = [field.name for field in fields if isinstance(field, models.DateTimeField)]
    if dates:
        rows.update(**{name: F(name) - by for name in dates})


def belongings(root: type[models.Model]) -> dict[type[models.Model], set[str]]:
    """Every model whose rows hang on `root`, with the look-up paths that lead from it to `root`."""
    found: dict[type[models.Model], set[str]] = defaultdict(set)
    for model, path in _walk(root, "", (root,)):
        found[model].add(path)
    return found


def _walk(
    model: type[models.Model], path: str, passed: tuple[type[models.Model], ...]
) -> Iterator[tuple[type[models.Model], str]]:
    if len(passed) > DEPTH:
        return
    for relation in model._meta.related_objects:  # noqa: SLF001
        child = relation.related_model
        if relation.many_to_many or child in passed or isinstance(child, str):
            continue
        step = relation.field.name + (f"__{path}" if path else "")
        yield child, step
        yield from _walk(child, step, (*passed, child))


def _earlier(memory: Any, by: timedelta) -> Any:
    """The bot's memory with every moment in it moved back; anything else is left as it is."""
    if isinstance(memory, dict):
        return {name: _earlier(value, by) if name != "answers" else value for name, value in memory.items()}
    if not isinstance(memory, str):
        return memory
    try:
        return (datetime.fromisoformat(memory) - by).isoformat()
    except ValueError:
        return memory
