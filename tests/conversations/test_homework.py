"""Homework at the desk: taken, answered once, delivered with its reference."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from conversations import homework as desk
from conversations import outbox, people
from conversations.channel import MemoryChannel, SendError, Verdict
from conversations.errors import DomainError, HomeworkSolved, HomeworkTaken, InvalidTransition
from conversations.models import Contact, Conversation, DeliveryStatus, Homework, HomeworkStatus, Message, Policy
from conversations.received import Person
from tests.conversations.conftest import Phone


@pytest.fixture
def grace(db: None) -> User:
    """Somebody of the team."""
    return User.objects.create_user("grace")


@pytest.fixture
def tunde(db: None) -> User:
    """A colleague."""
    return User.objects.create_user("tunde")


@pytest.fixture
def homework(student: Conversation, phone: Phone) -> Homework:
    """What a student has just handed in over WhatsApp."""
    phone.taps("homework")
    phone.says("Chemistry")
    phone.taps("text")
    phone.says("How many moles?")
    return Homework.objects.get()


def answer_of(homework: Homework, words: str) -> str:
    return f"✅ The answer to your *Chemistry* homework ({homework.reference}):\n\n{words}"


def message_of(homework: Homework) -> Message:
    """The message that carried the answer, as it stands now."""
    assert homework.solution_message is not None
    homework.solution_message.refresh_from_db()
    return homework.solution_message


def test_an_answer_reaches_the_student_with_subject_and_reference(
    homework: Homework, phone: Phone, grace: User
) -> None:
    desk.answer(homework, grace, "  Six moles.  ")
    assert [one.text for one in phone.waits()] == [answer_of(homework, "Six moles.")]


def test_an_answer_solves_the_homework_and_keeps_who_gave_it(homework: Homework, grace: User) -> None:
    solved = desk.answer(homework, grace, "Six moles.")
    homework.refresh_from_db()
    assert (homework.status, homework.solution_text) == (HomeworkStatus.SOLVED, "Six moles.")
    assert (homework.assigned_admin, homework.solution_message) == (grace, solved.solution_message)
    assert homework.solved_at is not None


def test_an_answer_whose_arrival_is_uncertain_waits_for_a_person(homework: Homework, grace: User) -> None:
    solved = desk.answer(homework, grace, "Six moles.")
    assert solved.solution_message is not None
    assert (solved.solution_message.policy, solved.solution_message.staff) == (Policy.PARK, grace)


def test_an_answer_is_in_the_language_of_the_student(homework: Homework, phone: Phone, grace: User) -> None:
    Contact.objects.update(language="fr")
    desk.answer(homework, grace, "Six moles.")
    assert phone.waits()[0].text.startswith("✅ La réponse à votre devoir")


def test_the_same_answer_twice_is_sent_once(homework: Homework, phone: Phone, grace: User) -> None:
    first = desk.answer(homework, grace, "Six moles.")
    second = desk.answer(homework, grace, "Six moles.")
    assert first.solution_message == second.solution_message
    assert len(phone.waits()) == 1


def test_the_same_answer_again_is_sent_again_where_it_could_not_be_delivered(
    homework: Homework, phone: Phone, channel: MemoryChannel, grace: User
) -> None:
    channel.failures.append(SendError(Verdict.WINDOW_CLOSED, "Too late.", code=131047))
    solved = desk.answer(homework, grace, "Six moles.")
    assert phone.waits() == []
    desk.answer(homework, grace, "Six moles.")
    assert len(phone.waits()) == 1
    assert message_of(solved).delivery_status == DeliveryStatus.SENT


def test_another_answer_must_be_meant_as_a_correction(homework: Homework, phone: Phone, grace: User) -> None:
    desk.answer(homework, grace, "Six moles.")
    with pytest.raises(HomeworkSolved):
        desk.answer(homework, grace, "Seven moles.")
    desk.answer(homework, grace, "Seven moles.", again=True)
    assert [one.text for one in phone.waits()] == [
        answer_of(homework, words) for words in ("Six moles.", "Seven moles.")
    ]
    homework.refresh_from_db()
    assert (homework.status, homework.solution_text) == (HomeworkStatus.SOLVED, "Seven moles.")


def test_an_answer_needs_words(homework: Homework, phone: Phone, grace: User) -> None:
    with pytest.raises(ValueError, match="has words"):
        desk.answer(homework, grace, " \n ")
    assert phone.waits() == []


def test_homework_can_be_solved_without_an_answer_and_the_student_is_told(
    homework: Homework, phone: Phone, grace: User
) -> None:
    desk.mark_solved(homework, grace)
    desk.mark_solved(homework, grace)
    told = [one.text for one in phone.waits()]
    assert len(told) == 1
    assert homework.reference in told[0]


def test_words_with_the_solving_are_the_answer(homework: Homework, phone: Phone, grace: User) -> None:
    desk.mark_solved(homework, grace, "Six moles.")
    assert [one.text for one in phone.waits()] == [answer_of(homework, "Six moles.")]


def test_whoever_takes_homework_has_it(homework: Homework, grace: User, tunde: User) -> None:
    desk.take(homework, grace)
    desk.take(homework, grace)
    with pytest.raises(HomeworkTaken, match="grace"):
        desk.take(homework, tunde)
    homework.refresh_from_db()
    assert (homework.status, homework.assigned_admin) == (HomeworkStatus.IN_PROGRESS, grace)


def test_homework_can_be_given_to_somebody_else_and_to_nobody(homework: Homework, grace: User, tunde: User) -> None:
    desk.take(homework, grace)
    assert desk.assign(homework, tunde, by=grace).assigned_admin == tunde
    assert desk.assign(homework, None, by=grace).assigned_admin is None


LEGAL = {
    ("PENDING", "IN_PROGRESS"),
    ("PENDING", "SOLVED"),
    ("PENDING", "CANCELLED"),
    ("IN_PROGRESS", "PENDING"),
    ("IN_PROGRESS", "SOLVED"),
    ("IN_PROGRESS", "CANCELLED"),
    ("CANCELLED", "PENDING"),
}


@pytest.mark.parametrize("before", HomeworkStatus.values)
@pytest.mark.parametrize("after", HomeworkStatus.values)
def test_every_change_of_status_is_either_legal_or_refused_and_then_changes_nothing(
    homework: Homework, grace: User, before: str, after: str
) -> None:
    Homework.objects.update(status=before)
    if before == after or (before, after) in LEGAL:
        assert desk.change_status(homework, after, grace).status == after
    else:
        with pytest.raises(InvalidTransition):
            desk.change_status(homework, after, grace)
        assert Homework.objects.get().status == before


def test_cancelled_homework_takes_no_answer(homework: Homework, phone: Phone, grace: User) -> None:
    desk.change_status(homework, HomeworkStatus.CANCELLED, grace)
    with pytest.raises(InvalidTransition, match="it can go to PENDING"):
        desk.answer(homework, grace, "Six moles.")
    assert phone.waits() == []


def test_an_answer_outside_the_24_hour_window_is_queued_and_shows_why_it_failed(
    homework: Homework, phone: Phone, channel: MemoryChannel, grace: User
) -> None:
    solved = desk.answer(homework, grace, "Six moles.")
    channel.failures.append(SendError(Verdict.WINDOW_CLOSED, "More than 24 hours have passed.", code=131047))
    phone.waits()
    message = message_of(solved)
    assert (message.delivery_status, message.error_code) == (DeliveryStatus.FAILED, 131047)
    assert outbox.retry_possible(message)


@pytest.fixture
def refused(homework: Homework, phone: Phone, channel: MemoryChannel, grace: User) -> Message:
    """An answer that WhatsApp refused: the student has not written for a day."""
    channel.verdicts[131047] = Verdict.WINDOW_CLOSED
    channel.failures.append(SendError(Verdict.WINDOW_CLOSED, "More than 24 hours have passed.", code=131047))
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))
    solved = desk.answer(homework, grace, "Six moles.")
    assert phone.waits() == []
    return message_of(solved)


def test_an_answer_that_came_after_the_24_hours_arrives_before_the_reply_when_the_student_next_writes(
    refused: Message, homework: Homework, phone: Phone
) -> None:
    assert outbox.hint(refused) == outbox.GOES_BY_ITSELF
    first, *_ = phone.says("hello")
    assert first.text == answer_of(homework, "Six moles.")
    assert len([one for one in phone.says("hello") if "Six moles." in one.text]) == 0


def test_so_does_one_that_was_refused_though_we_took_the_window_for_open(refused: Message, phone: Phone) -> None:
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=1))
    assert "Six moles." in phone.says("hello")[0].text


def test_a_thumbs_up_opens_no_window_for_an_answer_that_waits(refused: Message, phone: Phone) -> None:
    assert phone.does(phone.message("reaction", text="👍")) == []
    refused.refresh_from_db()
    assert refused.delivery_status == DeliveryStatus.FAILED


@pytest.mark.parametrize(
    "change", [{"error_code": 131026}, {"policy": Policy.RESEND}, {"sender": "admin"}, {"delivery_status": "cancelled"}]
)
def test_nothing_else_that_failed_is_sent_without_being_asked_for(
    refused: Message, phone: Phone, change: dict[str, object]
) -> None:
    Message.objects.filter(pk=refused.pk).update(**change)
    assert not any("Six moles." in one.text for one in phone.says("hello"))


def test_homework_of_a_merged_person_is_answered_in_the_kept_conversation(
    homework: Homework, phone: Phone, other_phone: Phone, grace: User
) -> None:
    other_phone.says("hi")
    people.change_identity(phone.person, Person(phone=other_phone.person.phone))
    desk.answer(homework, grace, "Six moles.")
    assert Conversation.objects.get().messages.filter(text__contains="Six moles.").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_colleagues_who_answer_at_once_one_is_heard(homework: Homework, phone: Phone, grace: User) -> None:
    tunde = User.objects.create_user("tunde")
    start, refused = Barrier(2), []

    def work(staff: User, words: str) -> None:
        start.wait()
        try:
            desk.answer(homework, staff, words)
        except DomainError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=work, args=each) for each in ((grace, "Six moles."), (tunde, "Seven moles."))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["HOMEWORK_SOLVED"]
    assert len(phone.waits()) == 1
