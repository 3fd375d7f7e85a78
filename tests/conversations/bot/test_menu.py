"""Transcripts: menu, help, FAQ, status, payment, unknown words, foreign buttons, what cannot be read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from conversations.bot.types import (
    FloodOver,
    HandedIn,
    Media,
    Memory,
    Offer,
    RatingDue,
    RequestPayment,
    Say,
    State,
    Subscription,
    TimedOut,
    TooFast,
    Topic,
    Unanswerable,
    Unsupported,
)
from conversations.texts import render
from tests.conversations.bot.transcript import ADA, NOW, Chat, registered

TOPICS = tuple(Topic(f"faq_topic-{n}", f"Topic number {n}", f"Answer {n}") for n in range(1, 24))


@pytest.mark.parametrize("state", [State.IDLE, State.REGISTERED, State.HOMEWORK_SUBMITTED, State.PAYMENT_CONFIRMED])
def test_the_main_menu_is_a_list_of_everything(state: State) -> None:
    chat = Chat(ADA, Memory(state)).taps("main_menu").says("main_menu").is_in(State.IDLE).because("main_menu")
    chat.offers("homework", "pay", "check", "faq", "update", "support", "help")
    assert chat.contents[0].list_label is not None


def test_the_main_menu_of_a_lead_invites_to_register() -> None:
    chat = Chat().hears("hi", "main menu please")
    chat.offers("homework", "pay", "check", "faq", "register", "support", "help").because("main_menu", "main menu")


@pytest.mark.parametrize("word", ["end chat", "done", "close", "exit"])
def test_an_end_chat_word_without_a_chat_shows_the_menu(word: str) -> None:
    registered().hears(word).says("main_menu").because("no_chat_to_end", word)


def test_cancel_at_the_menu_shows_the_menu() -> None:
    registered().hears("cancel").says("main_menu").is_in(State.IDLE)


def test_help_lists_what_can_be_done() -> None:
    registered().hears("help").says("help").offers("faq", "support", "main_menu").because("help", "help")


def test_greetings_and_thanks_are_understood() -> None:
    registered().hears("hello").says("hey").hears("thank you!").says("you_are_welcome")
    Chat().hears("hi", "cancel", "hello").says("invitation").offers("register", "faq", "support")


def test_faq_topics_are_a_list_with_an_answer_each() -> None:
    chat = registered(topics=TOPICS[:10]).hears("faq").says("ask_topic")
    chat.offers(*(topic.id for topic in TOPICS[:10]))
    chat.taps("faq_topic-3").offers("faq", "support", "main_menu").because("faq_answer")
    assert chat.words == "Answer 3"


def test_more_topics_than_a_list_holds_are_paged() -> None:
    chat = registered(topics=TOPICS).hears("faq").offers(*(topic.id for topic in TOPICS[:9]), "more_faq_9")
    chat.taps("more_faq_9").offers(*(topic.id for topic in TOPICS[9:18]), "more_faq_18")
    chat.taps("more_faq_18").offers(*(topic.id for topic in TOPICS[18:]))
    chat.taps("more_faq_99").offers(*(topic.id for topic in TOPICS[:9]), "more_faq_9")


def test_a_topic_that_staff_have_removed_leads_back_to_the_topics() -> None:
    registered(topics=TOPICS[:5]).taps("faq_gone").says("ask_topic").because("faq_topics")


def test_a_long_title_is_cut_and_stands_in_full_below() -> None:
    title = "When does the second term begin this year?"
    chat = registered(topics=(Topic("faq_a", title, "In May."), *TOPICS[:4])).taps("faq")
    first = chat.contents[0].choices[0]
    assert dict(first.title.values)["words"] == "When does the second te…"
    assert first.description is not None
    assert dict(first.description.values)["words"] == title


def test_a_long_answer_goes_before_its_buttons() -> None:
    chat = registered(topics=(Topic("faq_long", "Long", "x" * 1500),)).taps("faq_long").says("verbatim", "choose_below")
    chat.offers("faq", "support", "main_menu")


def test_a_topic_tapped_inside_a_question_is_answered_and_the_question_follows() -> None:
    chat = Chat().knowing(topics=TOPICS[:4]).hears("hi", "faq").says("ask_topic", "ask_name")
    chat.taps("faq_topic-2").says("verbatim", "ask_name").is_in(State.REGISTERING_NAME)


@pytest.mark.parametrize("words", [("faq",), ("hi", "faq")])
def test_a_few_topics_are_a_list_too_and_so_a_lead_can_choose(words: tuple[str, ...]) -> None:
    chat = Chat().knowing(topics=TOPICS[:2]).hears(*words).says("ask_topic", "ask_name")
    assert [choice.id for choice in chat.contents[0].choices] == ["faq_topic-1", "faq_topic-2"]
    chat.taps("faq_topic-2").says("verbatim", "ask_name")


def test_the_last_page_of_topics_can_be_chosen_from_inside_a_question() -> None:
    chat = Chat().knowing(topics=TOPICS[:12]).hears("hi", "faq").taps("more_faq_9")
    assert [choice.id for choice in chat.contents[0].choices] == [topic.id for topic in TOPICS[9:12]]


def test_a_title_that_fits_a_row_is_not_cut_where_there_are_few() -> None:
    chat = registered(topics=(Topic("faq_a", "When do I get an answer?", "Soon."),)).taps("faq")
    assert render(chat.contents[0].choices[0].title) == "When do I get an answer?"


def test_without_topics_a_lead_is_told_of_a_word_that_brings_a_person() -> None:
    chat = Chat().hears("hi", "faq").says("no_topics", "ask_name")
    assert "*support*" in chat.words
    chat.hears("support").is_in(State.CHAT_SUPPORT_ACTIVE)


def test_the_status_tells_account_homework_and_subscription() -> None:
    chat = registered(
        homework=HandedIn(total=3, open=1), subscription=Subscription(NOW + timedelta(days=3), "PAY123")
    ).hears("what is my status?")
    chat.says("status_active").offers("faq", "support", "main_menu")
    for words in ("Ada Obi", "3 handed in, 1 waiting", "5 March 2026", "PAY123"):
        assert words in chat.words


def test_a_subscription_that_has_run_out_is_not_active() -> None:
    registered(subscription=Subscription(NOW - timedelta(seconds=1))).hears("status").says("status_inactive")


def test_a_subscription_is_offered_confirmed_and_asked_for_but_not_paid() -> None:
    chat = registered(offer=Offer(instructions="GTBank 0123456789")).hears("subscribe").says("payment_offer")
    assert "₦5,000" in chat.words
    chat.offers("confirm", "main_menu").is_in(State.PAYMENT_PENDING).taps("confirm").says("payment_requested")
    assert chat.wish(RequestPayment) == RequestPayment("HW7K2Q", Decimal(5000), "NGN", "Monthly", 30)
    assert chat.wish(Say).promise
    assert "GTBank 0123456789" in chat.words
    chat.offers("main_menu").is_in(State.IDLE)
    assert chat.turn.passed is State.PAYMENT_CONFIRMED


def test_with_a_provider_the_link_is_given() -> None:
    chat = (
        registered(offer=Offer(pay_link="https://pay.example/x?ref={reference}"))
        .taps("pay")
        .hears("yes, confirm please")
    )
    assert "https://pay.example/x?ref=HW7K2Q" in chat.says("pay_by_link").words


def test_i_cannot_confirm_confirms_nothing() -> None:
    chat = registered().taps("pay").hears("I cannot confirm").says("unknown").wishes().is_in(State.PAYMENT_PENDING)
    chat.offers("confirm", "main_menu").hears("please do not confirm").wishes().offers("confirm", "main_menu")
    chat.hears("do not confirm").wishes().offers("confirm", "main_menu", "support")


def test_a_payment_on_its_way_is_shown_instead_of_a_second_one() -> None:
    chat = registered().taps("pay", "confirm").taps("pay").says("payment_on_its_way").wishes().is_in(State.IDLE)
    assert chat.wish(Say).promise
    Chat(chat.facts, Memory(State.PAYMENT_PENDING)).taps("confirm").says("payment_on_its_way").wishes()


@pytest.mark.parametrize(("language", "words"), [("en", "please just wait"), ("fr", "il suffit d'attendre")])
def test_who_has_paid_and_asks_again_is_not_told_that_they_have_not(language: str, words: str) -> None:
    chat = registered(language=language, offer=Offer(instructions="GTBank")).taps("pay", "confirm", "pay")
    assert words in chat.says("payment_on_its_way").words
    assert not any(claim in chat.words for claim in ("not paid", "pas encore payé"))


def test_a_payment_on_its_way_keeps_the_price_it_was_asked_for_at() -> None:
    chat = registered(offer=Offer(instructions="GTBank")).taps("pay", "confirm")
    chat.knowing(offer=Offer(amount=Decimal(9000), currency="USD", instructions="GTBank")).taps("pay")
    assert "₦5,000" in chat.says("payment_on_its_way").words
    assert "9,000" not in chat.words


def test_an_old_confirm_button_pays_nothing() -> None:
    registered().taps("confirm").says("main_menu").wishes().is_in(State.IDLE)


def test_a_running_subscription_can_be_extended() -> None:
    chat = registered(subscription=Subscription(NOW + timedelta(days=3))).hears("pay").says("payment_extends")
    chat.hears("confirm").wishes(RequestPayment)


def test_other_wishes_leave_the_payment_by_word() -> None:
    registered().taps("pay").hears("I want to talk to someone").is_in(State.CHAT_SUPPORT_ACTIVE)
    registered().taps("pay").hears("submit homework").is_in(State.HOMEWORK_SUBJECT)
    registered().taps("pay").hears("what are my options").says("help", "payment_offer").is_in(State.PAYMENT_PENDING)


def test_long_bank_instructions_do_not_burst_the_message() -> None:
    chat = (
        registered(offer=Offer(instructions="x" * 1200))
        .taps("pay", "confirm")
        .says("payment_requested", "choose_below")
    )
    assert [effect.promise for effect in chat.turn.effects if isinstance(effect, Say)] == [True, False]


def test_unknown_words_get_help_and_after_two_such_replies_in_a_row_a_person_is_offered() -> None:
    chat = registered().hears("asdf").says("unknown").offers("faq", "support", "main_menu").because("unknown_text")
    chat.hears("zxcv").says("unknown").hears("qwer").says("unknown_offer_person").offers("faq", "support", "main_menu")
    chat.hears("help", "asdf", "asdf").says("unknown")


def test_unknown_words_while_choosing_repeat_the_choice() -> None:
    chat = registered().taps("homework").hears("Maths", "hm").says("unknown").offers("text", "image", "main_menu")
    chat.hears("hm").says("unknown").hears("hm").says("unknown_offer_person").is_in(State.HOMEWORK_TYPE)


@pytest.mark.parametrize(
    "button", ["confirm", "text", "image", "end_chat", "homework_done", "skip", "nobody's", "rate_9"]
)
def test_a_button_of_another_state_shows_the_menu_again(button: str) -> None:
    registered().taps(button).says("main_menu").is_in(State.IDLE).wishes()


@pytest.mark.parametrize(
    "button", ["confirm", "text", "image", "end_chat", "homework_done", "greeting", "language_fr", ""]
)
def test_a_button_of_another_state_asks_the_present_question_again(button: str) -> None:
    chat = registered().taps("update", button).says("ask_new_name").is_in(State.UPDATING_NAME).wishes()
    chat.offers("skip", "main_menu")


@pytest.mark.parametrize("button", ["confirm", "text", "image", "skip"])
def test_a_button_of_another_state_leaves_collected_photos_alone(button: str) -> None:
    chat = registered().taps("homework").hears("Maths").gets_photo(1).taps(button).says("homework_files_so_far")
    chat.is_in(State.HOMEWORK_CONTENT).wishes()


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_voice_notes_and_videos_at_the_menu_get_a_helpful_line(kind: str) -> None:
    registered().meets(Media(kind, 1)).says("no_voice").offers("faq", "support", "main_menu")


def test_a_photo_at_the_menu_is_asked_about() -> None:
    registered().gets_photo().says("what_is_this_file").offers("homework", "support", "main_menu")
    Chat().hears("hi", "menu").gets_photo().says("what_is_this_file").offers("register", "support", "main_menu")


def test_what_cannot_be_read_gets_one_polite_line() -> None:
    chat = registered().meets(Unsupported("sticker")).says("cannot_read").because("polite_line")
    chat.knowing(polite_due=False).meets(Unsupported("location")).says_nothing().because("not_readable")


def test_a_file_that_whatsapp_does_not_have_is_always_answered_and_what_was_open_is_asked_again() -> None:
    chat = registered().knowing(polite_due=False).meets(Unsupported("document")).says("file_expired")
    chat.because("homework_file_unusable")
    chat.taps("homework").hears("Maths").taps("image").meets(Unsupported("image")).says("file_expired")
    chat.is_in(State.HOMEWORK_CONTENT).taps("support").meets(Unsupported("image")).says_nothing()


def test_a_sticker_inside_a_question_leaves_it_open() -> None:
    registered().taps("homework").meets(Unsupported("sticker")).says("cannot_read").is_in(State.HOMEWORK_SUBJECT)


@pytest.mark.parametrize("kind", ["reaction", "system", "edit", "revoke", "echo"])
def test_what_is_never_answered_changes_nothing(kind: str) -> None:
    chat = Chat().meets(Unanswerable(kind)).says_nothing().because("never_answered")
    assert chat.memory == Memory()


def test_a_flood_is_named_once() -> None:
    chat = registered().meets(TooFast(first=True)).says("too_fast")
    chat.meets(TooFast(first=False)).says_nothing().because("too_fast")


def test_after_a_flood_everything_kept_gets_one_answer_with_the_menu() -> None:
    chat = registered().meets(FloodOver(31)).says("flood_over").because("flood_over").is_in(State.IDLE)
    chat.offers("homework", "pay", "check", "faq", "update", "support", "help")
    assert "31" in chat.words


def test_after_a_flood_the_open_question_stands_there_again() -> None:
    chat = registered().taps("homework").hears("Maths").meets(FloodOver(3)).is_in(State.HOMEWORK_TYPE)
    chat.says("flood_over").offers("text", "image", "main_menu")
    assert "Maths" in chat.words


def test_after_a_flood_in_a_live_chat_the_team_has_it_and_the_chat_goes_on() -> None:
    chat = registered().taps("support").meets(FloodOver(3)).says("chat_flood_over").offers("end_chat").wishes()
    chat.is_in(State.CHAT_SUPPORT_ACTIVE)


def test_a_digit_after_a_flood_rates_nothing() -> None:
    registered().meets(RatingDue(7)).meets(FloodOver(3)).hears("5").wishes().because("unknown_text")


@pytest.mark.parametrize("state", [State.IDLE, State.REGISTERED, State.INITIAL, State.CHAT_SUPPORT_ACTIVE])
def test_time_passes_without_a_word_where_nothing_is_half_finished(state: State) -> None:
    chat = Chat(ADA, Memory(state)).meets(TimedOut()).says_nothing().is_in(state).because("nothing_to_set_aside")
    assert chat.memory.set_aside is None


def test_a_payment_set_aside_by_time_is_offered_again() -> None:
    chat = registered().taps("pay").meets(TimedOut()).is_in(State.IDLE).hears("hi").says("set_aside_timed_out")
    chat.hears("continue").says("payment_offer").is_in(State.PAYMENT_PENDING).because("resumed", "continue")


def test_a_payment_begun_anew_takes_the_place_of_the_one_set_aside() -> None:
    chat = registered().taps("pay").meets(TimedOut()).hears("pay").says("payment_offer")
    assert chat.taps("confirm").memory.set_aside is None


def test_a_payment_leaves_homework_set_aside_alone() -> None:
    registered().taps("homework").hears("Maths").taps("pay", "confirm", "resume").says("ask_homework_type")
