"""Transcripts: first contact, registration, profile, languages."""

from __future__ import annotations

import pytest

from conversations.bot.types import LeaveChat, Media, Memory, SaveProfile, SpeakLanguage, State, TimedOut, Unsupported
from tests.conversations.bot.transcript import ADA, Chat, registered


def test_a_newcomer_is_greeted_by_name_and_registers_in_three_answers() -> None:
    chat = Chat()
    chat.hears("hi").says("hello_newcomer").is_in(State.REGISTERING_NAME).because("first_contact", "hi").offers()
    assert "EduBot" in chat.words
    chat.hears("Ada Obi").says("ask_email").is_in(State.REGISTERING_EMAIL).because("answer_taken").offers()
    chat.hears("ada@example.com").says("ask_class").is_in(State.REGISTERING_CLASS).offers()
    chat.hears("SS2").says("registered").offers("homework", "pay", "help").is_in(State.REGISTERED)
    assert chat.wish(SaveProfile) == SaveProfile("Ada Obi", "ada@example.com", "SS2", registers=True)


@pytest.mark.parametrize(
    "first", ["hi", "menu", "cancel", "end chat", "register", "I am new here", "asdf", "👍", "update"]
)
def test_whatever_a_newcomer_writes_first_they_are_asked_for_their_name(first: str) -> None:
    chat = Chat().hears(first).says("ask_name").is_in(State.REGISTERING_NAME)
    assert "EduBot" in chat.words


@pytest.mark.parametrize("button", ["main_menu", "confirm", "a template's payload", "resume", "register", "end_chat"])
def test_whatever_a_newcomer_taps_first_they_are_asked_for_their_name(button: str) -> None:
    Chat().taps(button).says("ask_name").is_in(State.REGISTERING_NAME)


@pytest.mark.parametrize("first", ["done", "End chat!", "menu"])
def test_a_newcomer_whose_first_word_asks_for_the_menu_finds_it_under_the_greeting(first: str) -> None:
    chat = Chat().hears(first).says("hello_newcomer").because("first_contact", first.lower().strip("!"))
    chat.offers("homework", "pay", "check", "faq", "register", "support", "help")
    chat.hears("Ada Obi").says("nice_to_meet_you").is_in(State.REGISTERING_EMAIL)


def test_a_newcomer_may_choose_from_the_menu_under_the_greeting() -> None:
    Chat().hears("done").taps("homework").says("register_first_homework").is_in(State.REGISTERING_NAME)


@pytest.mark.parametrize("kind", ["image", "audio", "document", "video"])
def test_a_file_as_first_message_is_greeted_too(kind: str) -> None:
    Chat().meets(Media(kind, 1)).says("hello_newcomer").is_in(State.REGISTERING_NAME)


def test_a_sticker_as_first_message_gets_a_polite_line_and_the_greeting() -> None:
    Chat().meets(Unsupported("sticker")).says("cannot_read", "hello_newcomer").is_in(State.REGISTERING_NAME)


@pytest.mark.parametrize(
    ("wrong", "correction"),
    [("12", "invalid_name"), ("https://ada.example", "invalid_name"), ("Ada t.me/obi", "invalid_name")],
)
def test_a_wrong_name_is_corrected_in_a_friendly_way(wrong: str, correction: str) -> None:
    Chat().hears("hi", wrong).says(correction).is_in(State.REGISTERING_NAME).because("answer_refused")


def test_a_wrong_email_and_class_are_corrected() -> None:
    chat = Chat().hears("hi", "Ada Obi", "no idea").says("invalid_email").is_in(State.REGISTERING_EMAIL)
    chat.hears("ada@example.com", "x" * 41).says("invalid_class").is_in(State.REGISTERING_CLASS)


def test_a_second_greeting_is_not_a_name() -> None:
    Chat().hears("Hi", "Good morning").says("ask_name").is_in(State.REGISTERING_NAME)


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("Ada Obi", "Ada"),
        ("Obi, Ada", "Obi"),
        ("👑 Ada 👑", "Ada"),
        ("*Ada*", "Ada"),
        ("Ada👩🏽 Obi", "Ada"),
        ("O'Brien-Smith", "O'Brien-Smith"),
        ("हिन्दी", "हिन्दी"),
        ("李明", "李明"),
    ],
)
def test_people_are_greeted_by_the_first_word_of_their_name(name: str, greeted: str) -> None:
    chat = Chat().hears("hi", name, "ada@example.com", "SS2").says("registered")
    assert f"Welcome, {greeted}!" in chat.words
    assert chat.taps("support").words.startswith(f"Hi {greeted}! 💬")


def test_words_of_the_menu_are_answers_inside_a_question() -> None:
    chat = Chat().hears("hi", "John Stopford", "ada@example.com", "done")
    assert chat.wish(SaveProfile) == SaveProfile("John Stopford", "ada@example.com", "done", registers=True)


@pytest.mark.parametrize(("word", "answer"), [("help", "help"), ("FAQ", "no_topics")])
def test_help_and_faq_are_answered_and_the_open_question_follows(word: str, answer: str) -> None:
    chat = Chat().hears("hi", "Ada Obi", word).says(answer, "ask_email").is_in(State.REGISTERING_EMAIL)
    chat.hears("ada@example.com", "SS2").says("registered")


@pytest.mark.parametrize(("word", "answer"), [("help", "help"), ("faq", "no_topics"), ("status", "status_lead")])
def test_a_newcomer_who_asks_something_first_is_answered_and_greeted(word: str, answer: str) -> None:
    Chat().hears(word).says(answer, "hello_newcomer").is_in(State.REGISTERING_NAME)


def test_a_newcomer_who_wants_a_person_gets_one_at_once() -> None:
    Chat().hears("can I talk to someone?").says("chat_hello_stranger").is_in(State.CHAT_SUPPORT_ACTIVE)


def test_a_lead_comes_back_from_a_chat_to_where_they_were() -> None:
    chat = Chat().hears("hi", "Ada Obi", "support").is_in(State.CHAT_SUPPORT_ACTIVE)
    chat.hears("end chat").says("invitation").offers("register", "faq", "support").wishes(LeaveChat)
    chat.taps("register").says("ask_email").is_in(State.REGISTERING_EMAIL)


def test_who_wants_homework_registers_and_goes_on_with_it() -> None:
    chat = Chat().hears("I want to submit homework").says("register_first_homework").because("register_first", "submit")
    chat.hears("Ada Obi", "ada@example.com", "SS2").says("registered", "ask_subject").is_in(State.HOMEWORK_SUBJECT)
    assert chat.turn.passed is State.REGISTERED
    assert chat.memory.then is None


def test_who_wants_to_pay_registers_and_goes_on_with_it() -> None:
    chat = Chat().hears("hi", "cancel").is_in(State.IDLE)
    chat.taps("pay").says("register_first_pay").hears("Ada Obi", "ada@example.com", "SS2")
    chat.says("registered", "payment_offer").is_in(State.PAYMENT_PENDING)


def test_the_main_menu_leaves_registration_and_continue_comes_back() -> None:
    chat = Chat().hears("hi", "Ada Obi", "menu").says("main_menu").is_in(State.IDLE)
    chat.offers("resume", "homework", "pay", "check", "faq", "register", "support", "help")
    chat.taps("resume").says("ask_email").is_in(State.REGISTERING_EMAIL)


def test_cancel_drops_a_registration_for_good() -> None:
    chat = Chat().hears("hi", "Ada Obi", "cancel").says("cancelled").is_in(State.IDLE)
    chat.offers("faq", "support", "main_menu").taps("register").says("lets_register").is_in(State.REGISTERING_NAME)


def test_a_registration_set_aside_still_leads_to_what_it_was_for_after_cancel_at_the_menu() -> None:
    chat = Chat().hears("homework", "Ada Obi", "menu", "cancel").taps("resume").hears("ada@example.com", "SS2")
    chat.says("registered", "ask_subject")


def test_a_voice_note_instead_of_a_name_repeats_the_question() -> None:
    Chat().hears("hi").gets_voice_note().says("words_please").says("ask_name").is_in(State.REGISTERING_NAME)


def test_homework_tapped_while_registering_is_remembered_for_afterwards() -> None:
    chat = Chat().hears("hi", "Ada Obi").taps("homework").says("register_first_homework").is_in(State.REGISTERING_EMAIL)
    chat.hears("ada@example.com", "SS2").is_in(State.HOMEWORK_SUBJECT)


@pytest.mark.parametrize("state", [State.INITIAL, State.IDENTIFYING])
def test_a_registered_person_who_never_wrote_is_welcomed_back_with_the_menu(state: State) -> None:
    Chat(ADA, Memory(state)).hears("hmm").says("welcome_back").is_in(State.IDLE)


def test_a_registered_person_who_never_wrote_may_say_at_once_what_they_want() -> None:
    Chat(ADA).hears("homework").says("ask_subject").is_in(State.HOMEWORK_SUBJECT)


def test_who_was_registered_by_staff_in_between_is_not_asked_on() -> None:
    chat = Chat().hears("hi").knowing(registered=True, name="Ada Obi", email="ada@example.com", class_grade="SS2")
    chat.hears("Ada Obi").says("welcome_back").is_in(State.IDLE)


def test_register_shows_a_registered_student_their_details() -> None:
    chat = registered().hears("register").says("already_registered").is_in(State.ALREADY_REGISTERED)
    chat.offers("update", "main_menu")
    assert "ada@example.com" in chat.words
    chat.taps("update").says("ask_new_name").is_in(State.UPDATING_NAME)


def test_a_profile_is_changed_question_by_question() -> None:
    chat = registered().hears("change my profile").says("ask_new_name").offers("skip", "main_menu")
    chat.taps("skip").says("ask_new_email").offers("skip", "main_menu").because("answer_skipped")
    chat.hears("ada@school.example").says("ask_new_class")
    chat.hears("skip").says("profile_saved").offers("faq", "support", "main_menu").is_in(State.IDLE)
    assert chat.wish(SaveProfile) == SaveProfile(email="ada@school.example")


def test_a_change_begun_anew_takes_the_place_of_the_one_set_aside() -> None:
    chat = registered().taps("update").hears("Ada Old").taps("main_menu")
    chat.taps("update").hears("Ada New").taps("skip", "skip")
    assert chat.says("profile_saved").memory.set_aside is None
    chat.taps("resume").says("main_menu").wishes()


def test_a_profile_with_every_question_skipped_is_left_alone() -> None:
    registered().taps("update", "skip", "skip", "skip").says("profile_unchanged").wishes().is_in(State.IDLE)


def test_a_wrong_new_email_is_corrected_with_the_buttons_still_there() -> None:
    registered().taps("update", "skip").hears("nope").says("invalid_email").offers("skip", "main_menu")


def test_a_lead_who_wants_to_update_registers() -> None:
    Chat().hears("hi", "cancel", "update").says("lets_register").is_in(State.REGISTERING_NAME)


def test_french_is_one_word_away_after_the_greeting() -> None:
    chat = Chat().hears("hi")
    assert "français" in chat.words
    chat.hears("français").says("language_changed", "ask_name").is_in(State.REGISTERING_NAME)
    assert chat.wish(SpeakLanguage).language == "fr"
    assert "nom complet" in chat.words
    chat.hears("aide").says("help", "ask_name")


def test_the_name_of_a_language_is_an_answer_inside_any_other_question() -> None:
    registered().taps("homework").hears("French").is_in(State.HOMEWORK_TYPE).wishes()


def test_the_name_of_a_language_may_be_a_late_answer_and_then_changes_nothing() -> None:
    chat = registered().taps("homework").meets(TimedOut()).hears("French").says("set_aside_timed_out").wishes()
    chat.hears("French").wishes(SpeakLanguage)


def test_the_language_that_the_greeting_offered_may_be_chosen_late() -> None:
    Chat().hears("hi").meets(TimedOut()).hears("français").wishes(SpeakLanguage)


def test_a_student_can_change_languages_at_the_menu_and_back() -> None:
    chat = registered().hears("français").wishes(SpeakLanguage).hears("devoir").is_in(State.HOMEWORK_SUBJECT)
    chat.hears("menu", "English").wishes(SpeakLanguage)
    assert chat.facts.language == "en"


def test_the_language_already_spoken_is_no_wish() -> None:
    registered().hears("English").says("unknown").wishes()


def test_a_registration_set_aside_by_time_is_offered_again() -> None:
    chat = Chat().hears("hi", "Ada Obi").meets(TimedOut()).says_nothing().is_in(State.IDLE)
    chat.hears("hello?").says("set_aside_timed_out").offers("resume", "main_menu")
    chat.taps("resume").says("ask_email").is_in(State.REGISTERING_EMAIL)
