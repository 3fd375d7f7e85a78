"""Everybody at the same moment, each with a connection of their own: one consistent result, no deadlock."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from conversations.bot.types import State
from conversations.models import Attachment, MediaFile, Message
from conversations.people import Busy
from conversations.storage import PostgresStorage, generated_name
from support import services
from support.errors import (
    AssignedToOther,
    TicketClosed,
)
from support.models import Status, SupportTicket
from support.privacy import Person, erase
from tests.conversations.conftest import Phone
from tests.support.conftest import together

YESTERDAY = timedelta(hours=25)


def history(ticket: SupportTicket, field: str = "status") -> list[str]:
    """What this field has been, in order."""
    return list(ticket.changes.filter(field=field).order_by("id").values_list("after", flat=True))


@pytest.mark.django_db(transaction=True)
def test_two_agents_and_a_student_at_the_same_moment_leave_one_consistent_ticket(
    ticket: SupportTicket, phone: Phone, grace: User, tunde: User, amina: User
) -> None:
    phone.post(phone.message("interactive", pressed=("end_chat", "End Chat")))
    raised = together(
        phone.waits,
        lambda: services.reply(ticket, grace, "Hello!"),
        lambda: services.reply(ticket, tunde, "Hello!", take=True),
        lambda: services.assign(ticket, tunde, amina),
        lambda: services.close(ticket, amina),
    )
    assert {type(error) for error in raised} <= {TicketClosed, AssignedToOther}
    phone.waits()
    ticket.refresh_from_db()
    assert (ticket.status, phone.conversation.state) == (Status.CLOSED, State.IDLE)
    assert history(ticket).count(Status.CLOSED) == 1
    assert history(ticket, "assigned_admin")[-1] == "tunde"
    answered = ticket.entries.filter(sender_type="admin").exists()
    assert answered == (ticket.first_response_at is not None)


@pytest.mark.django_db(transaction=True)
def test_no_message_is_to_nobody_when_the_chat_ends_while_the_student_writes(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    phone.post(phone.message(text="one more question"))
    assert together(phone.waits, lambda: services.end_chat(ticket.conversation, grace)) == []
    phone.waits()
    message = Message.objects.get(text="one more question")
    assert message.explanation is not None
    was_in_chat = message.explanation["from_state"] == State.CHAT_SUPPORT_ACTIVE
    assert ticket.entries.filter(message=message).exists() == was_in_chat


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("came", [False, True], ids=["answered meanwhile", "a file came meanwhile"])
def test_a_store_that_hangs_over_an_erasure_holds_up_no_verb(
    ticket: SupportTicket, phone: Phone, grace: User, monkeypatch: pytest.MonkeyPatch, came: bool
) -> None:
    """What came meanwhile is erased the next time: its file is still to be deleted."""
    asked, over, delete = Event(), Event(), PostgresStorage.delete

    def slow(store: PostgresStorage, name: str) -> None:
        asked.set()
        over.wait(20)
        delete(store, name)

    def meanwhile() -> None:
        assert asked.wait(10)
        services.reply(ticket, grace, "Hello!")
        if came:
            keep_file(ticket)
        over.set()

    keep_file(ticket)
    monkeypatch.setattr(PostgresStorage, "delete", slow)
    person = Person(phone.conversation)
    raised = together(lambda: erase(person), meanwhile)
    assert [type(error) for error in raised] == [Busy] * came
    assert (Attachment.objects.count(), MediaFile.objects.count()) == ((2, 2) if came else (0, 0))
    if came:
        erase(person)
    assert not MediaFile.objects.exists()
    assert phone.waits() == []


def keep_file(ticket: SupportTicket) -> None:
    """A file of the student's is stored."""
    attachment = Attachment(message=ticket.conversation.messages.first(), kind="image", status="stored")
    attachment.file.save(generated_name(), ContentFile(b"a picture"), save=False)
    attachment.save()
