"""Whole turns through the database: what a person does, what is stored, what comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.test import override_settings
from django.utils import timezone
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import floods, inbox, media, replay, wording
from conversations import homework as desk
from conversations.bot import types
from conversations.bot.types import State
from conversations.effects import apply
from conversations.models import Attachment, BotText, Conversation, FaqTopic, Homework, Message, Payment, Subscription
from conversations.received import MediaRef
from tests.conversations.conftest import Phone


def _photo() -> bytes:
    file = BytesIO()
    Image.new("RGB", (4, 3), "navy").save(file, "JPEG")
    return file.getvalue()


def _fetch_all() -> None:
    for attachment in Attachment.objects.filter(status="pending"):
        media.fetch(attachment.pk)


def test_every_wish_of_the_bot_has_somebody_who_fulfils_it() -> None:
    for effect in types.Effect.__args__:
        assert apply.dispatch(effect) is not apply.dispatch(object), effect


def test_a_stranger_registers(phone: Phone) -> None:
    phone.registers("Chidinma Okafor")
    contact = phone.conversation.contact
    assert (contact.name, contact.email, contact.class_grade) == ("Chidinma Okafor", "ada@example.com", "SS2")
    assert contact.is_registered
    assert phone.conversation.state == State.REGISTERED


def test_the_profile_name_is_never_taken_for_the_registered_name(lead: Conversation) -> None:
    assert lead.contact.profile_name == "ada_the_great"
    assert lead.contact.name == ""


def test_each_message_keeps_why_it_was_answered_as_it_was(student: Conversation, phone: Phone) -> None:
    phone.says("please show me the menu")
    explanation = Message.objects.filter(sender="user").latest("id").explanation
    assert explanation is not None
    assert explanation["keyword"] == "menu"
    assert explanation["to_state"] == "idle"
    assert explanation["ms"] > 0


def test_homework_as_text_is_stored_with_its_reference(student: Conversation, phone: Phone) -> None:
    phone.taps("homework")
    phone.says("Chemistry")
    phone.taps("text")
    phone.says("How many moles are in 12 g of carbon?")
    homework = Homework.objects.get()
    assert (homework.subject, homework.submission_type) == ("Chemistry", "TEXT")
    assert homework.content == "How many moles are in 12 g of carbon?"
    assert homework.reference in phone.last.text
    assert phone.conversation.state == State.IDLE


def test_several_photos_make_one_submission(student: Conversation, phone: Phone) -> None:
    phone.taps("homework")
    phone.says("Physics")
    phone.taps("image")
    phone.sends_photo(_photo())
    phone.sends_photo(_photo())
    _fetch_all()
    phone.taps("homework_done")
    homework = Homework.objects.get()
    assert homework.submission_type == "IMAGE"
    assert [one.status for one in homework.attachments.all()] == ["stored", "stored"]


def test_a_fetched_photo_is_the_photo_that_was_sent(student: Conversation, phone: Phone) -> None:
    data = _photo()
    phone.sends_photo(data)
    _fetch_all()
    attachment = Attachment.objects.get()
    with attachment.file.open("rb") as file:
        assert file.read() == data
    assert (attachment.mime_type, attachment.size) == ("image/jpeg", len(data))


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"<html><script>alert(1)</script>", "wrong_type"), (b"\xff\xd8\xff truncated", "unreadable")],
    ids=["a page that claims to be a photo", "half a photo"],
)
def test_a_file_that_is_not_what_it_claims_is_taken_out_of_the_homework_and_said_so(
    student: Conversation, phone: Phone, data: bytes, reason: str
) -> None:
    phone.taps("homework")
    phone.says("Physics")
    phone.taps("image")
    phone.sends_photo(data)
    _fetch_all()
    assert phone.waits(), reason
    phone.taps("homework_done")
    assert not Homework.objects.exists()


def test_a_file_that_expired_is_refused_and_staff_see_why(student: Conversation, phone: Phone) -> None:
    phone.does(phone.message("image", media=MediaRef("gone", "image/jpeg")))
    _fetch_all()
    assert (Attachment.objects.get().status, Attachment.objects.get().reason) == ("refused", "expired")


def test_a_payment_is_asked_for_and_not_yet_received(student: Conversation, phone: Phone) -> None:
    phone.taps("pay")
    phone.taps("confirm")
    payment = Payment.objects.get()
    assert (payment.status, str(payment.amount), payment.currency) == ("PENDING", "5000.00", "NGN")
    assert payment.reference in phone.last.text
    assert not hasattr(student.contact, "subscription")


def test_a_payment_keeps_the_price_it_was_asked_for_at(student: Conversation, phone: Phone) -> None:
    phone.taps("pay")
    phone.taps("confirm")
    with override_settings(BOT_PRICE=Decimal(9000)):
        phone.taps("pay")
    assert "5,000" in phone.last.text


@time_machine.travel(datetime(2027, 3, 30, 12, tzinfo=UTC))
def test_the_last_day_of_a_subscription_is_the_teams_day(student: Conversation, phone: Phone) -> None:
    just_before_midnight_utc = datetime(2027, 3, 31, 23, 30, tzinfo=UTC)  # in Lagos it is April already
    Subscription.objects.create(contact=student.contact, plan="Monthly", active_until=just_before_midnight_utc)
    phone.says("status")
    assert "1 April 2027" in phone.last.text


def test_i_cannot_confirm_confirms_nothing(student: Conversation, phone: Phone) -> None:
    phone.taps("pay")
    phone.says("I cannot confirm")
    assert not Payment.objects.exists()


def test_faq_topics_are_what_staff_wrote(student: Conversation, phone: Phone) -> None:
    FaqTopic.objects.create(slug="fees", title="Fees", answer="School fees are due in *May*.")
    wording.forget()
    phone.says("faq")
    phone.taps("faq_fees")
    assert "School fees are due in *May*." in phone.heard[0].text


def test_staff_wording_takes_the_place_of_ours(phone: Phone) -> None:
    BotText.objects.create(key="staff_message", language="en", text="👩🏽‍🏫 {text}")
    wording.forget()
    assert wording.overrides("en") == {"staff_message": "👩🏽‍🏫 {text}"}


def test_a_half_finished_flow_is_set_aside_after_half_an_hour_and_offered_again(
    student: Conversation, phone: Phone
) -> None:
    phone.taps("homework")
    phone.says("Biology")
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        phone.says("hello there my friend")
        assert "resume" in {button.id for button in phone.last.buttons}
        phone.taps("resume")
    assert phone.conversation.state == State.HOMEWORK_TYPE


def test_no_silence_is_counted_from_before_a_question_that_we_asked_late(student: Conversation, phone: Phone) -> None:
    wrote = timezone.now()
    with time_machine.travel(wrote + timedelta(minutes=40)):  # no worker ran until now
        phone.does(phone.message(text="homework", at=wrote))
    with time_machine.travel(wrote + timedelta(minutes=41)):
        phone.does(phone.message(text="Maths", at=timezone.now()))
        assert phone.conversation.state == State.HOMEWORK_TYPE
    with time_machine.travel(wrote + timedelta(minutes=72)):
        phone.says("hello there my friend")
    assert phone.conversation.state == State.IDLE
    assert not [played for played in replay.play(phone.conversation) if played.differs]


def test_nor_from_before_one_that_left_late(phone: Phone) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=41)):
        phone.registers()
        phone.post(phone.message(text="homework"))
        inbox.drain_all()
    phone.waits()  # WhatsApp takes it now
    phone.says("Maths")
    assert phone.conversation.state == State.HOMEWORK_TYPE
    assert not [played for played in replay.play(phone.conversation) if played.differs]


def test_word_of_an_answer_keeps_no_flow_open_that_was_left_long_before(student: Conversation, phone: Phone) -> None:
    phone.taps("homework")
    for words in ("Maths", "text", "1 + 1 = ?", "homework", "Biology", "text"):
        phone.says(words)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        desk.answer(Homework.objects.get(), User.objects.create_user("grace"), "It is 2.")
        phone.waits()
        phone.says("wow you are so fast")
    assert Homework.objects.count() == 1
    assert "resume" in {button.id for button in phone.last.buttons}
    assert not [played for played in replay.play(phone.conversation) if played.differs]


def test_of_a_flood_twenty_messages_are_answered_and_all_are_kept(student: Conversation, phone: Phone) -> None:
    answered = sum(bool(phone.says(f"what is {number}")) for number in range(30))
    assert answered <= settings.BOT_MESSAGES_PER_MINUTE + 1
    assert Message.objects.filter(text__startswith="what is").count() == 30


def test_whoever_writes_a_little_too_fast_for_minutes_is_answered_as_often_as_we_answer(
    student: Conversation, phone: Phone
) -> None:
    began, answered = timezone.now(), 0
    for number in range(66):
        with time_machine.travel(began + timedelta(seconds=number * 60 / 22)):
            answered += bool(phone.says(f"what is {number}"))
    assert 50 < answered < 66
    assert ProcrastinateJob.objects.filter(task_name="answer_flood").count() == 1


def test_a_call_for_a_person_is_heard_in_a_flood(student: Conversation, phone: Phone) -> None:
    for number in range(25):
        phone.says(f"what is {number}")
    phone.taps("support")
    assert phone.conversation.is_chat_support


def test_what_was_kept_of_a_flood_is_answered_together_once_it_is_over(student: Conversation, phone: Phone) -> None:
    for number in range(30):
        phone.says(f"what is {number}")
    first = Message.objects.filter(explanation__rule="too_fast").earliest("id")
    floods.answer(student.pk, first.pk)
    assert phone.waits() == []  # it has hardly stopped
    floods.answer(student.pk, first.pk, timezone.now() + timedelta(minutes=1))
    assert len(phone.waits()) == 1


def test_a_second_flood_is_answered_like_the_first(student: Conversation, phone: Phone) -> None:
    began = timezone.now()
    moments = [*range(21), 45, *range(70, 91), 125]
    for number, second in enumerate(moments):
        with time_machine.travel(began + timedelta(seconds=second)):
            phone.says(f"what is {number}")
        if second == 90:
            with time_machine.travel(began + timedelta(seconds=122)):
                floods.answer(student.pk, Message.objects.filter(explanation__rule="too_fast").earliest("id").pk)
                ProcrastinateJob.objects.all().update(status="succeeded")
    assert Message.objects.filter(explanation__rule="too_fast").latest("id").text == f"what is {len(moments) - 1}"
    assert ProcrastinateJob.objects.filter(task_name="answer_flood", status="todo").exists()


def test_a_flood_of_somebody_who_is_known_by_another_name_now_is_answered(student: Conversation, phone: Phone) -> None:
    for number in range(30):
        phone.says(f"what is {number}")
    since = Message.objects.filter(explanation__rule="too_fast").earliest("id").pk
    floods.answer(student.pk + 1, since, timezone.now() + timedelta(minutes=1))  # a half that is gone
    assert len(phone.waits()) == 1


def test_a_day_that_comes_in_at_once_is_no_flood(student: Conversation, phone: Phone) -> None:
    now = timezone.now()
    Message.objects.update(created_at=now - timedelta(hours=3))
    for number in range(30):
        phone.post(phone.message(text=f"what is {number}", at=now - timedelta(minutes=60 - number)))
    phone.waits()
    assert not Message.objects.filter(explanation__rule="too_fast").exists()


def test_the_24_hours_count_from_when_it_was_said(student: Conversation, phone: Phone) -> None:
    said = timezone.now() - timedelta(hours=5)
    Conversation.objects.update(last_inbound_at=said - timedelta(hours=1))
    phone.does(phone.message(text="menu", at=said))
    assert phone.conversation.window_expires_at == said + timedelta(hours=24)


def test_a_reaction_does_not_open_the_24_hours(student: Conversation, phone: Phone) -> None:
    before = phone.conversation.window_expires_at
    phone.does(phone.message("reaction"))
    assert phone.conversation.window_expires_at == before


def test_a_turn_after_a_silence_tells_where_it_found_the_student(student: Conversation, phone: Phone) -> None:
    phone.taps("homework")
    phone.says("Maths")
    with time_machine.travel(timezone.now() + timedelta(minutes=40)):
        phone.says("hello")
    explanation = Message.objects.filter(sender="user").latest("id").explanation
    assert explanation is not None
    assert (explanation["from_state"], explanation["to_state"]) == ("homework_type", "idle")


def test_a_reaction_is_shown_to_staff_and_never_answered(student: Conversation, phone: Phone) -> None:
    target = Message.objects.filter(sender="bot").latest("id")
    assert phone.does(phone.message("reaction", text="👍", target=target.provider_id)) == []
    assert Message.objects.get(kind="reaction").reply_to == target


def test_a_revoked_message_stays_visible_and_is_marked(student: Conversation, phone: Phone) -> None:
    message = phone.message(text="secret words")
    phone.does(message)
    phone.does(phone.message("revoke", target=message.provider_id))
    kept = Message.objects.get(provider_id=message.provider_id)
    assert (kept.text, kept.revoked_at is not None) == ("secret words", True)


def test_the_polite_line_about_stickers_is_said_once_a_day(student: Conversation, phone: Phone) -> None:
    assert phone.does(phone.message("sticker"))
    assert phone.does(phone.message("sticker")) == []
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert phone.does(phone.message("location"))


def test_a_person_is_answered_in_their_language(phone: Phone) -> None:
    phone.says("hi")
    english = phone.last.text
    phone.says("français")
    assert phone.conversation.contact.language == "fr"
    assert phone.last.text != english


def test_a_students_figures_follow_the_thread(student: Conversation, phone: Phone) -> None:
    phone.says("menu")
    conversation = phone.conversation
    newest = conversation.messages.latest("id")
    assert conversation.message_count == conversation.messages.count()
    assert conversation.unread_count == conversation.messages.filter(sender="user").count()
    assert conversation.last_message_id == newest.pk
