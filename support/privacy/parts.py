"""Where a person's data is: a table of every kind of row that belongs to one person.

A test walks the models and holds this table to them: a new model that hangs on a person has to be named here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from conversations import numbers, people
from conversations.models import (
    Attachment,
    Contact,
    Conversation,
    DeliveryReport,
    Homework,
    InboxItem,
    Message,
    Payment,
    Subscription,
)
from conversations.received import Person as Address
from support.models import SupportMessage, SupportTicket, TicketChange
from support.privacy.mentions import mentions

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, by their conversation."""

    conversation: Conversation

    @property
    def contact(self) -> Contact:
        """Who it is."""
        return self.conversation.contact

    @property
    def addresses(self) -> list[str]:
        """How others may have written down where this person is reached: the phone with and without `+`, the ids."""
        contact = self.contact
        phones = numbers.forms(contact.phone) if contact.phone else []
        digits = [phone.removeprefix("+") for phone in phones]
        return [*phones, *digits, *filter(None, (contact.user_id, contact.parent_user_id))]

    def rows(self, part: str) -> Rows:
        """The rows of one kind."""
        return PARTS[part](self)


def named(who: str) -> Person | None:
    """The person with this phone (with or without `+`) or user id; None for anybody we do not know."""
    digits = who.removeprefix("+")
    by_phone = digits.isascii() and digits.isdigit()
    found = people.find(Address(phone=f"+{digits}") if by_phone else Address(user_id=who))
    return Person(found) if found else None


def _inbox(person: Person) -> Rows:
    """What came in of this person and is still kept raw: by mailbox, by message, and where the words name them."""
    wanted = Q(
        key__in=Message.objects.filter(conversation=person.conversation, provider_id__isnull=False).values(
            "provider_id"
        )
    )
    for address in person.addresses:
        wanted |= Q(mailbox__endswith=f":{address}") | Q(handled_at__isnull=False) & mentions("words", address)
    return InboxItem.objects.alias(words=Cast("raw", TextField())).filter(wanted)


def _reports(person: Person) -> Rows:
    recipients = Q(recipient__in=person.addresses)
    return DeliveryReport.objects.filter(recipients | Q(message__conversation=person.conversation))


PARTS: dict[str, Callable[[Person], Rows]] = {
    "person": lambda one: Contact.objects.filter(pk=one.contact.pk),
    "conversation": lambda one: Conversation.objects.filter(pk=one.conversation.pk),
    "messages": lambda one: Message.objects.filter(conversation=one.conversation),
    "files": lambda one: Attachment.objects.filter(message__conversation=one.conversation),
    "delivery_reports": _reports,
    "inbox": _inbox,
    "tickets": lambda one: SupportTicket.objects.filter(conversation=one.conversation),
    "ticket_entries": lambda one: SupportMessage.objects.filter(
        Q(ticket__conversation=one.conversation) | Q(conversation=one.conversation)
    ),
    "ticket_changes": lambda one: TicketChange.objects.filter(ticket__conversation=one.conversation),
    "homework": lambda one: Homework.objects.filter(contact=one.contact),
    "payments": lambda one: Payment.objects.filter(contact=one.contact),
    "subscription": lambda one: Subscription.objects.filter(contact=one.contact),
}


def models_of(person_model: type[Model] = Contact) -> set[type[Model]]:
    """Every model that hangs on a person by foreign keys, however far."""
    found: set[type[Model]] = set()
    waiting: list[type[Model]] = [person_model]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [one.related_model for one in model._meta.related_objects]  # noqa: SLF001  (public in spite of its name)
    return found
