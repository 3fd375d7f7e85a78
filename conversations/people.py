"""Finding the person behind an address, and joining two records that turn out to be one person."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils import timezone

from conversations import numbers, prepared, texts
from conversations.models import (
    Contact,
    Conversation,
    DeliveryStatus,
    Homework,
    Message,
    Payment,
    Subscription,
)
from conversations.received import Person

log = logging.getLogger(__name__)

RECYCLED_AFTER = timedelta(days=45)  # of silence: see `_has_lost_the_number`

merged = Signal()  # sent inside the transaction with `kept` and `gone` (conversations, both locked)


class InUse(Exception):
    """Somebody else is at work on this conversation at this moment; try again in a moment."""


class Busy(Exception):
    """Two records of one person cannot be joined yet: each has a message in flight, and a conversation has one only.

    Nothing is wrong; try again after `pause`.
    """

    pause = timedelta(seconds=1)


def lock(conversation_id: int) -> Conversation:
    """The conversation, locked until the transaction ends. It is the first lock anybody takes.

    Raises Conversation.DoesNotExist when it was merged into another one meanwhile.
    """
    # First the lock, then a look: after a wait PostgreSQL looks again at the row that it locks, not at those joined.
    if prepared.row("SELECT id FROM conversations_conversation WHERE id = %s FOR UPDATE", [conversation_id]) is None:
        raise Conversation.DoesNotExist
    return locked(conversation_id)


def locked(conversation_id: int) -> Conversation:
    """The conversation that the caller has locked in this transaction."""
    conversation = _with_contact("conversation.id = %s", conversation_id)
    assert conversation  # noqa: S101
    return conversation


def _with_contact(which: str, value: object) -> Conversation | None:
    """The conversation of which `which` is true, with its contact."""
    found = prepared.row(_both() + which, [value])
    if found is None:
        return None
    width = len(Conversation._meta.concrete_fields)  # noqa: SLF001  (public)
    conversation = prepared.made(Conversation, found[:width])
    conversation.contact = prepared.made(Contact, found[width:])
    return conversation


@cache
def _both() -> str:
    columns = f"{prepared.columns(Conversation, 'conversation')}, {prepared.columns(Contact, 'contact')}"
    return f"""
        SELECT {columns} FROM conversations_conversation conversation
        JOIN conversations_contact contact ON contact.id = conversation.contact_id WHERE
    """  # noqa: S608  (names of columns)


def find(person: Person) -> Conversation | None:
    """The conversation with this person, looked up by phone first, then by user id."""
    by_phone = _by(phone=person.phone)
    return by_phone or _by(user_id=person.user_id)


def id_with(person: Person) -> int:
    """The id of `conversation_with` this person. Raises Busy.

    Nearly always there is nothing to learn: then nothing is written, nothing needs a transaction, and a few columns do.
    """
    name = "phone" if person.phone else "user_id"
    found = prepared.row(_known(name), [getattr(person, name)])
    if found and not _news(dict(zip(_SAID, found[1:], strict=True)), person):
        return int(found[0])
    return conversation_with(person).pk


_SAID = ("phone", "user_id", "parent_user_id", "username", "profile_name")  # by the provider


@cache
def _known(address: str) -> str:
    return f"""
        SELECT conversation.id, {", ".join(f"contact.{name}" for name in _SAID)}
        FROM conversations_contact contact
        JOIN conversations_conversation conversation ON conversation.contact_id = contact.id
        WHERE contact.{address} = %s
    """  # noqa: S608  (names of columns)


def conversation_with(person: Person) -> Conversation:
    """The conversation with this person, made on first contact; learns what is new about them.

    Safe to call from several processes at once: the database allows each address once, and the loser of a race reads
    the winner's row. Raises Busy.
    """
    for _attempt in range(5):
        try:
            with transaction.atomic():
                return _conversation_with(person)
        except (IntegrityError, Conversation.DoesNotExist):
            continue  # somebody else made or merged the row between our look and our write
    with transaction.atomic():
        return _conversation_with(person)


def _conversation_with(person: Person) -> Conversation:
    by_phone, by_user_id = _by(phone=person.phone), _by(user_id=person.user_id)
    if by_phone and _has_lost_the_number(by_phone, person):
        _give_up(by_phone.contact, person.phone)
        by_phone = None
    if by_phone and by_user_id and by_phone.pk != by_user_id.pk:
        found = merge(by_phone, by_user_id)
    else:
        found = by_phone or by_user_id or _make(person)
    _learn(found.contact, person)
    return found


def _has_lost_the_number(before: Conversation, person: Person) -> bool:
    """Whether the phone that this conversation is known by is `person`'s by now, and they are somebody else.

    Another user id alone does not say so: everybody gets a new one when the business moves to another portfolio. With
    45 days of silence before it does: WhatsApp itself takes an account that was unused for so long, and is then
    activated anew, for that of a recycled number (Help Center, "Seeing your phone number already in WhatsApp").
    """
    if not _is_somebody_else(before.contact, person, person):
        return False
    return before.last_inbound_at is None or before.last_inbound_at <= timezone.now() - RECYCLED_AFTER


def _by(**address: str | None) -> Conversation | None:
    (name, value), *_ = address.items()
    if value is None:
        return None
    forms = numbers.forms(value) if name == "phone" else [value]
    return next(filter(None, (_with_contact(f"contact.{name} = %s", form) for form in forms)), None)


def _make(person: Person) -> Conversation:
    known = settings.BOT_LANGUAGE in texts.LANGUAGES
    language = settings.BOT_LANGUAGE if known else texts.DEFAULT_LANGUAGE
    contact = Contact.objects.create(phone=person.phone, user_id=person.user_id, language=language)
    return Conversation.objects.create(contact=contact)


def _news(known: Mapping[str, object], person: Person) -> dict[str, str]:
    """What the provider says of the person and is not among what is known of them."""
    said = {name: getattr(person, name) for name in _SAID}
    return {name: value for name, value in said.items() if value and known[name] != value}


def _learn(contact: Contact, person: Person) -> None:
    """Keep what the provider newly says of the person; what it leaves out stays as it was."""
    news = _news(vars(contact), person)
    for name, value in news.items():
        setattr(contact, name, value)
    if news:
        contact.save(update_fields=[*news, "updated_at"])


def merge(one: Conversation, other: Conversation) -> Conversation:
    """Make one conversation of two that belong to the same person; the older one is kept.

    Must run inside a transaction. What a person told us is never overwritten, only completed. `merged` lets the desk
    join its tickets. Raises Busy.
    """
    kept, gone = (lock(pk) for pk in sorted((one.pk, other.pk)))
    _hold_outbox(kept, gone)
    merged.send(sender=Conversation, kept=kept, gone=gone)
    _move_messages(kept, gone)
    Homework.objects.filter(contact=gone.contact).update(contact=kept.contact)
    Payment.objects.filter(contact=gone.contact).update(contact=kept.contact)
    _join_subscriptions(kept.contact, gone.contact)
    _complete_conversation(kept, gone)
    _complete_contact(kept.contact, gone.contact)
    return kept


def _hold_outbox(kept: Conversation, gone: Conversation) -> None:
    """Keep the senders away from both halves until the transaction ends: they claim without the conversation's lock."""
    waiting = Message.objects.filter(
        conversation__in=(kept, gone), delivery_status__in=(DeliveryStatus.QUEUED, DeliveryStatus.SENDING)
    )
    held = waiting.select_for_update().order_by("pk")
    if sum(message.delivery_status == DeliveryStatus.SENDING for message in held) > 1:
        raise Busy


def _move_messages(kept: Conversation, gone: Conversation) -> None:
    """All messages, under their old ids. A caller's key that both halves know stays with the half that is kept."""
    messages = Message.objects.filter(conversation=gone)
    messages.filter(client_id__in=kept.messages.values("client_id")).update(client_id=None)
    messages.update(conversation=kept)


def _join_subscriptions(kept: Contact, gone: Contact) -> None:
    """A person has one subscription: the one that is paid for longest."""
    held = list(Subscription.objects.select_for_update().filter(contact__in=(kept, gone)).order_by("pk"))
    if not held:
        return
    *shorter, longest = sorted(held, key=lambda one: one.active_until)
    Subscription.objects.filter(pk__in=[one.pk for one in shorter]).delete()
    longest.contact = kept
    longest.save(update_fields=["contact"])


def _complete_conversation(kept: Conversation, gone: Conversation) -> None:
    """The half in which the person wrote last says where the bot stands, and in which language; counters add up."""
    standing = ("state", "memory", "chat_started_at", "polite_at", "last_inbound_at")
    if gone.last_inbound_at and (kept.last_inbound_at is None or gone.last_inbound_at > kept.last_inbound_at):
        for name in standing:
            setattr(kept, name, getattr(gone, name))
        kept.contact.language = gone.contact.language
    kept.labels = sorted({*kept.labels, *gone.labels})
    kept.message_count += gone.message_count
    kept.unread_count += gone.unread_count
    kept.last_message = kept.messages.order_by("-id").first()
    kept.last_message_at = max(filter(None, (kept.last_message_at, gone.last_message_at)), default=None)
    repeated = ("labels", "message_count", "unread_count", "last_message", "last_message_at")
    kept.save(update_fields=[*standing, *repeated])  # `standing` always: listeners of `merged` may have set it


_TOLD = (*_SAID, "name", "email", "class_grade", "registered_at")


def _complete_contact(kept: Contact, gone: Contact) -> None:
    missing = [name for name in _TOLD if getattr(gone, name) and not getattr(kept, name)]
    for name in missing:
        setattr(kept, name, getattr(gone, name))
    gone.delete()  # first: its addresses are unique
    kept.save(update_fields=[*missing, "language", "updated_at"])


def change_identity(old: Person, new: Person) -> Conversation:
    """The person known as `old` is reached as `new` from now on (a new number, a new user id).

    Where `new` already has a conversation of its own, the two become one. A new user id comes with a new number: where
    that is withheld, the one we know is somebody else's by now, and the person is written to by the id. Whoever had the
    new number before, or has the old one now, goes by an id of their own and stays somebody else. Raises Busy.
    """
    with transaction.atomic():
        before = _by(user_id=old.user_id) or _by(phone=old.phone)
        if before is None:
            return conversation_with(new)
        for address in ({"phone": old.phone}, {"phone": new.phone}, {"user_id": new.user_id}):
            found = _by(**address)
            if found is None or found.pk == before.pk:
                continue
            if _is_somebody_else(found.contact, old, new):
                _give_up(found.contact, new.phone)
            else:
                if found.contact.user_id == new.user_id:  # they have written from the new number already
                    new = replace(new, phone=new.phone or found.contact.phone)
                before = merge(before, found)
        if new.user_id and new.phone is None and before.contact.user_id != new.user_id:
            before.contact.phone, before.contact.user_id = None, new.user_id
            before.contact.save(update_fields=["phone", "user_id", "updated_at"])
        _learn(before.contact, new)
        return before


def _is_somebody_else(contact: Contact, old: Person, new: Person) -> bool:
    """Whether ids tell apart whom a number alone would take for one."""
    return bool(contact.user_id and new.user_id and contact.user_id not in {old.user_id, new.user_id})


def _give_up(contact: Contact, phone: str | None) -> None:
    """The number is another person's by now; this one is written to by their id."""
    if phone and contact.phone in numbers.forms(phone):
        contact.phone = None
        contact.save(update_fields=["phone", "updated_at"])


def learn_recipient(addressed: Person, recipient: Person) -> None:
    """Whoever we wrote to as `addressed` is `recipient` to the provider: from there their answers come.

    Brazilian and Mexican numbers are written in two ways, of which the provider knows one. It takes the conversation's
    lock, so call it with no other in hand. What cannot be learnt at this moment will be with the next message.
    """
    if addressed.phone is None or recipient.phone is None or addressed.phone == recipient.phone:
        return
    try:
        with transaction.atomic():
            if _by(phone=addressed.phone):  # else they have moved on meanwhile
                change_identity(Person(phone=addressed.phone), Person(phone=recipient.phone))
    except (Busy, IntegrityError, Conversation.DoesNotExist) as error:
        log.info("A person's number was not learnt yet.", extra={"error": type(error).__name__})
