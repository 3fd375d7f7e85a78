"""Transcripts: homework as text and as photos."""

from __future__ import annotations

import pytest

from conversations.bot.types import AgentLeft, Media, MediaRefused, State, SubmitHomework, TimedOut
from tests.conversations.bot.transcript import Chat, registered


def collecting(*photos: int) -> Chat:
    """Ada, handing in maths as photos, some of them sent."""
    chat = registered().taps("homework").hears("Maths").taps("image")
    for photo in photos:
        chat.gets_photo(photo)
    return chat


def test_homework_is_handed_in_as_text() -> None:
    chat = registered().hears("homework").says("ask_subject").offers("main_menu").is_in(State.HOMEWORK_SUBJECT)
    chat.hears("Chemistry").says("ask_homework_type").offers("text", "image", "main_menu").is_in(State.HOMEWORK_TYPE)
    chat.taps("text").says("ask_homework_text").offers("main_menu").is_in(State.HOMEWORK_CONTENT)
    chat.hears("How many moles are in 18 g of water?").says("homework_submitted").offers("faq", "support", "main_menu")
    assert chat.wish(SubmitHomework) == SubmitHomework("HW7K2Q", "Chemistry", "How many moles are in 18 g of water?")
    assert chat.turn.passed is State.HOMEWORK_SUBMITTED
    assert "HW7K2Q" in chat.words
    assert "24 hours" in chat.words
    chat.is_in(State.IDLE)


@pytest.mark.parametrize("last", ["done", "Finished.", "that's all", "That’s all 🙂", "thats all"])
def test_several_photos_make_one_submission(last: str) -> None:
    chat = registered().taps("homework").hears("Maths", "a photo").says("ask_homework_photos").offers("main_menu")
    chat.gets_photo(1).says("homework_file_taken").offers("homework_done", "main_menu")
    chat.gets_photo(2).hears(last).says("homework_submitted").is_in(State.IDLE)
    assert chat.wish(SubmitHomework) == SubmitHomework("HW7K2Q", "Maths", attachments=(1, 2))


def test_done_can_be_tapped() -> None:
    assert collecting(5).taps("homework_done").wish(SubmitHomework).attachments == (5,)


def test_each_photo_is_acknowledged_with_its_number() -> None:
    assert "file 1 " in collecting(11).words
    assert "file 2 " in collecting(11, 12).words


def test_captions_and_words_between_photos_become_a_note() -> None:
    chat = collecting().gets_photo(1, caption="Question 1").hears("please look at b)").says("homework_note_taken")
    chat.offers("homework_done", "main_menu").gets_photo(2).taps("homework_done")
    assert chat.wish(SubmitHomework).text == "Question 1\nplease look at b)"


def test_a_photo_while_choosing_means_image_at_once() -> None:
    chat = registered().taps("homework").hears("Maths").gets_photo(7).says("homework_file_taken")
    assert chat.is_in(State.HOMEWORK_CONTENT).taps("homework_done").wish(SubmitHomework).attachments == (7,)


def test_a_photo_after_choosing_text_is_taken_and_done_hands_in() -> None:
    chat = registered().taps("homework").hears("Maths").taps("text").gets_photo(7).says("homework_file_taken")
    assert chat.hears("done").wish(SubmitHomework).attachments == (7,)


def test_a_voice_note_while_choosing_repeats_the_choice() -> None:
    chat = registered().taps("homework").hears("Maths").gets_voice_note().says("homework_file_wrong_type")
    chat.is_in(State.HOMEWORK_TYPE).offers("text", "image", "main_menu")


@pytest.mark.parametrize(
    ("kind", "mime_type"),
    [
        *(("image", type_) for type_ in ("image/jpeg", "image/png", "image/webp", "image/heic", "IMAGE/PNG; q=1", "")),
        *(("document", type_) for type_ in ("application/pdf", "image/jpeg", "image/heif")),
    ],
)
def test_photos_and_pdf_files_are_taken(kind: str, mime_type: str) -> None:
    collecting().meets(Media(kind, 1, mime_type)).because("homework_file_taken")


@pytest.mark.parametrize(
    ("kind", "mime_type"),
    [
        ("document", "application/msword"),
        ("document", ""),
        ("document", "text/html"),
        ("image", "image/svg+xml"),
        ("audio", "audio/ogg; codecs=opus"),
        ("video", "video/mp4"),
    ],
)
def test_other_files_are_refused_with_what_is_possible(kind: str, mime_type: str) -> None:
    chat = collecting(1).meets(Media(kind, 2, mime_type)).says("homework_file_wrong_type").is_in(State.HOMEWORK_CONTENT)
    assert chat.taps("homework_done").wish(SubmitHomework).attachments == (1,)


def test_an_eleventh_file_is_left_out() -> None:
    chat = collecting(*range(1, 11)).gets_photo(11).says("homework_files_full").offers("homework_done", "main_menu")
    assert chat.hears("done").wish(SubmitHomework).attachments == tuple(range(1, 11))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_nobody_is_asked_for_a_file_that_no_longer_fits(language: str) -> None:
    chat = collecting(*range(1, 10)).knowing(language=language).gets_photo(10).says("homework_files_all")
    chat.offers("homework_done", "main_menu").because("homework_file_taken")
    chat.gets_photo(11).says("homework_files_all").taps("main_menu", "resume").says("homework_files_all")
    chat.meets(MediaRefused(1, "expired")).says("homework_files_so_far").gets_photo(11).says("homework_files_all")


def test_done_with_nothing_sent_asks_again() -> None:
    collecting().hears("done").says("homework_nothing_yet").is_in(State.HOMEWORK_CONTENT).wishes()


def test_done_with_words_only_hands_in_the_words() -> None:
    assert collecting().hears("x = 4", "done").wish(SubmitHomework).text == "x = 4"


def test_a_blank_message_is_no_homework() -> None:
    registered().taps("homework").hears("Maths").taps("text").hears("  \n ").says("ask_homework_text").wishes()


def test_done_is_an_answer_where_text_is_expected() -> None:
    assert registered().taps("homework").hears("Maths").taps("text").hears("done").wish(SubmitHomework).text == "done"


@pytest.mark.parametrize("reason", ["too_large", "wrong_type", "unreadable", "expired", "never heard of"])
def test_a_photo_that_cannot_be_used_is_named_and_dropped(reason: str) -> None:
    chat = collecting(1, 2).meets(MediaRefused(1, reason)).because("homework_file_unusable")
    chat.says(f"file_{reason}" if " " not in reason else "file_unreadable").offers("homework_done", "main_menu")
    assert chat.hears("done").wish(SubmitHomework).attachments == (2,)


def test_when_the_only_photo_cannot_be_used_photos_are_asked_for_again() -> None:
    collecting(1).meets(MediaRefused(1, "too_large")).says("ask_homework_photos").offers("main_menu")


def test_a_photo_found_unusable_after_handing_in_says_how_to_send_it_again() -> None:
    chat = collecting(1).hears("done").meets(MediaRefused(1, "expired"))
    chat.says("file_lost").offers("homework", "main_menu").is_in(State.IDLE)


def test_a_photo_found_unusable_in_the_middle_of_something_else_is_told_before_the_open_question() -> None:
    chat = collecting(1).hears("done").taps("pay").meets(MediaRefused(1, "expired"))
    chat.says("file_lost", "payment_offer").offers("confirm", "main_menu").is_in(State.PAYMENT_PENDING)


def test_a_photo_of_a_homework_set_aside_is_dropped_there() -> None:
    chat = collecting(1, 2).taps("support").meets(MediaRefused(2, "unreadable")).says("file_unreadable")
    chat.offers("end_chat").taps("end_chat", "resume", "homework_done")
    assert chat.wish(SubmitHomework).attachments == (1,)


def test_a_photo_nobody_asked_for_is_refused_in_silence() -> None:
    Chat().hears("hi").gets_photo(3).meets(MediaRefused(3, "too_large")).says_nothing().is_in(State.REGISTERING_NAME)


def test_a_photo_instead_of_the_subject_repeats_the_question() -> None:
    registered().taps("homework").gets_photo().says("ask_subject").is_in(State.HOMEWORK_SUBJECT)


def test_a_subject_that_is_too_long_is_corrected() -> None:
    registered().taps("homework").hears("x" * 81).says("invalid_subject").offers("main_menu")


def test_leaving_for_the_menu_keeps_the_photos() -> None:
    chat = collecting(1).taps("main_menu").says("main_menu").is_in(State.IDLE)
    assert chat.taps("resume").says("homework_files_so_far").hears("done").wish(SubmitHomework).attachments == (1,)


def test_cancel_drops_the_photos() -> None:
    chat = collecting(1).hears("cancel").says("cancelled").is_in(State.IDLE)
    chat.taps("resume").says("main_menu").is_in(State.IDLE)


@pytest.mark.parametrize("words", ["How do I cancel my subscription?", "cancel"])
def test_cancel_at_the_menu_leaves_the_photos_set_aside(words: str) -> None:
    chat = collecting(1).taps("main_menu").hears(words).says("main_menu")
    chat.taps("resume").says("homework_files_so_far").hears("cancel").says("cancelled").taps("resume").says("main_menu")


def test_another_flow_in_between_keeps_the_photos() -> None:
    chat = collecting(1).taps("pay").says("payment_offer").taps("resume").says("homework_files_so_far")
    assert chat.hears("done").wish(SubmitHomework).attachments == (1,)


def test_homework_tapped_twice_repeats_the_open_question() -> None:
    collecting(1).taps("homework").says("homework_files_so_far").is_in(State.HOMEWORK_CONTENT)


def test_a_time_out_keeps_the_photos_and_says_so_once() -> None:
    chat = collecting(1).meets(TimedOut()).says_nothing().is_in(State.IDLE)
    chat.taps("main_menu").says("main_menu", "set_aside_timed_out").taps("main_menu").says("main_menu")
    assert chat.taps("resume").hears("done").wish(SubmitHomework).attachments == (1,)


@pytest.mark.parametrize("begun", ["pay", "update", "homework"])
def test_a_flow_that_holds_nothing_yet_never_takes_the_place_of_photos(begun: str) -> None:
    chat = collecting(1).taps("main_menu", begun).meets(TimedOut()).hears("hi").says("flow_homework")
    chat.taps("resume").says("homework_files_so_far")
    chat.taps("main_menu", begun, "support").meets(AgentLeft()).says("chat_closed_by_staff", "flow_homework")
    assert chat.taps("resume", "homework_done").wish(SubmitHomework).attachments == (1,)


def test_of_two_flows_that_hold_nothing_yet_the_later_one_waits() -> None:
    chat = registered().taps("homework").meets(TimedOut()).taps("pay").meets(TimedOut())
    chat.hears("hi").says("flow_payment").taps("resume").is_in(State.PAYMENT_PENDING)


def test_a_photo_that_comes_after_the_time_out_goes_to_the_homework() -> None:
    chat = collecting(1).meets(TimedOut()).gets_photo(2, caption="b)").says("homework_file_kept")
    chat.offers("resume", "main_menu").gets_photo(3).says("homework_file_kept").taps("resume", "homework_done")
    assert chat.wish(SubmitHomework) == SubmitHomework("HW7K2Q", "Maths", "b)", (1, 2, 3))


def test_a_photo_that_may_be_a_receipt_is_asked_about_and_not_put_with_the_homework() -> None:
    chat = collecting(1).taps("pay", "confirm").gets_photo(2).says("what_is_this_file")
    chat.offers("homework", "support", "main_menu").taps("main_menu", "resume", "homework_done")
    assert chat.wish(SubmitHomework).attachments == (1,)


def test_a_new_homework_after_the_time_out_starts_with_the_offer_and_ends_with_the_question() -> None:
    chat = collecting(1).meets(TimedOut()).hears("homework").says("set_aside_timed_out", "ask_subject")
    chat.is_in(State.HOMEWORK_SUBJECT).taps("resume").says("homework_files_so_far")


def test_words_at_the_menu_after_a_chat_do_not_reach_the_homework() -> None:
    chat = collecting(1).hears("agent", "a question about x").is_in(State.CHAT_SUPPORT_ACTIVE)
    chat.hears("end chat").says("hey", "set_aside_chat").offers("resume", "main_menu")
    assert chat.taps("resume", "homework_done").wish(SubmitHomework).text == ""
