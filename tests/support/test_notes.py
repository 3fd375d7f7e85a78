"""What stands in a ticket's thread and never leaves the desk."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from conversations.models import Conversation, Message
from support import services
from support.models import EntryKind, Status, SupportMessage, SupportTicket
from tests.conversations.conftest import Phone


def test_a_note_stands_in_the_thread_and_is_not_sent(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.note(ticket, grace, "  She called twice. ")
    entry = ticket.entries.get()
    assert (entry.kind, entry.sender_type, entry.staff, entry.text) == ("note", "admin", grace, "She called twice.")
    assert phone.waits() == []


def test_a_note_answers_nobody(ticket: SupportTicket, grace: User) -> None:
    services.note(ticket, grace, "Ask Tunde.")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.first_response_at, ticket.assigned_admin) == (Status.OPEN, None, None)
    assert ticket.waiting_since is not None


def test_agents_note_on_a_colleagues_ticket(ticket: SupportTicket, grace: User, tunde: User) -> None:
    services.take(ticket, grace)
    services.note(ticket, tunde, "I know her, ask me.")
    assert ticket.entries.count() == 1


def test_a_note_beside_a_thread_belongs_to_the_present_ticket(ticket: SupportTicket, grace: User) -> None:
    assert services.note_beside(ticket.conversation, grace, "Her mother pays.").ticket == ticket


def test_a_note_about_a_person_without_a_ticket_belongs_to_the_conversation(student: Conversation, grace: User) -> None:
    services.note_beside(student, grace, "Her mother pays.", client_id="n1")
    services.note_beside(student, grace, "Her mother pays.", client_id="n1")
    assert student.notes.get().ticket is None


def test_what_was_said_elsewhere_is_kept_without_the_bot_or_the_student_hearing_of_it(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    before = Message.objects.count()
    services.reported(ticket, grace, "end chat")
    entry = ticket.entries.get()
    assert (entry.kind, entry.sender_type, entry.staff) == (EntryKind.REPORTED, "user", grace)
    assert (phone.waits(), Message.objects.count()) == ([], before)
    assert phone.conversation.is_chat_support


def test_what_was_said_elsewhere_reopens_a_resolved_ticket_and_waits_for_an_answer(
    ticket: SupportTicket, grace: User
) -> None:
    services.reply(ticket, grace, "Done.")
    services.resolve(ticket, grace)
    services.reported(ticket, grace, "It still does not work, she says on the phone.")
    ticket.refresh_from_db()
    assert ticket.status == Status.IN_PROGRESS
    assert ticket.waiting_since is not None
    last = ticket.changes.latest("id")
    assert (last.by, last.staff) == ("user", grace)


@pytest.mark.parametrize("verb", [services.note, services.reported])
def test_a_double_click_writes_once(ticket: SupportTicket, grace: User, verb: object) -> None:
    assert callable(verb)
    first = verb(ticket, grace, "She called.", client_id="n1")
    assert verb(ticket, grace, "She called.", client_id="n1") == first
    assert SupportMessage.objects.count() == 1


@pytest.mark.parametrize("verb", [services.note, services.reported])
def test_no_words_are_no_note(ticket: SupportTicket, grace: User, verb: object) -> None:
    assert callable(verb)
    with pytest.raises(ValueError, match="words"):
        verb(ticket, grace, " \n")
