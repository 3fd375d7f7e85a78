"""The thread as staff read it: all of it, newest last, with what became of each message and why."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.channel import MemoryChannel
from conversations.models import Conversation, Message
from tests.conversations.admin.conftest import PNG, Desk, page, person, photo
from tests.conversations.conftest import Phone

pytestmark = pytest.mark.usefixtures("channel")


def shown(html: str) -> list[int]:
    """The ids of the messages on a page, in their order."""
    return [int(found) for found in re.findall(r'id="message-(\d+)"', html)]


def talk(conversation: Conversation, count: int) -> list[int]:
    """So many more messages; returns the ids of the whole thread."""
    Message.objects.bulk_create(Message(conversation=conversation, sender="user", text="x") for _ in range(count))
    return list(conversation.messages.order_by("id").values_list("id", flat=True))


def test_a_conversation_over_whatsapp_can_be_read_with_its_explanations(agent: Desk, phone: Phone) -> None:
    phone.registers()
    phone.says("what is this?")
    phone.says("menu please")
    html = agent.reads(phone.conversation)
    assert html.index("what is this?") < html.index("menu please")
    assert "unknown_text" in html
    assert "No keyword was found" in html
    assert "main_menu · “menu” · idle → idle" in html
    assert "badge-sent" in html


def test_the_newest_messages_come_first_to_hand_and_the_older_ones_by_pages(agent: Desk) -> None:
    conversation = person()
    ids = talk(conversation, 118)
    newest = agent.reads(conversation)
    assert shown(newest) == ids[-50:]
    assert "Newer messages" not in newest
    middle = agent.reads(conversation, before=ids[-50])
    assert shown(middle) == ids[-100:-50]
    oldest = agent.reads(conversation, before=ids[-100])
    assert shown(oldest) == ids[:20]
    assert "Older messages" not in oldest
    assert shown(agent.reads(conversation, after=ids[19])) == ids[20:70]
    assert shown(agent.reads(conversation, after=ids[69])) == ids[70:120]


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("odd", ["", "abc", "-1", "9" * 40, "²", "' OR 1=1"])
def test_an_odd_place_shows_the_newest_messages(agent: Desk, place: str, odd: str) -> None:
    conversation = person()
    assert shown(agent.reads(conversation, **{place: odd})) == talk(conversation, 0)


def test_a_thread_of_10000_messages_costs_what_a_short_one_costs(agent: Desk) -> None:
    conversation = person()
    with CaptureQueriesContext(connection) as short:
        agent.reads(conversation)
    talk(conversation, 10_000)
    with CaptureQueriesContext(connection) as long:
        assert len(shown(agent.reads(conversation))) == 50
    assert len(long) == len(short) <= 10


def test_reading_a_thread_changes_nothing(agent: Desk) -> None:
    conversation = person()
    before = Conversation.objects.values().get(pk=conversation.pk)
    agent.reads(conversation)
    assert Conversation.objects.values().get(pk=conversation.pk) == before


def test_another_persons_messages_are_not_in_the_thread(agent: Desk) -> None:
    one, other = person(1), person(2)
    assert set(shown(agent.reads(one))) == set(one.messages.values_list("id", flat=True))
    assert not set(shown(agent.reads(one))) & set(other.messages.values_list("id", flat=True))


def test_a_failed_message_says_why_and_can_be_sent_again(agent: Desk, channel: MemoryChannel, phone: Phone) -> None:
    conversation = person()
    failed = conversation.messages.latest("id")
    assert "131047" in agent.reads(conversation)
    answer = agent.does(failed, "retry")
    assert answer["Location"] == f"{page(conversation)}#message-{failed.pk}"
    phone.waits()
    assert [one.text for one in channel.sent] == ["Ada Obi"]
    assert "badge-sent" in agent.reads(conversation)


def test_a_message_whose_outcome_nobody_knows_asks_a_person(agent: Desk) -> None:
    conversation = person()
    conversation.messages.filter(sender="bot").update(delivery_status="unknown", error="")
    assert "Nobody knows whether it arrived" in agent.reads(conversation)
    conversation.messages.filter(sender="bot").update(hold_until=timezone.now() + timedelta(minutes=1))
    held = agent.reads(conversation)
    assert "WhatsApp has not said yet" in held
    assert "Send again" not in held


def test_a_delivered_message_cannot_be_sent_again(agent: Desk) -> None:
    message = person().messages.latest("id")
    Message.objects.update(delivery_status="delivered", error="")
    assert "Send again" not in agent.reads(message.conversation)
    agent.does(message, "retry")
    message.refresh_from_db()
    assert message.delivery_status == "delivered"


def test_several_failed_messages_are_sent_again_at_once(agent: Desk) -> None:
    messages = [person(number).messages.latest("id") for number in (1, 2)]
    agent.runs("send_again", *messages)
    assert Message.objects.filter(delivery_status="queued").count() == 2


def test_messages_in_trouble_are_found_by_a_filter(agent: Desk) -> None:
    failed, unknown, parked = (person(number).messages.latest("id") for number in (1, 2, 3))
    Message.objects.filter(pk=unknown.pk).update(delivery_status="unknown", hold_until=timezone.now())
    Message.objects.filter(pk=parked.pk).update(delivery_status="unknown")
    found = {name: agent.reads(Message, delivery=name) for name in ("failed", "held", "asks")}
    for name, message in {"failed": failed, "held": unknown, "asks": parked}.items():
        assert [page(one) in found[name] for one in (failed, unknown, parked)].count(True) == 1
        assert page(message) in found[name]


def test_a_photo_is_shown_small_and_links_to_the_whole(agent: Desk) -> None:
    conversation = person()
    attachment = photo(conversation.messages.earliest("id"), PNG)
    html = agent.reads(conversation)
    assert f'<img src="{page(attachment, "preview")}"' in html
    assert f'href="{page(attachment, "file")}"' in html
