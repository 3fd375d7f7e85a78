"""Time passes for one person: everything that is kept about them moves into the past together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from conversations.models import Attachment, Contact, Conversation, Message
from whatsapp.simulator import clock, phones
from whatsapp.simulator.models import Phone

DAY = timedelta(hours=24)


def conversation_of(phone: Phone) -> Conversation:
    """A conversation that our service has with the owner of a phone, with one message and a file."""
    now = timezone.now()
    contact = Contact.objects.create(phone=f"+{phone.number}")
    memory = {"state": "idle", "answers": {"name": "2026-01-09"}, "rating": {"ticket": 1, "asked_at": now.isoformat()}}
    conversation = Conversation.objects.create(contact=contact, last_inbound_at=now, memory=memory)
    message = Message.objects.create(conversation=conversation, sender="user", text="Hi")
    Attachment.objects.create(message=message, kind="image")
    return conversation


def moments(row: models.Model) -> dict[str, Any]:
    """Every date of a row that is set."""
    fields = [field for field in type(row)._meta.concrete_fields if isinstance(field, models.DateTimeField)]
    return {field.name: getattr(row, field.name) for field in fields if getattr(row, field.name)}


@pytest.mark.django_db
def test_everything_about_the_person_is_a_day_older(ada: Phone) -> None:
    conversation = conversation_of(ada)
    rows: list[models.Model] = [
        ada,
        conversation,
        conversation.contact,
        Message.objects.get(),
        Attachment.objects.get(),
    ]
    before = [moments(row) for row in rows]
    clock.pass_time(ada.pk, DAY)
    for row, then in zip(rows, before, strict=True):
        row.refresh_from_db()
        assert moments(row) == {name: moment - DAY for name, moment in then.items()}


@pytest.mark.django_db
def test_what_the_bot_remembers_is_older_too_and_what_the_person_said_is_not(ada: Phone) -> None:
    conversation = conversation_of(ada)
    asked = conversation.memory["rating"]["asked_at"]
    clock.pass_time(ada.pk, DAY)
    conversation.refresh_from_db()
    assert conversation.memory["answers"] == {"name": "2026-01-09"}
    assert conversation.memory["rating"]["asked_at"] < asked


@pytest.mark.django_db
def test_nobody_else_grows_older(ada: Phone, zainab: Phone) -> None:
    other = conversation_of(zainab)
    conversation_of(ada)
    clock.pass_time(ada.pk, DAY)
    then = other.last_inbound_at
    other.refresh_from_db()
    assert other.last_inbound_at == then


@pytest.mark.django_db
def test_a_person_known_only_by_user_id_is_found(zainab: Phone) -> None:
    phones.set_profile(zainab.pk, hides_number=True)
    contact = Contact.objects.create(user_id=zainab.user_id)
    clock.pass_time(zainab.pk, DAY)
    created = contact.created_at
    contact.refresh_from_db()
    assert created - contact.created_at == DAY


def test_every_table_that_hangs_on_a_conversation_is_moved() -> None:
    """A table that points at a conversation, wherever it is defined, is among those that are shifted."""
    moved = clock.belongings(Contact)
    hanging = {
        model
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model in {Conversation, Contact, Message}
    }
    assert hanging <= set(moved)
