"""Transcripts: the live chat as the student meets it, and the question how it went."""

from __future__ import annotations

import pytest

from conversations.bot.types import (
    AgentJoined,
    AgentLeft,
    AskRatingLater,
    ChatAbandoned,
    ChatFacts,
    HandOff,
    LeaveChat,
    Media,
    Memory,
    Rate,
    RatingDue,
    SaveProfile,
    State,
    TimedOut,
    Unanswerable,
    Unsupported,
)
from conversations.texts import render
from tests.conversations.bot.transcript import Chat, registered

CHATTING = ChatFacts(queue_place=None, acknowledge=True)
ANSWERED = ChatFacts(queue_place=None, acknowledge=True, staff_wrote=True)
SILENT = ChatFacts(queue_place=None, acknowledge=False)

WELCOME = (
    "Hi Ada! 💬\n\n📞 Live Chat Support\n\nYou are now connected to our support team! 🎯\n\n"
    "Please describe your issue and an admin will respond to you shortly.\n\n"
    "You can continue chatting until you select 'End Chat' to return to the main menu."
)


def chatting(facts: ChatFacts = CHATTING) -> Chat:
    """Ada in a live chat."""
    return registered().taps("support").knowing(chat=facts)


def test_the_welcome_is_word_for_word_with_the_place_in_the_queue() -> None:
    chat = registered(chat=ChatFacts(queue_place=3)).hears("chat support").is_in(State.CHAT_SUPPORT_ACTIVE)
    assert chat.words == f"{WELCOME}\n\nYou are number 3 in the queue."
    chat.offers("end_chat").wishes(HandOff)


def test_a_ticket_that_is_taken_already_has_no_place_in_the_queue() -> None:
    assert registered(chat=ChatFacts(queue_place=None)).taps("support").words == WELCOME


def test_when_closed_the_opening_hours_are_told() -> None:
    words = registered(chat=ChatFacts(2, "Mon-Fri 08:00-18:00")).taps("support").words
    assert "Mon-Fri 08:00-18:00" in words
    assert "number 2" not in words


def test_the_days_of_the_opening_hours_are_in_the_students_language() -> None:
    chat = registered(language="fr", chat=ChatFacts(2, "Mon-Fri 08:00-18:00; sat 09:00-13:00")).taps("support")
    assert "lun-ven 08:00-18:00; sam 09:00-13:00" in chat.words


@pytest.mark.parametrize("hours", [None, "Mon-Fri 08:00-18:00"])
def test_on_a_holiday_its_name_is_told_instead_of_hours_that_do_not_hold(hours: str | None) -> None:
    words = registered(chat=ChatFacts(2, hours, holiday="Independence Day")).taps("support").words
    assert words == f"{WELCOME}\n\nWe are closed today (Independence Day). We answer as soon as we are back."


def test_who_has_no_registered_name_is_greeted_all_the_same() -> None:
    assert Chat().hears("hi", "support").words.startswith("Hi there! 💬\n\n📞 Live Chat Support")


@pytest.mark.parametrize("state", ["homework", "pay", "update", "faq", "register"])
def test_the_support_button_works_from_anywhere(state: str) -> None:
    registered().taps(state, "support").is_in(State.CHAT_SUPPORT_ACTIVE).wishes(HandOff)


def test_messages_are_acknowledged_word_for_word_when_it_is_time() -> None:
    chat = chatting().hears("My answer is late").offers("end_chat").because("chat_acknowledged")
    assert chat.words == (
        "✓ Your message has been sent to support.\n\n"
        "An admin will respond shortly. You can continue typing or select 'End Chat' to exit."
    )
    chat.knowing(chat=SILENT).hears("hello?").says_nothing().because("chat_passed_on")


@pytest.mark.parametrize("kind", ["image", "audio", "document", "video"])
def test_files_are_acknowledged_like_words(kind: str) -> None:
    chatting().meets(Media(kind, 1, caption="end chat")).says("chat_acknowledged").is_in(State.CHAT_SUPPORT_ACTIVE)


@pytest.mark.parametrize(
    "text", ["menu", "homework", "please do not close my account", "I'm done with Q1", "5", "help"]
)
def test_whatever_words_a_message_contains_it_goes_to_the_team(text: str) -> None:
    chatting().hears(text).says("chat_acknowledged").wishes().is_in(State.CHAT_SUPPORT_ACTIVE)


def test_a_foreign_button_changes_nothing_and_is_explained_once() -> None:
    chat = (
        chatting(SILENT).taps("main_menu").says("chat_tap_end_chat").offers("end_chat").is_in(State.CHAT_SUPPORT_ACTIVE)
    )
    chat.taps("homework").says_nothing().taps("rate_5").says_nothing().is_in(State.CHAT_SUPPORT_ACTIVE)
    chat.taps("end_chat", "support").knowing(chat=SILENT).taps("faq").says("chat_tap_end_chat")


def test_stickers_go_to_the_team_without_a_word() -> None:
    chatting().meets(Unsupported("sticker")).says_nothing().is_in(State.CHAT_SUPPORT_ACTIVE)


@pytest.mark.parametrize(
    "word", ["end chat", "ＥＮＤ ＣＨＡＴ", "end\u200b chat 👋", "Done.", "exit please", "End_Chat"]
)
def test_a_whole_end_chat_word_ends_it(word: str) -> None:
    chat = chatting().hears(word).is_in(State.IDLE).wishes(LeaveChat)
    assert chat.words == "Hey Ada! What would you like to do?"
    chat.offers("homework", "pay", "check", "faq", "update", "support", "help")
    assert chat.wish(LeaveChat).by == "user"


def test_a_lead_who_leaves_is_welcomed_and_invited_to_register() -> None:
    chat = Chat().hears("support").taps("end_chat").says("invitation").offers("register", "faq", "support")
    chat.is_in(State.IDLE).taps("register").is_in(State.REGISTERING_NAME)


def test_after_a_chat_in_which_staff_wrote_a_rating_is_asked_later() -> None:
    chatting(ANSWERED).taps("end_chat").wishes(LeaveChat, AskRatingLater)
    chatting(ANSWERED).meets(AgentLeft()).wishes(LeaveChat, AskRatingLater)
    chatting(ANSWERED).meets(ChatAbandoned(final=True)).wishes(LeaveChat, AskRatingLater)
    chatting().meets(AgentLeft("Good luck!", 7)).wishes(LeaveChat, AskRatingLater)
    chatting().meets(AgentLeft(None, 7)).wishes(LeaveChat)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (None, "Thank you for contacting support! This chat session has ended."),
        ("Good luck {name}!", "Good luck {name}!"),
    ],
)
def test_staff_end_with_their_closing_words(words: str | None, said: str) -> None:
    chat = chatting().meets(AgentLeft(words)).offers("main_menu").is_in(State.IDLE)
    assert chat.words == said
    assert chat.wish(LeaveChat).by == "staff"


def test_both_ending_at_once_give_one_ending() -> None:
    chatting().taps("end_chat").meets(AgentLeft()).says_nothing().wishes().because("no_chat")
    chatting().meets(AgentLeft()).taps("end_chat").says("main_menu").wishes()


def test_a_flow_that_was_interrupted_is_offered_again_whoever_ended_the_chat() -> None:
    chat = registered().taps("homework").hears("support").meets(AgentLeft())
    chat.says("chat_closed_by_staff", "set_aside_chat").offers("resume", "main_menu")
    chat.taps("resume").says("ask_subject").is_in(State.HOMEWORK_SUBJECT)


def test_staff_may_open_a_chat_in_the_middle_of_a_flow() -> None:
    chat = registered().taps("homework").meets(AgentJoined()).says_nothing().is_in(State.CHAT_SUPPORT_ACTIVE)
    chat.meets(AgentJoined()).says_nothing().meets(AgentLeft()).says("chat_closed_by_staff", "set_aside_chat")


def test_a_time_out_before_the_chat_is_told_after_it() -> None:
    chat = registered().taps("homework").meets(TimedOut()).taps("support").says("chat_welcome")
    chat.taps("end_chat").says("hey", "set_aside_timed_out")


def test_who_does_not_answer_is_asked_and_later_the_chat_is_closed() -> None:
    chat = chatting(ANSWERED).meets(ChatAbandoned()).says("chat_still_there").offers("end_chat")
    chat.is_in(State.CHAT_SUPPORT_ACTIVE).meets(ChatAbandoned(final=True)).says("chat_abandoned").offers("main_menu")
    assert chat.is_in(State.IDLE).wish(LeaveChat).by == "silence"


@pytest.mark.parametrize("final", [False, True])
def test_a_chat_that_is_over_cannot_be_abandoned(final: bool) -> None:
    registered().meets(ChatAbandoned(final=final)).says_nothing().wishes()


def test_the_rating_is_a_list_of_five() -> None:
    chat = registered().meets(RatingDue(7)).says("ask_rating").offers("rate_1", "rate_2", "rate_3", "rate_4", "rate_5")
    assert [render(choice.title) for choice in chat.contents[0].choices][1] == "⭐⭐"
    chat.taps("rate_4").says("thanks_for_rating")
    assert chat.wish(Rate) == Rate(7, 4)


@pytest.mark.parametrize("digit", ["5", "5!", "５", "5️⃣"])
def test_a_bare_digit_as_the_very_next_message_rates(digit: str) -> None:
    assert registered().meets(RatingDue(7)).hears(digit).wish(Rate) == Rate(7, 5)


@pytest.mark.parametrize("text", ["0", "6", "55", "5 stars", "five"])
def test_anything_else_is_no_rating(text: str) -> None:
    registered().meets(RatingDue(7)).hears(text).wishes()


def test_a_digit_later_on_is_no_rating_but_a_tap_still_is() -> None:
    chat = registered().meets(RatingDue(7)).hears("help", "5").wishes()
    assert chat.taps("rate_2").wish(Rate) == Rate(7, 2)


def test_the_idle_time_in_between_does_not_spoil_the_digit() -> None:
    assert registered().meets(RatingDue(7)).after(hours=2).meets(TimedOut()).hears("3").wish(Rate).stars == 3


def test_a_rating_is_valid_for_24_hours() -> None:
    registered().meets(RatingDue(7)).after(hours=24).taps("rate_1").wishes(Rate)
    chat = registered().meets(RatingDue(7)).after(hours=24, seconds=1)
    chat.hears("5").wishes().taps("rate_1").says("rating_closed").wishes()


def test_a_ticket_is_rated_once_and_asked_about_once() -> None:
    chat = registered().meets(RatingDue(7)).taps("rate_3").taps("rate_5").says("rating_closed").wishes()
    chat.meets(RatingDue(7)).says_nothing().because("rating_not_asked")
    chat.meets(RatingDue(8)).says("ask_rating").meets(RatingDue(7)).says_nothing()


def test_nobody_is_asked_during_a_live_chat() -> None:
    chatting().meets(RatingDue(7)).says_nothing().because("rating_not_asked")


def test_a_digit_that_answers_an_open_question_is_no_rating() -> None:
    chat = Chat().hears("hi", "Ada Obi", "ada@example.com").meets(RatingDue(7)).hears("5").wishes(SaveProfile)
    assert chat.wish(SaveProfile).class_grade == "5"


def test_a_tap_that_rates_inside_a_flow_is_followed_by_the_open_question() -> None:
    chat = registered().meets(RatingDue(7)).taps("homework", "rate_5").says("thanks_for_rating", "ask_subject")
    chat.wishes(Rate).is_in(State.HOMEWORK_SUBJECT)


def test_a_star_nobody_asked_for_shows_the_menu() -> None:
    Chat(registered().facts, Memory(State.IDLE)).taps("rate_5").says("main_menu").wishes()


# --- Where WhatsApp takes no words any more ---------------------------------------------------------------------------


@pytest.mark.parametrize("end", [AgentLeft(), ChatAbandoned(final=True)])
def test_a_chat_ends_without_words_that_cannot_arrive(end: AgentLeft | ChatAbandoned) -> None:
    chat = chatting(ANSWERED).knowing(reachable=False).meets(end)
    chat.says_nothing().wishes(LeaveChat).is_in(State.IDLE)


def test_closing_words_of_staff_are_theirs_to_decide_about() -> None:
    chatting().knowing(reachable=False).meets(AgentLeft("Good luck!", 7)).says("verbatim").wishes(LeaveChat)


def test_nobody_is_asked_how_it_went_who_cannot_hear_it() -> None:
    chat = registered().knowing(reachable=False).meets(RatingDue(7)).says_nothing().because("rating_not_asked")
    chat.knowing(reachable=True).meets(RatingDue(7)).says("ask_rating")


def test_an_interrupted_flow_is_not_taken_as_told_where_nothing_was_said() -> None:
    chat = registered().taps("homework").hears("Maths").taps("support").knowing(reachable=False).meets(AgentLeft())
    chat.says_nothing().knowing(reachable=True).taps("main_menu").offers("resume", "main_menu")


@pytest.mark.parametrize("end", [AgentLeft(), AgentLeft("Good luck!", 7), ChatAbandoned(final=True)])
def test_an_end_that_nobody_could_be_told_of_is_told_once_with_the_next_answer(end: AgentLeft | ChatAbandoned) -> None:
    chat = chatting(ANSWERED).knowing(reachable=False).meets(end).knowing(reachable=True)
    chat.meets(Unanswerable("reaction")).says_nothing().hears("page 12").says("chat_abandoned", "unknown")
    chat.hears("page 12").says("unknown")


def test_whoever_wants_a_person_again_is_told_of_no_earlier_end() -> None:
    chat = chatting(ANSWERED).knowing(reachable=False).meets(ChatAbandoned(final=True)).knowing(reachable=True)
    chat.taps("support").says("chat_welcome").taps("end_chat").says("hey")
