"""A student who talks to the domain through a channel in memory: stored, drained, delivered, as in a worker."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from django.db import transaction
from django.utils import timezone

from conversations import channel as ports
from conversations import inbox, people, sender, wording
from conversations.channel import Fetched, MemoryChannel, Outgoing
from conversations.models import Conversation, Message
from conversations.received import Batch, IdentityChange, MediaRef, Person, RawItem, Receipt, Received

_numbers = itertools.count(1)


@dataclass
class Phone:
    """A person with a phone. What they do is stored like a webhook's items and then handled like in a worker."""

    channel: MemoryChannel
    person: Person
    heard: list[Outgoing] = field(default_factory=list)

    @property
    def conversation(self) -> Conversation:
        """The conversation as the database has it now."""
        found = people.find(self.person)
        assert found is not None
        return found

    def post(self, received: Received | IdentityChange) -> RawItem:
        """Store one message, without handling it."""
        self.channel.items[received.provider_id] = received
        item = RawItem(received.provider_id, f"phone:{self.person.phone}", {"key": received.provider_id})
        inbox.receive(Batch(items=(item,)))
        return item

    def message(self, kind: str = "text", **content: object) -> Received:
        """A message of this person, not yet posted."""
        return Received(f"wamid.{next(_numbers)}", self.person, kind, **content)  # type: ignore[arg-type]

    def does(self, received: Received | IdentityChange) -> list[Outgoing]:
        """Post a message, let it be handled, and return what came back."""
        self.post(received)
        return self.waits()

    def waits(self) -> list[Outgoing]:
        """Let everything that waits be handled and delivered; return what this person got."""
        before = len(self.channel.sent)
        inbox.drain_all()
        sender.deliver_all()
        self.heard = [one for one in self.channel.sent[before:] if one.to.phone == self.person.phone]
        return self.heard

    def says(self, text: str) -> list[Outgoing]:
        """Type something."""
        return self.does(self.message(text=text))

    def taps(self, choice: str) -> list[Outgoing]:
        """Tap a button or list row."""
        return self.does(self.message("interactive", pressed=(choice, choice)))

    def sends_photo(self, data: bytes, mime_type: str = "image/jpeg", caption: str = "") -> list[Outgoing]:
        """Send a photo, which waits at the provider."""
        media_id = f"media.{next(_numbers)}"
        self.channel.files[media_id] = Fetched(data, mime_type)
        return self.does(self.message("image", media=MediaRef(media_id, mime_type, caption=caption)))

    def registers(self, name: str = "Ada Obi") -> None:
        """Go through the registration."""
        for answer in ("hi", name, "ada@example.com", "SS2"):
            self.says(answer)

    @property
    def last(self) -> Outgoing:
        """The newest message this person got."""
        return self.heard[-1]


@pytest.fixture
def channel(settings: object, db: None) -> Iterator[MemoryChannel]:
    """The channel in memory, in place of WhatsApp."""
    settings.CHANNEL = "conversations.channel.MemoryChannel"  # type: ignore[attr-defined]
    ports.get_channel.cache_clear()
    wording.forget()
    found = ports.get_channel()
    assert isinstance(found, MemoryChannel)
    yield found
    ports.get_channel.cache_clear()


@pytest.fixture
def phone(channel: MemoryChannel) -> Phone:
    """Somebody who has not written yet."""
    return Phone(channel, Person(phone="+2348012345678", profile_name="ada_the_great"))


@pytest.fixture
def other_phone(channel: MemoryChannel) -> Phone:
    """Somebody else."""
    return Phone(channel, Person(phone="+2348087654321", profile_name="Bola"))


@pytest.fixture
def lead(phone: Phone) -> Conversation:
    """The conversation of a person who has said hello and is not registered."""
    phone.says("hi")
    return phone.conversation


@pytest.fixture
def student(phone: Phone) -> Conversation:
    """The conversation of a registered student."""
    phone.registers()
    return phone.conversation


def report(message: Message, status: str, at: datetime | None = None, **extra: object) -> Receipt:
    """A delivery report about a message of ours, as the provider would send it."""
    return Receipt(
        message.provider_id or f"wamid.of.{message.pk}",
        status,
        at=at or timezone.now(),
        client_ref=message.client_ref,
        **extra,  # type: ignore[arg-type]
    )


@contextmanager
def locked(conversation: Conversation) -> Iterator[Conversation]:
    """The conversation, locked for the length of a with block, as every writer holds it."""
    with transaction.atomic():
        yield people.lock(conversation.pk)
