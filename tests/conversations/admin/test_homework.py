"""Homework in Django admin: who waits, what they sent, and an answer box that reaches WhatsApp."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from conversations import homework as desk
from conversations.channel import MemoryChannel, SendError, Verdict
from conversations.models import Conversation, Homework
from tests.conversations.admin.conftest import Desk, homework_of, page, person, photo
from tests.conversations.conftest import Phone

pytestmark = pytest.mark.usefixtures("channel")


@pytest.fixture
def homework(student: Conversation, phone: Phone) -> Homework:
    """What a student has just handed in over WhatsApp."""
    phone.taps("homework")
    phone.says("Chemistry")
    phone.taps("text")
    phone.says("How many moles?")
    return Homework.objects.get()


def test_an_answer_typed_in_the_box_reaches_the_student(agent: Desk, homework: Homework, phone: Phone) -> None:
    answer = agent.does(homework, "answer", text="Six moles.")
    assert answer["Location"] == page(homework)
    assert [one.text for one in phone.waits()] == [
        f"✅ The answer to your *Chemistry* homework ({homework.reference}):\n\nSix moles."
    ]
    html = agent.reads(homework)
    assert "badge-solved" in html
    assert "badge-sent" in html
    assert "Send correction" in html


def test_who_answered_stands_in_the_history(agent: Desk, homework: Homework) -> None:
    agent.does(homework, "answer", text="Six moles.")
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (agent.user, str(homework.pk))
    assert "is answered" in agent.client.get(page(homework, "history")).content.decode()


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001, "a\0b"])
def test_an_answer_that_cannot_be_sent_stands_there_again(
    agent: Desk, homework: Homework, phone: Phone, text: str
) -> None:
    answer = agent.does(homework, "answer", text=text)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert text.replace("\0", "\0") in answer.content.decode()
    assert phone.waits() == []


def test_of_two_answers_the_second_is_kept_in_its_box_and_can_be_sent_as_a_correction(
    agent: Desk, supervisor: Desk, homework: Homework, phone: Phone
) -> None:
    agent.does(homework, "answer", text="Six moles.")
    refused = supervisor.does(homework, "answer", text="Seven moles.").content.decode()
    assert "answered already" in refused
    assert "Seven moles." in refused
    assert "Six moles." in refused
    again = re.findall(r'name="again" value="([^"]*)"', refused)
    assert len(phone.waits()) == 1
    assert supervisor.does(homework, "answer", text="Seven moles.", again=again[0]).status_code == 302
    assert len(phone.waits()) == 1


def test_a_correction_is_sent_from_the_page_of_solved_homework(agent: Desk, homework: Homework, phone: Phone) -> None:
    agent.does(homework, "answer", text="Six moles.")
    phone.waits()
    again = re.findall(r'name="again" value="([^"]*)"', agent.reads(homework))
    agent.does(homework, "answer", text="Seven moles.", again=again[0])
    assert "Seven moles." in phone.waits()[0].text


def test_an_answer_that_did_not_arrive_says_why(
    agent: Desk, homework: Homework, phone: Phone, channel: MemoryChannel
) -> None:
    channel.failures.append(SendError(Verdict.WINDOW_CLOSED, "More than 24 hours have passed.", code=131047))
    agent.does(homework, "answer", text="Six moles.")
    phone.waits()
    assert "More than 24 hours have passed. (131047)" in agent.reads(homework)


def test_every_button_does_what_it_says(agent: Desk, homework: Homework, phone: Phone) -> None:
    for verb, status in {"take": "IN_PROGRESS", "cancel": "CANCELLED", "reopen": "PENDING", "solve": "SOLVED"}.items():
        assert agent.does(homework, verb).status_code == 302
        homework.refresh_from_db()
        assert homework.status == status
    assert len(phone.waits()) == 1


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("PENDING", {"answer", "take", "solve", "cancel"}),
        ("IN_PROGRESS", {"answer", "take", "solve", "cancel"}),
        ("SOLVED", {"answer"}),
        ("CANCELLED", {"reopen"}),
    ],
)
def test_a_page_offers_what_its_status_allows(agent: Desk, status: str, offered: set[str]) -> None:
    homework = homework_of(person())
    Homework.objects.update(status=status)
    found = re.findall(rf'action="/admin/conversations/homework/{homework.pk}/(\w+)/"', agent.reads(homework))
    assert set(found) == offered


def test_a_refusal_of_the_domain_is_a_sentence_on_the_page(agent: Desk, supervisor: Desk) -> None:
    homework = homework_of(person())
    agent.does(homework, "take")
    supervisor.does(homework, "take")
    assert "HW0001 is taken by grace." in supervisor.reads(homework)


def test_several_are_taken_solved_and_cancelled_from_the_list(agent: Desk, phone: Phone) -> None:
    rows = [homework_of(person(number), number) for number in (1, 2)]
    for action, status in {"take": "IN_PROGRESS", "mark_solved": "SOLVED"}.items():
        agent.runs(action, *rows)
        assert set(Homework.objects.values_list("status", flat=True)) == {status}
    told = agent.runs("cancel", *rows).content.decode()
    assert "HW0001 cannot go from SOLVED to CANCELLED" in told


def test_a_bulk_action_is_for_as_many_as_somebody_has_looked_at(agent: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.admin.base.MOST_AT_ONCE", 1)
    rows = [homework_of(person(number), number) for number in (1, 2)]
    assert "At most 1 at a time" in agent.runs("take", *rows).content.decode()
    assert not Homework.objects.exclude(status="PENDING").exists()


def test_the_list_shows_who_waits_and_for_how_long(agent: Desk) -> None:
    waiting, solved = homework_of(person(1), 1), homework_of(person(2), 2)
    Homework.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(hours=27, minutes=1))
    Homework.objects.filter(pk=solved.pk).update(status="SOLVED")
    html = agent.reads(Homework)
    assert "1 d 3 h" in html
    assert page(waiting) in html
    assert page(solved) not in html
    assert page(solved) in agent.reads(Homework, show="SOLVED")


def test_my_own_and_nobodys_homework_is_found_by_a_filter(agent: Desk) -> None:
    mine, free = homework_of(person(1), 1), homework_of(person(2), 2)
    assert agent.user is not None
    desk.take(mine, agent.user)
    assert page(mine) in agent.reads(Homework, whose="mine")
    assert page(free) not in agent.reads(Homework, whose="mine")
    assert page(free) in agent.reads(Homework, whose="nobody")


def test_photos_are_shown_on_the_page(agent: Desk) -> None:
    conversation = person()
    homework = homework_of(conversation)
    files = [photo(conversation.messages.earliest("id"), homework=homework) for _ in range(3)]
    html = agent.reads(homework)
    for file in files:
        assert page(file, "preview") in html
        assert page(file, "file") in html
