"""One POST of 1,000 items with broken ones of every kind among them: each good one takes effect, each broken one is
kept, with what was wrong with it, where staff see it and try it again.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from conversations import inbox
from conversations.models import AccountNotice, InboxItem, Message
from tests.conversations.admin.conftest import Desk, page, sit, supervisor
from tests.whatsapp.payloads import post, text_message
from tests.whatsapp.test_webhook import deliver

__all__ = ["sit", "supervisor"]

STUDENTS = 100
FATAL = "what no table takes"  # see `fatal`

# Broken messages: how they end, and what stands there instead of a message, or in its fields.
SHAPELESS: tuple[Any, ...] = (None, True, 7, "hi", [], {}, {"id": None}, {"id": ["wamid.1"]}, {"id": "x" * 257})
TEXTLESS: tuple[Any, ...] = (None, [], "hi", {"body": 7}, {"body": "\0"}, {"body": "\ud800"})
BROKEN: tuple[tuple[str, Any], ...] = (
    *(("unreadable", value) for value in SHAPELESS),
    *(("message_without_sender", {"from": sender}) for sender in (None, 7, "", "somebody", ["2348012345678"])),
    *(("handled", {"text": content}) for content in TEXTLESS),
    *(("handled", {"type": kind}) for kind in (None, "hologram", ["text"], "image", "location", "interactive")),
    *(("handled", {"timestamp": moment}) for moment in (None, "1e99", -1, "tomorrow")),
    *(("failed", {"text": {"body": FATAL}}),) * 5,
)


def thousand() -> list[tuple[str, str, Any]]:
    """The items: how each must end, its key and the message. Every fifth is broken, so each kind comes several times,
    at the beginning, at the end and among the messages of many students.
    """
    items = []
    for number in range(1000):
        key, sender = f"wamid.{number}", f"23480123450{number * 7 % STUDENTS:02}"
        end, change = BROKEN[number // 5 % len(BROKEN)] if number % 5 == 0 or number == 999 else ("good", {})
        message = text_message(key, f"message {number}", **{"from": sender})
        items.append((end, key, change if end == "unreadable" else message | change))
    return items


@pytest.fixture
def fatal(db: None) -> None:
    """A table that refuses one text, always: as a bug of ours would, in the middle of a turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT ON conversations_message"
            f" FOR EACH ROW WHEN (NEW.text = '{FATAL}') EXECUTE FUNCTION refuse()"
        )


def drain_without_pauses() -> None:
    """Let all tries of every item pass, without waiting for the time between them."""
    while inbox.waiting(set()):
        InboxItem.objects.filter(handled_at=None).update(due_at=Now())
        inbox.drain_all()


@pytest.mark.usefixtures("fatal")
def test_broken_items_in_a_batch_of_a_thousand_cost_no_other_item_anything(client: Client, supervisor: Desk) -> None:
    items = thousand()
    ends = {end: [key for of_item, key, _ in items if of_item == end] for end, _, _ in items}
    sent = {key: message for _, key, message in items}
    assert {end: len(keys) > 20 for end, keys in ends.items()} == dict.fromkeys(ends, True)
    assert deliver(client, post(*sent.values())).status_code == 200

    # Stored, in order: all that have an id, and beside them in one item what has none.
    stored = list(InboxItem.objects.order_by("id").values_list("key", flat=True))
    assert stored[:-1] == [key for end, key, _ in items if end != "unreadable"]
    assert stored[-1].startswith("unreadable:")

    drain_without_pauses()
    kept = {item.key: item for item in InboxItem.objects.order_by("id")}
    assert not [key for key, item in kept.items() if item.handled_at is None]

    # Every good one has taken effect, once, in the order in which its student wrote.
    said = Message.objects.filter(sender="user").order_by("id")
    for number in range(STUDENTS):
        phone = f"23480123450{number:02}"
        texts = list(said.filter(conversation__contact__phone=f"+{phone}").values_list("text", flat=True))
        good = [sent[key]["text"]["body"] for key in ends["good"] if sent[key]["from"] == phone]
        assert [text for text in texts if text in good] == good
    assert {kept[key].outcome for key in ends["good"]} == {"handled"}

    # What can be understood in part is a message like others; of the rest each is kept whole, and its error is shown.
    assert {kept[key].outcome for key in ends["handled"]} == {"handled"}
    assert said.filter(provider_id__in=ends["handled"]).count() == len(ends["handled"])
    assert {kept[key].outcome for key in ends["message_without_sender"]} == {"message_without_sender"}
    assert [item.key for item in kept.values() if item.dead] == ends["failed"]
    assert {(kept[key].outcome, kept[key].attempts) for key in ends["failed"]} == {("failed: ProgrammingError", 5)}
    for key in (*ends["failed"], *ends["message_without_sender"]):
        assert kept[key].raw["message"] == sent[key]
    assert kept[stored[-1]].raw["value"]["parts"] == [sent[key] for key in ends["unreadable"]]
    told = {(notice.kind, notice.data["item"]) for notice in AccountNotice.objects.all()}
    assert told == {
        *(("item_failed", kept[key].pk) for key in ends["failed"]),
        *(("message_without_sender", kept[key].pk) for key in ends["message_without_sender"]),
        ("unreadable_parts", kept[stored[-1]].pk),
    }
    failed = supervisor.reads(InboxItem)
    assert [key for key in ends["failed"] if page(kept[key]) not in failed] == []
    assert "failed: ProgrammingError" in failed

    # A second delivery changes nothing.
    assert deliver(client, post(*sent.values())).status_code == 200
    assert InboxItem.objects.count() == len(stored)

    # What failed takes effect when staff try it again after a fix.
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION refuse CASCADE")
    supervisor.runs("try_again", *(kept[key] for key in ends["failed"]))
    drain_without_pauses()
    assert not InboxItem.objects.filter(dead=True).exists()
    assert said.filter(text=FATAL).count() == len(ends["failed"])
