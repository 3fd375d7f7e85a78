"""Two records turn out to be one person: what becomes of their tickets, chats and notes."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations import people
from conversations.models import Conversation
from conversations.received import Person
from support import services
from support.clock import open_seconds
from support.models import Status, SupportMessage, SupportTicket
from tests.conversations.conftest import Phone

YESTERDAY = timedelta(hours=25)


def test_of_two_active_tickets_the_older_goes_on_with_both_threads(
    ticket: SupportTicket, phone: Phone, other_phone: Phone
) -> None:
    phone.says("first half")
    other_phone.registers("Ada Obi")
    other_phone.taps("support")
    other_phone.says("second half")
    younger = SupportTicket.objects.latest("id")
    people.change_identity(other_phone.person, phone.person)
    ticket.refresh_from_db()
    younger.refresh_from_db()
    assert (ticket.status, younger.status, younger.ended_by) == (Status.OPEN, Status.CLOSED, "merge")
    assert (ticket.in_chat, younger.in_chat, phone.conversation.is_chat_support) == (True, False, True)
    assert {entry.message.text for entry in ticket.entries.all() if entry.message} == {"first half", "second half"}


def test_the_first_answer_goes_where_the_thread_goes(
    ticket: SupportTicket, phone: Phone, other_phone: Phone, grace: User
) -> None:
    asked = ticket.created_at - timedelta(hours=1)
    SupportTicket.objects.filter(pk=ticket.pk).update(created_at=asked)
    other_phone.registers("Ada Obi")
    other_phone.taps("support")
    younger = SupportTicket.objects.latest("id")
    services.reply(younger, grace, "We are looking into it.")
    services.reply(ticket, grace, "We still are.")
    younger.refresh_from_db()
    answered = younger.first_response_at
    people.change_identity(other_phone.person, phone.person)
    ticket.refresh_from_db()
    younger.refresh_from_db()
    assert answered is not None
    assert ticket.first_response_at == answered
    assert ticket.first_response_seconds == open_seconds(asked, answered) > 0
    assert (younger.first_response_at, younger.first_response_seconds) == (None, None)


def test_an_earlier_answer_stays_the_first_one(
    ticket: SupportTicket, phone: Phone, other_phone: Phone, grace: User
) -> None:
    services.reply(ticket, grace, "We are looking into it.")
    ticket.refresh_from_db()
    answered = (ticket.first_response_at, ticket.first_response_seconds)
    other_phone.registers("Ada Obi")
    other_phone.taps("support")
    services.reply(SupportTicket.objects.latest("id"), grace, "We look into it.")
    people.change_identity(other_phone.person, phone.person)
    ticket.refresh_from_db()
    assert (ticket.first_response_at, ticket.first_response_seconds) == answered


def answered_on_the_other_half(other_phone: Phone, by: User) -> None:
    """The younger ticket of the two is taken by whoever answers it."""
    other_phone.registers("Ada Obi")
    other_phone.taps("support")
    services.reply(SupportTicket.objects.latest("id"), by, "We are looking into it.")


def test_whoever_answered_on_the_other_half_goes_on(
    ticket: SupportTicket, phone: Phone, other_phone: Phone, grace: User
) -> None:
    answered_on_the_other_half(other_phone, grace)
    people.change_identity(other_phone.person, phone.person)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assigned_admin) == (Status.IN_PROGRESS, grace)
    changes = dict(ticket.changes.filter(by="merge").values_list("field", "after"))
    assert changes == {"status": "IN_PROGRESS", "assigned_admin": "grace"}


def test_whoever_has_the_ticket_that_stays_keeps_it(
    ticket: SupportTicket, phone: Phone, other_phone: Phone, grace: User, tunde: User
) -> None:
    services.take(ticket, tunde)
    answered_on_the_other_half(other_phone, grace)
    people.change_identity(other_phone.person, phone.person)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assigned_admin) == (Status.IN_PROGRESS, tunde)


def test_notes_that_both_halves_know_by_one_key_are_kept(
    ticket: SupportTicket, phone: Phone, other_phone: Phone, grace: User
) -> None:
    other_phone.says("hi")
    services.note_beside(other_phone.conversation, grace, "Beside the second half", client_id="k2")
    younger = services.open_ticket(other_phone.conversation, grace).ticket
    services.note(ticket, grace, "On the first half", client_id="k1")
    services.note(younger, grace, "On the second half", client_id="k1")
    SupportMessage.objects.create(
        conversation=phone.conversation, kind="note", sender_type="admin", text="Beside the first half", client_id="k2"
    )
    people.change_identity(other_phone.person, phone.person)
    notes = services.notes_about(phone.conversation).order_by("pk").values_list("text", "client_id")
    assert list(notes) == [
        ("Beside the second half", None),
        ("On the first half", "k1"),
        ("On the second half", None),
        ("Beside the first half", "k2"),
    ]


def test_a_merge_reads_the_entries_about_the_two_alone(
    ticket: SupportTicket, phone: Phone, other_phone: Phone, grace: User
) -> None:
    other_phone.says("hi")
    services.open_ticket(other_phone.conversation, grace)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as statements:
        people.change_identity(other_phone.person, phone.person)
        keys = next(one["sql"] for one in statements if 'UPDATE "support_messages" SET "client_id"' in str(one["sql"]))
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {keys}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan on support_messages" not in plan
    assert "support_tickets" not in plan  # a condition on either table is found by no index


def test_a_live_chat_survives_the_merge_with_a_half_that_wrote_later(
    ticket: SupportTicket, phone: Phone, other_phone: Phone
) -> None:
    other_phone.says("hi")
    people.change_identity(Person(phone="+2348087654321"), phone.person)
    phone.says("Is anybody there?")
    ticket.refresh_from_db()
    assert (ticket.in_chat, phone.conversation.is_chat_support) == (True, True)
    assert ticket.entries.filter(message__text="Is anybody there?").exists()


def test_notes_about_either_half_are_kept(phone: Phone, student: Conversation, other_phone: Phone, grace: User) -> None:
    other_phone.says("hi")
    services.note_beside(other_phone.conversation, grace, "Her brother's phone")
    people.change_identity(other_phone.person, phone.person)
    assert phone.conversation.notes.get().text == "Her brother's phone"
