"""Cutting a POST into items: every entry, every change, every message and status.

Nothing here understands a message. Each item gets a key that a second delivery repeats (Meta repeats for seven days,
and in other batches), and the mailbox whose items are handled in order. What has the wrong shape is kept beside the
rest: one bad item never costs another.
"""

from __future__ import annotations

import hashlib
import json
import time as clock
from typing import Any

from conversations.received import Batch, RawItem, Receipt
from whatsapp import addresses
from whatsapp.inbound import body, identity, receipts
from whatsapp.inbound.people import Contacts, by_id, contact_of, recipient, sender
from whatsapp.inbound.reading import ECHOES, UNREADABLE
from whatsapp.inbound.values import identifier, listed, mapping

ACCOUNT_MAILBOX = "account"
UNREADABLE_MAILBOX = "unreadable"

_ENVELOPE = frozenset({"messaging_product", "metadata", "contacts"})
_PER_PERSON = frozenset({"user_id_update", "user_preferences"})  # the field's value lists people under its own name

Json = dict[str, Any]


def split(content: bytes, number_id: str, account_id: str) -> Batch:
    """All that one POST carries for the number `number_id` and the account `account_id`.

    What is for others is counted and left alone. An id that is "" (not configured yet) is not compared.
    """
    try:
        document = body.parse(content)
    except body.UnreadableError as error:
        return Batch(unreadable=str(error))
    entries = mapping(document).get("entry")
    if not isinstance(entries, list):
        return Batch(unreadable="The body holds no list of entries.")
    walk = _Walk(number_id, account_id)
    for entry in entries:
        walk.entry(entry)
    return walk.batch()


class _Walk:
    """One way through a POST, gathering what it finds."""

    def __init__(self, number_id: str, account_id: str) -> None:
        self.number_id = number_id
        self.account_id = account_id
        self.items: list[RawItem] = []
        self.receipts: list[Receipt] = []
        self.odd: list[Any] = []
        self.foreign = 0

    def batch(self) -> Batch:
        if self.odd:
            self.add(UNREADABLE_MAILBOX, {"field": UNREADABLE, "value": {"parts": self.odd}})
        return Batch(tuple(self.items), tuple(self.receipts), foreign=self.foreign)

    def entry(self, entry: Any) -> None:
        for change in self.each(entry, "changes", needed=True):
            field, value = mapping(change).get("field"), mapping(change).get("value")
            if not isinstance(field, str) or not isinstance(value, dict):
                self.odd.append(change)
            elif not self.is_ours(field, value, entry):
                self.foreign += len(listed(value.get("messages"))) + len(listed(value.get("statuses"))) or 1
            else:
                self.change(field, value, entry.get("time"))

    def is_ours(self, field: str, value: Json, entry: Json) -> bool:
        """Whether a change is for our number; one that names no number, for our account."""
        number = mapping(value.get("metadata")).get("phone_number_id")
        if number is not None or field == "messages":
            return number == self.number_id or not self.number_id
        return entry.get("id") == self.account_id or not self.account_id

    def change(self, field: str, value: Json, time: Any) -> None:
        contacts = by_id(value.get("contacts"))
        rest = {name: part for name, part in value.items() if name not in _ENVELOPE}
        if field == "messages":
            for message in self.each(rest, "messages"):
                self.message(message, contacts, value.get("metadata"))
            for status in self.each(rest, "statuses"):
                self.status(status)
            rest = {name: part for name, part in rest.items() if name not in {"messages", "statuses"}}
        elif field == ECHOES:
            for echo in self.each(rest, "message_echoes"):
                self.message(echo, contacts, value.get("metadata"), field)
            rest.pop("message_echoes", None)
        elif field in _PER_PERSON:
            for update in self.each(rest, field):
                self.update(field, update, contacts)
            rest.pop(field, None)
        if rest:
            self.add(ACCOUNT_MAILBOX, {"field": field, "value": rest}, time or _hour_of_errors(rest))

    def message(self, message: Any, contacts: Contacts, metadata: Any, field: str = "messages") -> None:
        key = identifier(mapping(message).get("id"))
        if key is None:
            self.odd.append(message)
            return
        contact = contact_of(message, contacts)
        who = recipient if field == ECHOES else sender
        person = who(message, contact) or identity.subject(message)
        mailbox = addresses.mailbox(person) if person else UNREADABLE_MAILBOX
        raw = {"key": key, "field": field, "message": message, "contact": contact, "metadata": metadata}
        self.items.append(RawItem(key, mailbox, raw))

    def status(self, status: Any) -> None:
        receipt = receipts.receipt(status)
        if receipt is None:
            self.odd.append(status)
        else:
            self.receipts.append(receipt)

    def update(self, field: str, update: Any, contacts: Contacts) -> None:
        if not isinstance(update, dict):
            self.odd.append(update)
            return
        change = identity.from_update("", update)
        if change is None:
            person = sender({"from": update.get("wa_id"), "from_user_id": update.get("user_id")}, {})
        else:  # the mailbox into which the next messages come, where we know it
            person = change.new if change.new.phone else change.old
        mailbox = addresses.mailbox(person) if person else ACCOUNT_MAILBOX
        self.add(mailbox, {"field": field, "value": update, "contact": contact_of(update, contacts)})

    def add(self, mailbox: str, raw: Json, time: Any = None) -> None:
        """Keep an item without an id of its own: its key is the digest of what it says, and of when Meta said it."""
        text = json.dumps([raw, time], sort_keys=True, separators=(",", ":"))
        key = f"{raw['field'][:60]}:{hashlib.sha256(text.encode()).hexdigest()}"
        self.items.append(RawItem(key, mailbox, {"key": key, **raw}))

    def each(self, holder: Any, name: str, *, needed: bool = False) -> list[Any]:
        """The list under `name`. What stands there instead is kept as odd; null and nothing are an empty list."""
        found = mapping(holder).get(name)
        if isinstance(found, list):
            return found
        if found is not None or needed:
            self.odd.append(holder if needed else {name: found})
        return []


def _hour_of_errors(value: Json) -> int | None:
    """When an error came, for Meta does not say: the same one an hour later is another one, no second delivery."""
    return int(clock.time()) // 3600 if "errors" in value else None
