"""A stored conversation against today's bot: the same decisions, unless something changed."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import replay
from conversations.models import Conversation, Message
from tests.conversations.conftest import Phone

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def run(who: object, *options: str) -> tuple[int, str]:
    """The command's exit code and what it printed."""
    out = StringIO()
    try:
        call_command("replay", str(who), *options, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def a_long_day(phone: Phone) -> None:
    """A bit of everything a student may do."""
    with time_machine.travel(timezone.now(), tick=True) as clock:
        for word in ("hi", "12345", "Ada Obi", "not an address", "ada@example.com", "help", "SS2"):
            phone.says(word)
            clock.shift(5)
        phone.says("what is this?")
        phone.says("français")
        phone.says("menu principal")
        phone.says("english")
        clock.shift(90)
        phone.taps("homework")
        phone.says("Chemistry")
        clock.shift(timedelta(minutes=45))
        phone.says("hello")
        phone.taps("resume")
        phone.taps("image")
        phone.sends_photo(PNG)
        phone.taps("homework_done")
        clock.shift(90)
        phone.taps("pay")
        phone.says("confirm")
        phone.taps("pay")
        phone.does(phone.message("sticker"))
        phone.does(phone.message("sticker"))
        phone.does(phone.message("reaction"))
        clock.shift(90)
        phone.taps("support")
        phone.says("my photo was refused")
        phone.says("menu")
        clock.shift(300)
        phone.taps("faq")
        phone.says("end chat")
        phone.taps("confirm")


def test_a_conversation_that_today_would_go_the_same_way_has_no_differences(phone: Phone) -> None:
    a_long_day(phone)
    assert run(phone.person.phone) == (0, "0 of 30 decisions differ.\n")


def test_a_flood_is_replayed_as_one(phone: Phone) -> None:
    phone.registers()
    for number in range(25):
        phone.says(f"nonsense {number}")
    assert run(phone.conversation.pk)[0] == 0


def test_so_is_one_that_goes_on_for_minutes(phone: Phone) -> None:
    began = timezone.now()
    with time_machine.travel(began) as clock:
        phone.registers()
        for number in range(66):
            clock.move_to(began + timedelta(minutes=2, seconds=number * 60 / 22))
            phone.says(f"nonsense {number}")
    assert run(phone.conversation.pk)[0] == 0


def test_a_changed_decision_is_shown_with_both_sides(phone: Phone) -> None:
    phone.registers()
    phone.says("what is this?")
    message = Message.objects.filter(sender="user").order_by("-id")[0]
    message.explanation = {**(message.explanation or {}), "rule": "an_old_rule"}
    message.save()
    code, shown = run(phone.person.phone)
    assert code == 1
    assert f"message {message.pk}" in shown
    assert "then  an_old_rule -> idle" in shown
    assert "now   unknown_text -> idle" in shown
    assert "1 of 5 decisions differ." in shown


def test_a_difference_of_state_is_told_once_and_not_for_every_later_message(phone: Phone) -> None:
    phone.registers()
    phone.says("homework")
    message = Message.objects.filter(sender="user").order_by("-id")[0]
    message.explanation = {**(message.explanation or {}), "to_state": "payment_pending"}
    message.save()
    Conversation.objects.update(state="payment_pending")
    phone.says("confirm")
    assert "1 of 6 decisions differ." in run(phone.person.phone)[1]


def test_a_message_on_which_the_bot_failed_is_shown_with_todays_decision(phone: Phone) -> None:
    phone.registers()
    phone.says("menu")
    message = Message.objects.filter(sender="user").order_by("-id")[0]
    message.explanation = {"rule": "failed", "keyword": None, "state": "idle"}
    message.save()
    shown = run(phone.person.phone)[1]
    assert "then  failed -> failed" in shown
    assert "now   main_menu -> idle" in shown


def test_words_are_shown_only_when_asked_for(phone: Phone) -> None:
    phone.registers()
    Message.objects.filter(text="SS2").update(explanation={"rule": "another", "state": "idle", "to_state": "idle"})
    assert "SS2" not in run(phone.person.phone)[1]
    assert "SS2" in run(phone.person.phone, "--words")[1]


def test_a_replay_changes_nothing_and_reads_in_few_statements(phone: Phone) -> None:
    a_long_day(phone)
    conversation = phone.conversation
    before = list(Message.objects.order_by("id").values())
    with CaptureQueriesContext(connection) as queries:
        assert len(list(replay.play(conversation))) == 30
    assert {query["sql"].split()[0] for query in queries} <= {"SELECT", "DECLARE", "CLOSE"}
    assert len(queries) <= 6
    assert list(Message.objects.order_by("id").values()) == before
    assert phone.waits() == []


@pytest.mark.parametrize("prefix", ["+", ""])
def test_a_person_is_named_by_phone_with_or_without_plus(phone: Phone, prefix: str) -> None:
    phone.says("hi")
    assert run(f"{prefix}2348012345678") == (0, "0 of 1 decisions differ.\n")


@pytest.mark.parametrize("who", ["+1", "99999999", "9" * 40, "NG.Nobody", "", "²"])
def test_an_unknown_person_is_said_to_be_one(phone: Phone, who: str) -> None:
    phone.says("hi")
    with pytest.raises(CommandError) as error:
        run(who)
    assert error.value.returncode == 2


class Terminal(StringIO):
    """A screen that somebody looks at."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_a_long_conversation_shows_how_far_it_is(lead: Conversation) -> None:
    Message.objects.bulk_create(Message(conversation=lead, sender="user", text="hm") for _ in range(249))
    screen = Terminal()
    call_command("replay", str(lead.pk), stdout=StringIO(), stderr=screen)
    assert screen.getvalue() == "\r100/250\r200/250\r250/250\n"
