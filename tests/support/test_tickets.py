"""A ticket's life at the desk: opened, handed around, resolved, closed, reopened, and what each leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from conversations.bot.types import State
from conversations.models import Conversation, Message, Sender
from support import services, upkeep
from support.errors import (
    AssignedToOther,
    ChatActive,
    Forbidden,
    InvalidTransition,
    NoSuchTicket,
    TicketActive,
    TicketClosed,
)
from support.models import By, Category, Priority, Status, SupportTicket
from support.services import Details
from tests.conversations.conftest import Phone

YESTERDAY = timedelta(hours=25)


@pytest.fixture
def api_ticket(student: Conversation, grace: User) -> SupportTicket:
    """A ticket that an integrator opened for a student who is not in a chat."""
    details = Details(issue_description="Cannot pay", priority=Priority.HIGH)
    return services.open_ticket(student, grace, details, by=By.API).ticket


def history(ticket: SupportTicket, field: str = "status") -> list[str]:
    """What this field has been, in order."""
    return list(ticket.changes.filter(field=field).order_by("id").values_list("after", flat=True))


# --- opened -----------------------------------------------------------------------------------------------------------


def test_a_ticket_opened_by_the_api_leaves_the_students_state_alone(
    api_ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    assert (api_ticket.status, api_ticket.opened_by, api_ticket.sender_name) == (Status.OPEN, "api", "Ada Obi")
    assert phone.waits() == []
    assert phone.conversation.state == State.REGISTERED
    assert api_ticket.changes.get().staff == grace


def test_opening_beside_an_active_ticket_returns_that_one(
    api_ticket: SupportTicket, student: Conversation, tunde: User
) -> None:
    opened = services.open_ticket(student, tunde, Details(priority=Priority.LOW))
    assert (opened.ticket, opened.created, opened.ticket.priority) == (api_ticket, False, Priority.HIGH)


def test_the_first_answer_to_it_starts_the_chat_and_what_follows_stays_in_it(
    api_ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.reply(api_ticket, grace, "Which bank?")
    assert [one.text for one in phone.waits()] == ["🎧 Support Team: Which bank?"]
    assert phone.conversation.is_chat_support
    phone.says("First Bank")
    assert SupportTicket.objects.get().entries.filter(message__text="First Bank").exists()


def test_asking_for_a_person_goes_on_with_the_ticket_that_is_there(api_ticket: SupportTicket, phone: Phone) -> None:
    phone.taps("support")
    phone.says("It still does not work")
    found = SupportTicket.objects.get()
    assert found.in_chat
    assert found.entries.count() == 1


def test_opening_in_a_chat_whose_ticket_is_resolved_takes_that_one_up_again(
    ticket: SupportTicket, student: Conversation, grace: User
) -> None:
    services.resolve(ticket, grace)
    opened = services.open_ticket(student, grace, by=By.API)
    assert (opened.ticket, opened.created, opened.ticket.status) == (ticket, False, Status.IN_PROGRESS)


def test_staff_start_a_chat_with_their_words(student: Conversation, phone: Phone, grace: User) -> None:
    ticket = services.start_chat(student, grace, "Hello Ada, about your homework:")
    assert [one.text for one in phone.waits()] == ["🎧 Support Team: Hello Ada, about your homework:"]
    assert (ticket.opened_by, ticket.status, ticket.assigned_admin) == ("staff", Status.IN_PROGRESS, grace)
    assert phone.conversation.is_chat_support


def test_a_chat_started_without_words_begins_with_the_usual_welcome(
    student: Conversation, phone: Phone, grace: User
) -> None:
    ticket = services.start_chat(student, grace)
    assert phone.waits()[0].text.startswith("Hi Ada! 💬")
    assert [button.id for button in phone.last.buttons] == ["end_chat"]
    assert (ticket.status, ticket.first_response_at, ticket.waiting_since) == (Status.OPEN, None, None)


def test_a_second_chat_with_the_same_person_is_refused(ticket: SupportTicket, grace: User) -> None:
    with pytest.raises(ChatActive):
        services.start_chat(ticket.conversation, grace, "Hello?")


def test_starting_a_chat_twice_by_a_double_click_starts_one(student: Conversation, grace: User) -> None:
    first = services.start_chat(student, grace, "Hello!", client_id="c1")
    assert services.start_chat(student, grace, "Hello!", client_id="c1") == first
    assert Message.objects.filter(sender=Sender.ADMIN).count() == 1


# --- handed around ----------------------------------------------------------------------------------------------------


def test_a_ticket_is_taken_let_go_and_given_with_its_history(
    ticket: SupportTicket, grace: User, tunde: User, amina: User
) -> None:
    services.take(ticket, grace)
    services.take(ticket, grace)
    services.unassign(ticket, grace)
    services.assign(ticket, tunde, amina)
    assert history(ticket, "assigned_admin") == ["grace", "", "tunde"]


@pytest.mark.parametrize(
    "verb",
    [
        services.take,
        services.unassign,
        lambda ticket, who: services.reply(ticket, who, "Hello!"),
        lambda ticket, who: services.send(ticket.conversation, who, "Hello!"),
        lambda ticket, who: services.end_chat(ticket.conversation, who),
        services.close,
        services.resolve,
        lambda ticket, who: services.set_priority(ticket, Priority.LOW, who),
        lambda ticket, who: services.set_category(ticket, None, who),
    ],
    ids=["take", "unassign", "reply", "send", "end_chat", "close", "resolve", "set_priority", "set_category"],
)
def test_a_colleagues_ticket_is_left_alone(
    ticket: SupportTicket, grace: User, tunde: User, verb: Callable[[SupportTicket, User], object]
) -> None:
    services.take(ticket, grace)
    with pytest.raises(AssignedToOther):
        verb(ticket, tunde)
    ticket.refresh_from_db()
    assert (ticket.assigned_admin, ticket.status) == (grace, Status.OPEN)


def test_a_colleagues_ticket_is_taken_over_on_purpose(ticket: SupportTicket, grace: User, tunde: User) -> None:
    services.take(ticket, grace)
    services.resolve(ticket, tunde, take=True)
    ticket.refresh_from_db()
    assert (ticket.assigned_admin, ticket.status) == (tunde, Status.RESOLVED)
    services.take(ticket, grace, from_colleague=True)
    assert history(ticket, "assigned_admin") == ["grace", "tunde", "grace"]


def test_agents_do_not_give_tickets_to_others(ticket: SupportTicket, grace: User, tunde: User) -> None:
    with pytest.raises(Forbidden):
        services.assign(ticket, tunde, grace)


def test_priority_and_category_are_changed_once_and_written_down(ticket: SupportTicket, grace: User) -> None:
    billing = Category.objects.create(name="Billing")
    for _twice in range(2):
        services.set_priority(ticket, Priority.URGENT, grace)
        services.set_category(ticket, billing, grace)
    assert (history(ticket, "priority"), history(ticket, "category")) == (["URGENT"], ["Billing"])


def test_a_ticket_that_is_not_there_is_named(db: None, grace: User) -> None:
    with pytest.raises(NoSuchTicket, match="4711"):
        services.resolve(SupportTicket(pk=4711), grace)


# --- resolved, closed, reopened ---------------------------------------------------------------------------------------


def test_what_is_done_already_is_not_done_again(ticket: SupportTicket, grace: User) -> None:
    for verb in (services.resolve, services.close, services.reopen):
        verb(ticket, grace)
        verb(ticket, grace)
    assert history(ticket) == [Status.OPEN, Status.RESOLVED, Status.CLOSED, Status.IN_PROGRESS]


def test_a_refused_step_names_the_legal_ones(ticket: SupportTicket, grace: User) -> None:
    services.close(ticket, grace)
    with pytest.raises(InvalidTransition, match="IN_PROGRESS"):
        services.change_status(ticket, Status.RESOLVED, grace)


def test_reopening_opens_no_chat_and_forgets_the_ending(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.close(ticket, grace)
    reopened = services.reopen(ticket, grace)
    assert (reopened.resolved_at, reopened.closed_at, reopened.ended_by) == (None, None, "")
    assert (reopened.resolution_seconds, phone.conversation.state) == (None, State.IDLE)


def test_a_reopened_ticket_is_answered_in_a_chat_again(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.reply(ticket, grace, "Hello!")
    services.close(ticket, grace)
    services.reopen(ticket, grace)
    services.reply(ticket, grace, "One more thing:")
    phone.says("Yes?")
    ticket.refresh_from_db()
    assert (ticket.in_chat, SupportTicket.objects.count()) == (True, 1)


def test_beside_a_live_chat_no_other_ticket_is_reopened_or_answered(
    api_ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.resolve(api_ticket, grace)
    phone.taps("support")
    chat = SupportTicket.objects.latest("id")
    services.resolve(chat, grace)
    for refused in (
        lambda: services.reopen(api_ticket, grace),
        lambda: services.reply(api_ticket, grace, "Here I am"),
        lambda: services.reported(api_ticket, grace, "She called"),
    ):
        with pytest.raises(TicketActive, match=str(chat.pk)):
            refused()


def test_closing_another_ticket_leaves_the_chat_alone(api_ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.resolve(api_ticket, grace)
    phone.taps("support")
    services.close(api_ticket, grace)
    assert phone.waits() == []
    assert phone.conversation.is_chat_support


def test_a_resolved_ticket_that_is_answered_closes_a_week_after_the_answer(
    api_ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.resolve(api_ticket, grace)
    now, week = timezone.now(), timedelta(days=7)
    SupportTicket.objects.update(resolved_at=now - week + timedelta(minutes=1))
    services.reply(api_ticket, grace, "One more thing:")
    assert upkeep.close_resolved(now + timedelta(minutes=5)) == 0
    assert phone.conversation.is_chat_support
    assert upkeep.close_resolved(timezone.now() + week) == 1


def test_ending_the_chat_of_a_resolved_ticket_keeps_when_it_was_resolved(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    resolved = services.resolve(ticket, grace)
    phone.taps("end_chat")
    ticket.refresh_from_db()
    assert (ticket.resolved_at, ticket.ended_by) == (resolved.resolved_at, "user")
    assert history(ticket) == [Status.OPEN, Status.RESOLVED, Status.CLOSED]


@pytest.mark.parametrize("word", ["done", "End chat!", "quit chat, please"])
def test_so_does_a_typed_word(ticket: SupportTicket, phone: Phone, grace: User, word: str) -> None:
    services.resolve(ticket, grace)
    phone.says(word)
    assert history(ticket) == [Status.OPEN, Status.RESOLVED, Status.CLOSED]


def test_a_reaction_reopens_nothing(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.resolve(ticket, grace)
    phone.does(phone.message("reaction", text="👍"))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since) == (Status.RESOLVED, None)
    assert ticket.entries.count() == 1


def test_nothing_is_added_to_a_closed_ticket(ticket: SupportTicket, grace: User) -> None:
    services.close(ticket, grace)
    for refused in (
        lambda: services.reply(ticket, grace, "Too late"),
        lambda: services.note(ticket, grace, "Too late"),
        lambda: services.reported(ticket, grace, "Too late"),
    ):
        with pytest.raises(TicketClosed):
            refused()


def test_the_question_how_it_went_is_about_the_chat_that_ended(
    student: Conversation, phone: Phone, grace: User
) -> None:
    first = services.open_ticket(student, grace, by=By.API).ticket
    services.close(first, grace)
    second = services.open_ticket(student, grace, by=By.API).ticket
    services.close(second, grace)
    services.reopen(first, grace)
    services.reply(first, grace, "Hello again!")
    phone.waits()
    phone.taps("end_chat")
    services.ask_rating(first.pk)
    phone.waits()
    phone.taps("rate_5")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.rating, second.rating) == (5, None)
