"""Who a message is from, put together from the message and the contact card beside it."""

from __future__ import annotations

from typing import Any

from conversations.received import Person
from whatsapp import addresses
from whatsapp.inbound.values import listed, mapping, text

NAME_LENGTH = 256
USERNAME_LENGTH = 128

Contacts = dict[str, dict[str, Any]]


def by_id(contacts: object) -> Contacts:
    """The contact cards of a change under each of their ids."""
    cards = [card for card in listed(contacts) if isinstance(card, dict)]
    return {card[name]: card for card in cards for name in ("wa_id", "user_id") if isinstance(card.get(name), str)}


def contact_of(item: dict[str, Any], contacts: Contacts) -> dict[str, Any]:
    """The card of the person an item is about; empty without one.

    By id, never by position: system messages come without a card, and one POST mixes several people.
    """
    for name in ("from", "from_user_id", "wa_id", "user_id", "to", "to_user_id"):
        key = item.get(name)
        if isinstance(key, str) and key in contacts:
            return contacts[key]
    return {}


def sender(message: dict[str, Any], contact: dict[str, Any]) -> Person | None:
    """The person who sent `message`; None where nothing names one.

    `from` and `wa_id` may be missing, and have been seen to hold a user id.
    """
    numbers = (message.get("from"), contact.get("wa_id"))
    ids = (message.get("from_user_id"), contact.get("user_id"), *numbers)
    phone = next(filter(None, map(addresses.phone, numbers)), None)
    user_id = next(filter(None, map(addresses.user_id, ids)), None)
    if phone is None and user_id is None:
        return None
    parents = (message.get("from_parent_user_id"), contact.get("parent_user_id"))
    profile = mapping(contact.get("profile"))
    return Person(
        phone=phone,
        user_id=user_id,
        parent_user_id=next(filter(None, map(addresses.user_id, parents)), None),
        username=text(profile.get("username")).removeprefix("@")[:USERNAME_LENGTH],
        profile_name=text(profile.get("name"), NAME_LENGTH),
    )


def recipient(echo: dict[str, Any], contact: dict[str, Any]) -> Person | None:
    """The person to whom the team said `echo`; None where nothing names one."""
    named = ("", "_user_id", "_parent_user_id")
    return sender({f"from{name}": echo.get(f"to{name}") for name in named}, contact)
