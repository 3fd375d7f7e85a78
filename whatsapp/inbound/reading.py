"""What one stored item means: the second half of understanding a webhook, done by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.received import Echo, IdentityChange, Ignored, Item, Notice, Person, Received, Severity
from whatsapp.inbound import account, identity, messages
from whatsapp.inbound.people import recipient, sender
from whatsapp.inbound.values import identifier, listed, mapping, text, timestamp

UNREADABLE = "unreadable"  # our own field: the parts of a POST that are no items of any kind
ECHOES = "smb_message_echoes"  # what the team writes in the WhatsApp Business app, where that has our number, too


def read(raw: Mapping[str, Any]) -> Item:
    """Our words for one item that `split` made. Pure and total: whatever it gets, it answers."""
    key, field = text(raw.get("key")), text(raw.get("field"))
    message = raw.get("message")
    if isinstance(message, dict):
        read_it = _echo if field == ECHOES else _message
        return read_it(message, mapping(raw.get("contact")))
    return _change(key, field, mapping(raw.get("value")))


def _message(message: dict[str, Any], contact: dict[str, Any]) -> Item:
    key, kind = text(message.get("id")), text(message.get("type"))
    if message.get("group_id"):
        return Ignored("a message in a group")  # answering it would write to its sender alone
    if kind == "request_welcome":
        return Ignored("request_welcome")  # a chat was opened; Meta removed it in March 2026
    person = sender(message, contact)
    if kind == "system":
        return _system(key, message, person)
    return _received(key, message, person) if person else _without_sender(message)


def _echo(message: dict[str, Any], contact: dict[str, Any]) -> Item:
    if message.get("group_id"):
        return Ignored("a message to a group")
    person = recipient(message, contact)
    if person is None:
        return Ignored("an echo that does not say to whom")
    return Echo(_received(text(message.get("id")), message, person))


def _system(key: str, message: dict[str, Any], person: Person | None) -> Item:
    change = identity.from_system(key, message)
    if change:
        return change
    person = person or identity.subject(message)
    return _received(key, message, person) if person else _without_sender(message)


def _received(key: str, message: dict[str, Any], person: Person) -> Received:
    content = messages.content(message)
    return Received(
        provider_id=key,
        person=person,
        kind=content.kind,
        at=timestamp(message.get("timestamp")),
        text=content.text,
        pressed=content.pressed,
        media=content.media,
        target=content.target,
        quoted=identifier(mapping(message.get("context")).get("id")),
        payload=messages.payload(message, content.kind),
    )


def _without_sender(message: dict[str, Any]) -> Notice:
    """Nobody to show it under, and nobody to answer: staff see that it is there, and find its item in the inbox."""
    return Notice(
        "message_without_sender",
        "A message arrived that does not say who sent it.",
        Severity.WARNING,
        data={"type": text(message.get("type"), 60)},
    )


def _change(key: str, field: str, value: dict[str, Any]) -> Item:
    if field == UNREADABLE:
        count = len(listed(value.get("parts")))
        return Notice(
            "unreadable_parts",
            f"A webhook held {count} parts that could not be read.",
            Severity.WARNING,
            data={"count": count},
        )
    if field == "messages" and value.get("errors"):
        return account.errors(value)
    if field == "user_id_update":
        return _user_id_update(key, value)
    return account.notice(field, value) or Ignored(f"field {field}: {', '.join(value)}"[:200])


def _user_id_update(key: str, value: dict[str, Any]) -> IdentityChange | Notice:
    return identity.from_update(key, value) or Notice(
        "user_id_update",
        "A person's user id changed, but the webhook does not say from what to what.",
        Severity.WARNING,
    )
