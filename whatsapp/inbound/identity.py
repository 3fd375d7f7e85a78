"""People whose number or user id has changed.

Meta says so in two ways: a `system` message (`user_changed_number`, `user_changed_user_id`, and a legacy name), and the
field `user_id_update`. A user id changes whenever the number does. Since August 2026 system messages carry
`previous_user_id`; before, the old id stood only in the sentence of the body.
See "System messages webhook reference" and "user_id_update" in Meta's WhatsApp documentation.
"""

from __future__ import annotations

from typing import Any

from conversations.received import IdentityChange, Person
from whatsapp import addresses
from whatsapp.inbound.people import sender
from whatsapp.inbound.values import mapping, text, timestamp

NUMBER_CHANGES = frozenset({"user_changed_number", "customer_changed_number"})
USER_ID_CHANGE = "user_changed_user_id"


def from_system(key: str, message: dict[str, Any]) -> IdentityChange | None:
    """The change that a `system` message reports; None where it reports none, or does not say from whom to whom."""
    system = mapping(message.get("system"))
    kind = text(system.get("type"))
    if kind not in NUMBER_CHANGES and kind != USER_ID_CHANGE:
        return None
    new = _person(
        addresses.phone(system.get("new_wa_id")) or addresses.phone(system.get("wa_id")),
        addresses.user_id(system.get("user_id")) or addresses.user_id(system.get("wa_id")),
        system.get("parent_user_id"),
    )
    old = _person(
        addresses.phone(message.get("from")) or addresses.phone(system.get("customer")),
        addresses.user_id(system.get("previous_user_id")) or _named_as_old(system, new),
        system.get("previous_parent_user_id"),
    )
    return _change(key, old, new, at=message.get("timestamp"), sentence=system.get("body"))


def from_update(key: str, update: dict[str, Any]) -> IdentityChange | None:
    """The change in one element of `user_id_update`; None where it does not say from whom to whom.

    The phone that it names is the new one: the old person is whoever had the old id, and only without one the phone's.
    """
    ids, parents = mapping(update.get("user_id")), mapping(update.get("parent_user_id"))
    phone, previous = addresses.phone(update.get("wa_id")), addresses.user_id(ids.get("previous"))
    old = _person(None if previous else phone, previous, parents.get("previous"))
    new = _person(phone, addresses.user_id(ids.get("current")), parents.get("current"))
    return _change(key, old, new, at=update.get("timestamp"), sentence=update.get("detail"))


def subject(message: dict[str, Any]) -> Person | None:
    """Whose thread a system message belongs to when nothing says who sent it: the old person's, where it names one."""
    change = from_system("", message)
    return change.old if change else sender({}, mapping(message.get("system")))


def _named_as_old(system: dict[str, Any], new: Person | None) -> str | None:
    """The old id in "User <name> changed from <old> to <new>".

    Only the end of the sentence counts, and only when it ends in the new id that Meta gives beside it: people choose
    their names, and a name such as "changed from NG.1 to NG.2" must not move somebody else's conversation.
    """
    words = text(system.get("body")).split()
    if new is None or new.user_id is None or len(words) < 4:
        return None
    from_, old, to, current = words[-4:]
    if (from_, to, current.rstrip(".")) != ("from", "to", new.user_id):
        return None
    return addresses.user_id(old)


def _person(phone: str | None, user_id: str | None, parent: object) -> Person | None:
    if phone is None and user_id is None:
        return None
    return Person(phone=phone, user_id=user_id, parent_user_id=addresses.user_id(parent))


def _change(key: str, old: Person | None, new: Person | None, *, at: object, sentence: object) -> IdentityChange | None:
    if old is None or new is None or old == new:
        return None
    return IdentityChange(provider_id=key, old=old, new=new, at=timestamp(at), text=text(sentence))
