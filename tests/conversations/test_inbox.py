"""What comes in: stored once, handled once, in order; a bad item costs nobody else anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import TypeVar

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import inbox, notices, tasks
from conversations.models import AccountNotice, Conversation, InboxItem, Message, UnreadablePost
from conversations.received import Batch, Notice, RawItem, Received, Severity
from tests.conversations.conftest import Phone, locked

T = TypeVar("T")


def test_a_message_is_stored_before_anybody_looks_at_it(phone: Phone) -> None:
    item = phone.post(phone.message(text="hi"))
    stored = InboxItem.objects.get(key=item.key)
    assert (stored.handled_at, stored.mailbox) == (None, "phone:+2348012345678")
    assert not Conversation.objects.exists()


def test_a_second_delivery_changes_nothing(phone: Phone) -> None:
    message = phone.message(text="hi")
    phone.does(message)
    assert phone.does(message) == []
    assert Message.objects.filter(sender="user").count() == 1


def test_a_repeat_after_the_inbox_was_purged_changes_nothing(phone: Phone) -> None:
    message = phone.message(text="hi")
    phone.does(message)
    InboxItem.objects.all().delete()
    assert phone.does(message) == []
    assert InboxItem.objects.get().outcome == "seen before"


def test_ids_follow_the_order_of_the_batch_whatever_the_keys(phone: Phone) -> None:
    keys = ["zebra", "ant", *(f"wamid.{number * 7 % 41}" for number in range(41)), "mole"]
    items = tuple(RawItem(key, "phone:+1", {"key": key}) for key in keys)
    assert inbox.receive(Batch(items=items)) == len(keys)
    assert list(InboxItem.objects.order_by("id").values_list("key", flat=True)) == keys


def test_the_number_of_statements_does_not_grow_with_the_batch(phone: Phone) -> None:
    def statements(size: int) -> int:
        items = tuple(RawItem(f"{size}.{n}", f"phone:+{n}", {"n": n}) for n in range(size))
        with CaptureQueriesContext(connection) as queries:
            inbox.receive(Batch(items=items))
        return len(queries)

    assert statements(1) == statements(1000)


def test_messages_take_effect_in_the_order_they_came(phone: Phone) -> None:
    for text in ("hi", "Ada Obi", "ada@example.com", "SS2"):
        phone.post(phone.message(text=text))
    phone.waits()
    contact = phone.conversation.contact
    assert (contact.name, contact.email, contact.class_grade) == ("Ada Obi", "ada@example.com", "SS2")


def test_an_item_that_fails_waits_and_holds_back_only_its_own_student(phone: Phone, other_phone: Phone) -> None:
    broken = phone.post(phone.message(text="hi"))
    del phone.channel.items[broken.key]
    later = phone.post(phone.message(text="hello?"))
    assert other_phone.says("hi")
    assert InboxItem.objects.get(key=broken.key).attempts == 1
    assert InboxItem.objects.get(key=later.key).handled_at is None


def test_an_item_that_keeps_failing_is_put_aside_and_the_next_one_goes_on(phone: Phone) -> None:
    broken = phone.post(phone.message(text="hi"))
    del phone.channel.items[broken.key]
    phone.post(phone.message(text="hello?"))
    _wear_out(phone)
    dead = InboxItem.objects.get(key=broken.key)
    assert dead.dead
    assert dead.attempts == 5
    assert AccountNotice.objects.filter(kind="item_failed").exists()
    assert Message.objects.filter(sender="user", text="hello?").exists()


@pytest.mark.parametrize(
    "trouble",
    [
        *("disk_full", "too_many_connections", "admin_shutdown", "io_error"),
        *("query_canceled", "deadlock_detected", "serialization_failure", "lock_not_available"),
    ],
)
def test_a_database_in_trouble_puts_no_message_aside_however_long_it_lasts(phone: Phone, trouble: str) -> None:
    item = phone.post(phone.message(text="hi"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE {trouble}; END $$;"
            "CREATE TRIGGER trouble BEFORE INSERT ON conversations_message EXECUTE FUNCTION trouble()"
        )
        for _ in range(len(inbox.PAUSES) + 1):
            with pytest.raises(DatabaseError):
                inbox.drain_all()
        cursor.execute("DROP FUNCTION trouble CASCADE")
    inbox.drain_all()
    handled = InboxItem.objects.get(key=item.key)
    assert (handled.dead, handled.attempts, handled.handled_at is None) == (False, 0, False)


def test_a_dead_item_can_be_tried_again(phone: Phone) -> None:
    message = phone.message(text="hi")
    item = phone.post(message)
    del phone.channel.items[item.key]
    _wear_out(phone)
    phone.channel.items[item.key] = message
    inbox.revive(InboxItem.objects.get(key=item.key))
    assert phone.waits()


def test_what_nobody_could_read_or_handle_is_kept_until_a_while_after_staff_have_seen_to_it(phone: Phone) -> None:
    item = phone.post(phone.message(text="hi"))
    del phone.channel.items[item.key]
    _wear_out(phone)
    inbox.keep_unreadable(b"{", "not JSON")
    long = timedelta(days=settings.INBOX_KEPT_DAYS + 1)
    InboxItem.objects.update(handled_at=F("handled_at") - long)
    UnreadablePost.objects.update(received_at=F("received_at") - long)

    def kept() -> tuple[int, int]:
        tasks.clean_up(0)
        return InboxItem.objects.count(), UnreadablePost.objects.count()

    assert kept() == (1, 1)
    for notice in AccountNotice.objects.all():
        notices.settle_notice(notice.key)
    assert kept() == (1, 1)
    AccountNotice.objects.update(settled_at=F("settled_at") - long)
    assert kept() == (0, 0)


def test_a_message_that_was_put_aside_takes_effect_when_it_is_tried_again(
    student: Conversation, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("conversations.facts.offer", None)  # a bug somewhere below the bot
        phone.post(phone.message(text="faq"))
        _wear_out(phone)
    dead = InboxItem.objects.get(dead=True)
    inbox.revive(dead)
    assert phone.waits()
    dead.refresh_from_db()
    assert dead.outcome == "handled"
    assert Message.objects.filter(text="faq").count() == 1


def test_a_failure_that_comes_late_does_not_undo_what_another_worker_did(phone: Phone) -> None:
    item = phone.post(phone.message(text="hi"))
    stale = InboxItem.objects.get(key=item.key)
    stale.attempts = len(inbox.PAUSES)
    phone.waits()
    inbox._failed(stale, RuntimeError())
    stale.refresh_from_db()
    assert (stale.dead, stale.outcome) == (False, "handled")


def test_whose_message_was_put_aside_is_told_once_that_we_have_it(
    student: Conversation, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conversations.facts.offer", None)
    said = len(phone.channel.sent)
    phone.post(phone.message(text="faq"))
    _wear_out(phone)
    (told,) = phone.channel.sent[said:]
    assert told.text == "Sorry, something went wrong on our side. Your message is kept and our team will look at it."
    kept = Message.objects.get(text="faq")
    assert (kept.sender, (kept.explanation or {})["rule"]) == ("user", "failed")


def test_nobody_is_told_sorry_for_a_reaction(
    student: Conversation, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conversations.facts.offer", None)
    phone.post(phone.message("reaction"))
    said = len(phone.channel.sent)
    _wear_out(phone)
    assert len(phone.channel.sent) == said


def test_a_notice_about_the_account_is_put_before_staff(phone: Phone) -> None:
    phone.channel.items["n1"] = Notice("account_update", "The account was restricted.", Severity.CRITICAL)
    inbox.receive(Batch(items=(RawItem("n1", "account", {"key": "n1"}),)))
    inbox.drain_all()
    assert AccountNotice.objects.get().title == "The account was restricted."


def test_a_body_that_nobody_can_read_is_kept_once_however_often_it_comes(db: None) -> None:
    for _ in range(3):
        inbox.keep_unreadable(b"\xff\x00 not json", "invalid UTF-8")
    kept = UnreadablePost.objects.get()
    assert (bytes(kept.body), kept.times) == (b"\xff\x00 not json", 3)


@pytest.mark.django_db(transaction=True)
def test_the_same_webhook_twice_at_the_same_moment_stores_one_of_each(phone: Phone) -> None:
    keys = [f"k{n}" for n in range(50)]
    start = Barrier(4)

    def deliver(order: list[str]) -> None:
        start.wait()
        inbox.receive(Batch(items=tuple(RawItem(key, "phone:+1", {}) for key in order)))
        connection.close()

    _at_once(deliver, [keys, keys[::-1], keys, keys[::-1]])
    assert InboxItem.objects.count() == 50


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_mailbox_handle_each_message_once_and_in_order(phone: Phone) -> None:
    phone.registers()
    for number in range(12):
        phone.post(phone.message(text=f"nonsense {number}"))

    def work(_: int) -> None:
        while inbox.drain("phone:+2348012345678").handled:
            pass
        connection.close()

    _at_once(work, [1, 2, 3])
    said = Message.objects.filter(text__startswith="nonsense").order_by("id").values_list("text", flat=True)
    assert list(said) == [f"nonsense {number}" for number in range(12)]


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_not_wait_for_a_conversation_that_is_in_use(phone: Phone, other_phone: Phone) -> None:
    phone.registers()
    item = phone.post(phone.message(text="menu"))
    found: list[inbox.Drained] = []

    def work(mailbox: str) -> None:
        found.append(inbox.drain(mailbox))
        connection.close()

    with locked(phone.conversation):
        _at_once(work, [item.mailbox])
        assert InboxItem.objects.get(key=item.key).handled_at is None
    assert found == [inbox.Drained(0, inbox.IN_USE)]
    assert inbox.drain(item.mailbox).handled == 1


@pytest.mark.django_db(transaction=True)
def test_two_first_messages_at_the_same_moment_make_one_person(phone: Phone) -> None:
    messages = [phone.message(text="hi") for _ in range(4)]
    for message in messages:
        phone.post(message)
    start = Barrier(4)

    def work(received: Received) -> None:
        start.wait()
        while not inbox.handle(InboxItem.objects.get(key=received.provider_id)):
            pass  # another one has the conversation
        connection.close()

    _at_once(work, messages)
    assert Conversation.objects.count() == 1
    assert Message.objects.filter(sender="user").count() == 4


def _wear_out(phone: Phone) -> None:
    """Let all tries pass, without waiting for the pauses between them."""
    for _ in range(len(inbox.PAUSES) + 1):
        phone.waits()
        InboxItem.objects.update(due_at=timezone.now() - timedelta(minutes=1))


def _at_once(work: Callable[[T], None], arguments: list[T]) -> None:
    threads = [Thread(target=work, args=(argument,)) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
