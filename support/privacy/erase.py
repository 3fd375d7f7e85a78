"""A person's data is gone: words, files, names, addresses. What is counted stays, and belongs to nobody any more.

Rows that figures stand on (messages, tickets, homework, payments with their amounts) stay without their content, under
a contact without a name that no list of people shows. Of each message's id a hash stays (`Tombstone`): WhatsApp's ids
have the phone number in them, and a delivery that is repeated years later must still find that we had it.
"""

from __future__ import annotations

import hashlib
import uuid

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.functions import RandomUUID
from django.db import transaction
from django.db.models import Func, Q, TextField, Value
from django.db.models.functions import Cast
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import people
from conversations.bot.types import State
from conversations.models import (
    AccountNotice,
    AttachmentStatus,
    Contact,
    Conversation,
    DeliveryStatus,
    HomeworkStatus,
    PaymentStatus,
    Tombstone,
    UnreadablePost,
)
from conversations.models.people import NOBODY
from conversations.models.thread import ON_ITS_WAY
from conversations.storage import media_storage
from support.audit import AuditEntry
from support.models import By
from support.privacy.mentions import mentions
from support.privacy.parts import Person
from support.services import base

ERASED = "erased"

# What WhatsApp may have taken: it can yet tell us its id, which holds the number.
_IN_FLIGHT = ON_ITS_WAY & ~Q(delivery_status=DeliveryStatus.QUEUED)
_AS_TEXT = Func("body", Value("escape"), function="encode", output_field=TextField())


def erase(person: Person) -> dict[str, int]:
    """Erase somebody, all or nothing; returns how many rows of each kind were emptied or deleted.

    Files go first, before any lock: the store may be far away, and where it does not answer nothing else is touched.
    Raises people.Busy while a message to them is on its way or evidence of it is waited for (either would bring their
    number back), or where a file of theirs came in meanwhile.
    """
    with transaction.atomic():
        gone = _delete_files(person)
        person = Person(people.lock(person.conversation.pk))
        if _stored(_files(person)) - gone:
            raise people.Busy
        _stop(person)
        _bury(person)
        done = {**_delete(person), **_empty(person)}
        _forget_mentions(person)
        _unname(person.contact)
        return done


def _delete_files(person: Person) -> set[str]:
    """The names of what was stored and is gone now. A download may have left something, or be about to store it.

    Raises people.Busy: what cannot be erased now should keep its files.
    """
    if person.rows("messages").filter(_IN_FLIGHT).exists():
        raise people.Busy
    files = _files(person)
    for name in sorted(files):  # else two that erase the same person could wait for each other
        media_storage().delete(name)
    return _stored(files)


def _files(person: Person) -> dict[str, str]:
    """Name -> status."""
    return dict(person.rows("files").exclude(file="").values_list("file", "status"))


def _stored(files: dict[str, str]) -> set[str]:
    return {name for name, status in files.items() if status == AttachmentStatus.STORED}


def _stop(person: Person) -> None:
    """Nothing goes on with this person: no ticket, no chat, no message that waits to be sent."""
    waiting = person.rows("messages").filter(ON_ITS_WAY)
    held = list(waiting.select_for_update().order_by("pk"))  # keeps the senders away
    if any(message.delivery_status != DeliveryStatus.QUEUED for message in held):
        raise people.Busy
    open_ended = Q(delivery_status=DeliveryStatus.QUEUED) | Q(delivery_status=DeliveryStatus.UNKNOWN)
    person.rows("messages").filter(open_ended).update(delivery_status=DeliveryStatus.CANCELLED)
    if ticket := base.present_ticket(person.conversation):
        ticket.conversation = person.conversation
        base.end(ticket, by=By.STAFF)
    unfinished = [HomeworkStatus.PENDING, HomeworkStatus.IN_PROGRESS]
    person.rows("homework").filter(status__in=unfinished).update(status=HomeworkStatus.CANCELLED)
    person.rows("payments").filter(status=PaymentStatus.PENDING).update(status=PaymentStatus.CANCELLED)


def _bury(person: Person) -> None:
    """Keep a hash of every id that may come again."""
    ids = {
        *person.rows("messages").exclude(provider_id=None).values_list("provider_id", flat=True),
        *person.rows("inbox").values_list("key", flat=True),
        *person.rows("delivery_reports").values_list("provider_id", flat=True),
    }
    digests = sorted(hashlib.sha256(one.encode()).hexdigest() for one in ids)
    Tombstone.objects.bulk_create((Tombstone(digest=one) for one in digests), 1000, ignore_conflicts=True)


def _delete(person: Person) -> dict[str, int]:
    """What nobody counts."""
    return {part: person.rows(part).delete()[0] for part in ("files", "delivery_reports", "inbox", "subscription")}


def _empty(person: Person) -> dict[str, int]:
    """What is counted: the row stays, its content goes."""
    messages = person.rows("messages").update(
        text="",
        buttons=[],
        list_label="",
        template=None,
        payload={},
        explanation=None,
        provider_id=None,
        client_ref=RandomUUID(),  # a report that comes yet finds no message to give the provider's id to
        client_id=None,
        error="",
    )
    entries = person.rows("ticket_entries").update(text="", client_id=None)
    tickets = person.rows("tickets").update(sender_name="", issue_description="")
    homework = person.rows("homework").update(subject="", content="", solution_text="")
    return {"messages": messages, "ticket_entries": entries, "tickets": tickets, "homework": homework}


def _forget_mentions(person: Person) -> None:
    """Other places that may name somebody: notices, what Django admin calls a row, mails that wait, unread posts."""
    contact = ContentType.objects.get_for_model(Contact)
    LogEntry.objects.filter(content_type=contact, object_id=str(person.contact.pk)).update(object_repr=ERASED)
    for address in person.addresses:
        jobs = ProcrastinateJob.objects.annotate(words=Cast("args", TextField())).filter(mentions("words", address))
        jobs._raw_delete("default")  # noqa: SLF001  (its model is read-only, its table is ours to clean)
        notices = AccountNotice.objects.annotate(words=Cast("data", TextField()))
        notices.filter(mentions("words", address)).delete()
        entries = AuditEntry.objects.annotate(words=Cast("details", TextField()))
        entries.filter(mentions("words", address)).update(details={ERASED: True})
        LogEntry.objects.filter(mentions("object_repr", address) | mentions("change_message", address)).update(
            object_repr=ERASED, change_message=""
        )
        UnreadablePost.objects.alias(words=_AS_TEXT).filter(mentions("words", address)).delete()


def _unname(contact: Contact) -> None:
    """A contact that stands for nobody and is in no list. Whoever writes from that number again is a stranger."""
    Conversation.objects.filter(contact=contact).update(
        state=State.INITIAL.value,
        memory={},
        labels=[],
        chat_started_at=None,
        unread_count=0,
        last_message=None,
        last_message_at=None,
        last_inbound_at=None,
    )
    contact.phone = contact.parent_user_id = None
    contact.user_id = f"{NOBODY}{uuid.uuid4().hex[:12]}"
    contact.username = contact.profile_name = contact.name = contact.email = contact.class_grade = ""
    contact.registered_at, contact.is_active = None, False
    contact.save()
