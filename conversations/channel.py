"""The port through which messages leave and files come in: one class, named by a dotted path in settings.CHANNEL.

`MemoryChannel` is its twin for tests, as Django's locmem e-mail backend is for mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from math import inf
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from conversations.received import Item, Person


@dataclass(frozen=True, slots=True)
class Button:
    """A button or list row as the student will see it."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file to send. `kind` is image, video, audio, document or sticker; `key` (sha256) names its bytes."""

    kind: str
    mime_type: str
    filename: str
    data: bytes
    key: str
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A message template approved by the provider. `parameters` fill its body in order."""

    name: str
    language: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way out, in words any channel understands.

    `ref` comes back in delivery reports. `text` is the body or the file's caption. `quotes` is the provider id of the
    message replied to; `reaction` is an emoji put on `quotes` ("" takes it back). After `until` (time.monotonic())
    nobody begins to send it: it may be another worker's.
    """

    ref: UUID
    to: Person
    text: str = ""
    buttons: tuple[Button, ...] = ()
    list_label: str = ""
    file: File | None = None
    template: Template | None = None
    quotes: str | None = None
    reaction: str | None = None
    until: float = inf


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message: its id, and who it says the recipient is."""

    provider_id: str
    recipient: Person | None = None


class Verdict(StrEnum):
    """What a failed send means for us; the outbox has one rule for each."""

    RETRY = "retry"  # surely not accepted; try again soon
    UNREACHABLE = "unreachable"  # no connection to the provider came about: everybody waits until one does
    RATE_NUMBER = "rate_number"  # our number sends too fast: everybody waits a little
    RATE_RECIPIENT = "rate_recipient"  # this person got too much: only they wait
    RATE_APP = "rate_app"  # the application's or account's quota: minutes to hours
    WINDOW_CLOSED = "window_closed"  # more than 24 hours since the person wrote: a template is needed
    RECIPIENT = "recipient"  # this person cannot get it
    AUTH = "auth"  # our token or permission: stop sending, alert
    ACCOUNT = "account"  # our account or number: stop sending, alert
    PERMANENT = "permanent"  # this message will never be taken
    UNKNOWN = "unknown"  # nobody knows whether it was accepted: wait for evidence


PASSING = frozenset({Verdict.RETRY, Verdict.UNREACHABLE, Verdict.RATE_NUMBER, Verdict.RATE_RECIPIENT, Verdict.RATE_APP})
BY_ITSELF = "Nothing to do: it is tried again by itself."  # the hint about what passes, as long as it is tried
GIVEN_UP = "It is not tried again by itself: send it again or leave it."


class SendError(Exception):
    """A send that did not end well. `code` is the provider's, `message` and `hint` are plain words for staff.

    `tries`: how often such a message is worth trying at most; None: as often as the outbox would.
    """

    def __init__(
        self, verdict: Verdict, message: str, *, code: int | None = None, hint: str = "", tries: int | None = None
    ) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.message = message
        self.code = code
        self.hint = hint
        self.tries = tries


class FetchError(Exception):
    """A file could not be fetched. `again` says whether trying later may help; `reason` is one of MediaRefused's."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as it came: its bytes and the type its sender claimed."""

    data: bytes
    mime_type: str


class Channel(Protocol):
    """What the domain asks of a messaging provider."""

    def read(self, raw: Mapping[str, Any]) -> Item:
        """Our words for one stored webhook item. Pure and total: whatever it gets, it answers."""

    def parts(self, outgoing: Outgoing) -> list[Outgoing]:
        """The message cut to what the provider takes in one piece each; usually itself alone. Pure."""

    def send(self, outgoing: Outgoing) -> Accepted:
        """Hand one message to the provider. Raises SendError."""

    def mark_read(self, provider_id: str, *, typing: bool) -> None:
        """Tell the person that we read up to this message, and show that an answer is being typed. Raises SendError."""

    def fetch(self, media_id: str, *, limit: int) -> Fetched:
        """The bytes of a received file, at most `limit`. Raises FetchError."""

    def sentence(self, code: int | None) -> str:
        """What the provider's error code says, in plain words for staff; "" when nothing is known."""

    def hint(self, code: int | None) -> str:
        """What staff can do about the provider's error code, in plain words; "" when nothing is known."""

    def verdict(self, code: int | None) -> Verdict | None:
        """What the provider's error code means for us; None when nothing is known."""


@cache
def get_channel() -> Channel:
    """The channel that settings name, one for the process."""
    channel: Channel = import_string(settings.CHANNEL)()
    return channel


@dataclass
class MemoryChannel:
    """A channel that keeps what it is given. `failures` are raised by the next sends, in order."""

    sent: list[Outgoing] = field(default_factory=list)
    failures: list[SendError] = field(default_factory=list)
    files: dict[str, Fetched] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    verdicts: dict[int | None, Verdict] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    ticked: list[str] = field(default_factory=list)

    def read(self, raw: Mapping[str, Any]) -> Item:
        """The item that the test filed under the raw item's key."""
        return self.items[raw["key"]]

    def parts(self, outgoing: Outgoing) -> list[Outgoing]:
        """One piece, whatever its size."""
        return [replace(outgoing)]

    def send(self, outgoing: Outgoing) -> Accepted:
        """Keep the message, or raise the next prepared failure."""
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(outgoing)
        return Accepted(f"memory.{len(self.sent)}.{outgoing.ref}")

    def mark_read(self, provider_id: str, *, typing: bool) -> None:
        """Keep up to which message was read. For the dots, too, or raise the next prepared failure."""
        if typing and self.failures:
            raise self.failures.pop(0)
        (self.typed if typing else self.ticked).append(provider_id)

    def fetch(self, media_id: str, *, limit: int) -> Fetched:
        """The prepared file. Raises FetchError when there is none or it is too large."""
        file = self.files.get(media_id)
        if file is None:
            raise FetchError("expired", again=False)
        if len(file.data) > limit:
            raise FetchError("too_large", again=False)
        return file

    def sentence(self, code: int | None) -> str:
        """No provider, no words for its errors."""
        return ""

    def hint(self, code: int | None) -> str:
        """No provider, no hints."""
        return ""

    def verdict(self, code: int | None) -> Verdict | None:
        """What the test said that a code means."""
        return self.verdicts.get(code)
