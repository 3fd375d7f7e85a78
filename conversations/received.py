"""What comes in, in our own words. An adapter turns its provider's JSON into these values; nothing else crosses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

# Kinds that are no words to us: shown to staff, never answered, and no sign that a conversation goes on.
QUIET = frozenset({"reaction", "system", "edit", "revoke", "echo", "request_welcome"})


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is to the provider: a phone (E.164 with `+`), a business-scoped user id, or both.

    At least one of `phone` and `user_id` is set. `profile_name` and `username` are what the person chose to show.
    """

    phone: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None
    username: str = ""
    profile_name: str = ""


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file that waits at the provider. `sha256` is hexadecimal; `mime_type` is what the sender declared."""

    media_id: str
    mime_type: str = ""
    sha256: str = ""
    filename: str = ""
    caption: str = ""
    voice: bool = False
    animated: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """One message of a person.

    `kind` is the message type as staff know it (`text`, `interactive`, `image`, …, `unknown`). Exactly what a type
    carries is set: `text` (also a readable summary for locations, contact cards, orders), `pressed` (id, title),
    `media`, `target` (the wamid that a reaction, edit or revoke is about). `payload` keeps the type's own fields.
    `at` is the sender's time where it is believable. `quoted` is the wamid this message replies to.
    """

    provider_id: str
    person: Person
    kind: str
    at: datetime | None = None
    text: str = ""
    pressed: tuple[str, str] | None = None
    media: MediaRef | None = None
    target: str | None = None
    quoted: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Echo:
    """What somebody of the team said to a person elsewhere: on the phone that has our number, too.

    `said.person` is whom they said it to.
    """

    said: Received


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """A person has a new number or a new user id: whoever was `old` is `new` from now on."""

    provider_id: str
    old: Person
    new: Person
    at: datetime | None = None
    text: str = ""


class Severity(StrEnum):
    """How urgently staff must see a notice."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the provider says about the account, a number or a template. CRITICAL ones stop sending."""

    kind: str
    title: str
    severity: Severity = Severity.INFO
    stops_sending: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Understood and of no concern to us; kept with the reason."""

    reason: str


Item = Received | Echo | IdentityChange | Notice | Ignored


class Delivery(StrEnum):
    """What a provider reports of a message that we sent."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One delivery report. `client_ref` is our own reference, echoed back, where the provider did so.

    `status` is a `Delivery` value or a word we do not know (kept, without effect). `error` is `{code, title, details}`.
    """

    provider_id: str
    status: str
    at: datetime | None = None
    recipient: str = ""
    client_ref: UUID | None = None
    error: Mapping[str, Any] | None = None
    pricing: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RawItem:
    """One item of a webhook, not yet understood: stored first, read by the worker.

    `key` identifies the item for ever (a second delivery has the same key); `mailbox` names the person (or the account)
    whose items are handled one at a time, in order; `raw` is all that is needed to read it later.
    """

    key: str
    mailbox: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one webhook carried. `unreadable` says why its content cannot be used at all; then it is kept raw."""

    items: tuple[RawItem, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    unreadable: str = ""
    foreign: int = field(default=0)  # items for another number or account: counted, not processed
