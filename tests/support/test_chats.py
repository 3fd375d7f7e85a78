"""A person is asked for, answers, and either side ends it: as the student sees it, and what becomes of the ticket."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import replay
from conversations.bot.types import State
from conversations.models import Conversation, Message
from support import services, tasks, upkeep
from support.errors import AssignedToOther, ChatNotActive, InvalidTransition, TicketActive, TicketClosed
from support.models import Status, SupportTicket
from tests.conversations.conftest import Phone
from tests.support.conftest import together

WELCOME = """Hi Ada! 💬

📞 Live Chat Support

You are now connected to our support team! 🎯

Please describe your issue and an admin will respond to you shortly.

You can continue chatting until you select 'End Chat' to return to the main menu."""
SENT = """✓ Your message has been sent to support.

An admin will respond shortly. You can continue typing or select 'End Chat' to exit."""


def test_asking_for_a_person_opens_a_chat_and_a_ticket_at_once(student: Conversation, phone: Phone) -> None:
    phone.taps("support")
    assert phone.last.text.startswith(WELCOME)
    assert [button.id for button in phone.last.buttons] == ["end_chat"]
    assert phone.conversation.state == State.CHAT_SUPPORT_ACTIVE
    assert SupportTicket.objects.get().status == Status.OPEN


def test_the_place_in_the_queue_is_told_once(ticket: SupportTicket, other_phone: Phone) -> None:
    other_phone.registers("Bola Ade")
    other_phone.taps("support")
    assert "2" in other_phone.last.text
    other_phone.says("my question")
    assert "2" not in other_phone.last.text


def test_a_closed_desk_tells_its_opening_hours(student: Conversation, phone: Phone, settings: object) -> None:
    weekday = timezone.localtime() + timedelta(days=3)
    settings.SUPPORT_HOURS = f"{weekday:%a} 08:00-09:00"  # type: ignore[attr-defined]
    phone.taps("support")
    assert f"{weekday:%a} 08:00-09:00" in phone.last.text


def test_the_first_message_is_acknowledged_and_the_next_ones_are_not(ticket: SupportTicket, phone: Phone) -> None:
    assert [one.text for one in phone.says("My photo was refused")] == [SENT]
    assert phone.says("the second one, too") == []


def test_what_is_not_acknowledged_uses_up_no_acknowledgement(ticket: SupportTicket, phone: Phone) -> None:
    for silent in ("sticker", "location", "reaction"):
        assert phone.does(phone.message(silent)) == []
    phone.taps("main_menu")
    assert "To leave it, tap *End Chat*" in phone.last.text
    assert [one.text for one in phone.says("My photo was refused")] == [SENT]
    assert phone.says("the second one, too") == []
    assert not [played for played in replay.play(phone.conversation) if played.differs]


def test_an_acknowledgement_comes_again_after_a_staff_answer(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    phone.says("My photo was refused")
    services.reply(ticket, grace, "Which one?")
    phone.waits()
    assert [one.text for one in phone.says("the second")] == [SENT]


def test_every_word_of_a_chat_stands_in_the_tickets_thread(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    phone.says("please do not close my account")
    services.reply(ticket, grace, "We will not.")
    words = [entry.message.text for entry in ticket.entries.order_by("id") if entry.message]
    assert words == ["please do not close my account", "We will not."]


def test_a_staff_answer_arrives_with_its_prefix_and_takes_the_ticket(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.reply(ticket, grace, "Hello Ada!")
    assert [one.text for one in phone.waits()] == ["🎧 Support Team: Hello Ada!"]
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assigned_admin) == (Status.IN_PROGRESS, grace)
    assert ticket.first_response_at is not None


def test_a_colleagues_ticket_is_taken_over_only_on_purpose(ticket: SupportTicket, grace: User, tunde: User) -> None:
    services.reply(ticket, grace, "Hello!")
    with pytest.raises(AssignedToOther):
        services.reply(ticket, tunde, "Hello from me, too!")
    services.reply(ticket, tunde, "I take over.", take=True)
    ticket.refresh_from_db()
    assert ticket.assigned_admin == tunde


def test_a_student_ends_the_chat(ticket: SupportTicket, phone: Phone) -> None:
    phone.taps("end_chat")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.ended_by) == (Status.CLOSED, "user")
    assert phone.conversation.state == State.IDLE
    assert phone.heard[0].text.startswith("Hey Ada! What would you like to do?")


def test_staff_end_the_chat_with_their_words(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.close(ticket, grace, "Good luck with your exam!")
    assert phone.waits()[0].text == "Good luck with your exam!"
    assert [button.id for button in phone.last.buttons] == ["main_menu"]
    assert phone.conversation.state == State.IDLE


def test_closing_words_of_staff_are_theirs_in_the_thread_and_on_the_ticket(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.close(ticket, grace, "Good luck with your exam!")
    said = Message.objects.get(text="Good luck with your exam!")
    assert (said.sender, said.staff, said.policy) == ("admin", grace, "park")
    ticket.refresh_from_db()
    assert (ticket.entries.get(message=said).sender_type, ticket.first_response_at) == ("admin", said.created_at)


def test_closing_words_of_staff_alone_make_a_chat_with_a_length_that_the_student_is_asked_about(
    ticket: SupportTicket, grace: User
) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=4)):
        services.close(ticket, grace, "Good luck!")
    ticket.refresh_from_db()
    assert ticket.chat_seconds in range(240, 300)
    assert ProcrastinateJob.objects.filter(task_name="ask_rating", args={"ticket_id": ticket.pk}).count() == 1


def test_long_closing_words_are_staffs_and_the_line_above_the_buttons_is_the_bots(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.close(ticket, grace, "Well done. " * 200)
    words, choice = Message.objects.order_by("pk").filter(delivery_status="queued").reverse()[:2][::-1]
    assert (words.sender, choice.sender, bool(words.buttons), bool(choice.buttons)) == ("admin", "bot", False, True)


def test_staff_end_the_chat_with_the_usual_words(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.end_chat(phone.conversation, grace)
    assert phone.waits()[0].text == "Thank you for contacting support! This chat session has ended."
    said = Message.objects.get(text__startswith="Thank you for contacting support!")
    assert (said.sender, said.staff) == ("bot", None)


def test_an_ended_chat_cannot_be_ended_again(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    phone.taps("end_chat")
    with pytest.raises(ChatNotActive):
        services.end_chat(phone.conversation, grace)


@pytest.mark.django_db(transaction=True)
def test_both_sides_ending_at_the_same_moment_give_one_ending(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    phone.post(phone.message("interactive", pressed=("end_chat", "End Chat")))
    assert together(phone.waits, lambda: services.close(ticket, grace)) == []
    phone.waits()
    ticket.refresh_from_db()
    closings = ticket.changes.filter(field="status", after=Status.CLOSED).count()
    assert (ticket.status, closings, phone.conversation.state) == (Status.CLOSED, 1, State.IDLE)


@pytest.mark.django_db(transaction=True)
def test_two_agents_answering_at_the_same_moment_give_one_owner(
    ticket: SupportTicket, phone: Phone, grace: User, tunde: User
) -> None:
    refused = together(
        lambda: services.reply(ticket, grace, "Hello from grace"),
        lambda: services.reply(ticket, tunde, "Hello from me"),
    )
    assert [type(error) for error in refused] == [AssignedToOther]
    assert Message.objects.filter(sender="admin").count() == 1


def test_a_new_request_opens_a_new_ticket_and_the_history_stays(ticket: SupportTicket, phone: Phone) -> None:
    phone.says("first question")
    phone.taps("end_chat")
    phone.taps("support")
    assert SupportTicket.objects.count() == 2
    assert ticket.entries.filter(message__text="first question").exists()


def test_after_a_chat_in_which_staff_wrote_the_student_is_asked_once_how_it_went(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.reply(ticket, grace, "Hello!")
    phone.waits()
    phone.taps("end_chat")
    services.ask_rating(ticket.pk)
    services.ask_rating(ticket.pk)
    asked = phone.waits()
    assert len(asked) == 1
    assert {"rate_1", "rate_5"} <= {button.id for button in asked[0].buttons}
    phone.taps("rate_4")
    ticket.refresh_from_db()
    assert ticket.rating == 4


def test_a_bare_digit_rates_only_as_the_very_next_message(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.reply(ticket, grace, "Hello!")
    phone.taps("end_chat")
    services.ask_rating(ticket.pk)
    phone.waits()
    phone.says("menu")
    phone.says("5")
    ticket.refresh_from_db()
    assert ticket.rating is None


def test_nobody_is_asked_about_a_ticket_that_is_gone_meanwhile(phone: Phone) -> None:
    tasks.ask_rating(ticket_id=4711)
    assert phone.waits() == []


def test_a_chat_without_an_answer_is_not_asked_about(ticket: SupportTicket, phone: Phone) -> None:
    phone.taps("end_chat")
    assert SupportTicket.objects.get().rating_asked_at is None


def test_a_resolved_ticket_keeps_the_chat_and_is_reopened_by_the_next_word(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.change_status(ticket, Status.RESOLVED, grace)
    assert phone.conversation.is_chat_support
    phone.says("one more thing")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolved_at) == (Status.IN_PROGRESS, None)


def test_a_resolved_ticket_closes_by_itself_after_a_week(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    services.change_status(ticket, Status.RESOLVED, grace)
    assert upkeep.close_resolved(timezone.now() + timedelta(days=6)) == 0
    assert upkeep.close_resolved(timezone.now() + timedelta(days=8)) == 1
    ticket.refresh_from_db()
    assert (ticket.status, phone.conversation.state) == (Status.CLOSED, State.IDLE)


def test_an_illegal_move_is_refused_and_changes_nothing(ticket: SupportTicket, grace: User) -> None:
    services.change_status(ticket, Status.RESOLVED, grace)
    with pytest.raises(InvalidTransition):
        services.change_status(ticket, Status.OPEN, grace)
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED


def test_reopening_beside_another_active_ticket_is_refused(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    phone.taps("end_chat")
    phone.taps("support")
    with pytest.raises(TicketActive):
        services.change_status(ticket, Status.IN_PROGRESS, grace)


def test_a_closed_ticket_takes_no_answer(ticket: SupportTicket, phone: Phone, grace: User) -> None:
    phone.taps("end_chat")
    with pytest.raises(TicketClosed):
        services.reply(ticket, grace, "Too late")


def test_a_student_who_does_not_answer_is_asked_after_two_hours_once_and_let_go_after_twenty(
    ticket: SupportTicket, phone: Phone, grace: User
) -> None:
    services.reply(ticket, grace, "Can you send the photo again?")
    phone.waits()
    now = timezone.now()
    assert upkeep.look_after_silence(now + timedelta(hours=1)) == 0
    assert upkeep.look_after_silence(now + timedelta(hours=2, minutes=1)) == 1
    assert upkeep.look_after_silence(now + timedelta(hours=3)) == 0
    assert upkeep.look_after_silence(now + timedelta(hours=20, minutes=1)) == 1
    ticket.refresh_from_db()
    assert (ticket.status, ticket.ended_by, phone.conversation.state) == (Status.CLOSED, "silence", State.IDLE)


def test_a_student_who_waits_for_us_is_never_asked(ticket: SupportTicket, phone: Phone) -> None:
    phone.says("Hello? Anybody there?")
    assert upkeep.look_after_silence(timezone.now() + timedelta(days=2)) == 0
    assert phone.conversation.is_chat_support


def test_an_interrupted_flow_is_offered_again_after_the_chat(student: Conversation, phone: Phone) -> None:
    phone.taps("homework")
    phone.says("Biology")
    phone.taps("support")
    phone.taps("end_chat")
    assert any(button.id == "resume" for one in phone.heard for button in one.buttons)
