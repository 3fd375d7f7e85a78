"""`manage.py prove`: green over what the service itself wrote, red for each way in which a promise can be broken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from conversations import delivery, heartbeat, inbox, outbox, sender
from conversations.channel import MemoryChannel, SendError, Verdict
from conversations.models import Conversation, DeliveryReport, InboxItem, Message, Policy, Sender
from conversations.proof import prove
from conversations.proof.checks import CHECKS
from conversations.received import Batch
from tests.conversations.conftest import Phone, locked, report

LONG_AGO = timedelta(hours=1)


@pytest.fixture
def lively(phone: Phone, other_phone: Phone, grace: User) -> Conversation:
    """A conversation with everything in it, beside another one; a worker is alive."""
    heartbeat.beat()
    phone.registers()
    other_phone.registers("Bola Ade")
    for words in ("homework", "Physics", "text", "What is a force?", "gibberish", "support", "Hello?", "Anybody?"):
        phone.says(words)
    with locked(phone.conversation) as conversation:
        outbox.post(conversation, "Hello, this is Grace.", sender=Sender.ADMIN, staff=grace)
    phone.waits()
    answers = list(Message.objects.exclude(sender=Sender.USER))
    inbox.receive(Batch(receipts=tuple(report(one, status) for one in answers for status in ("read", "sent"))))
    delivery.match_reports()
    return phone.conversation


@pytest.fixture
def grace(db: None) -> User:
    """Somebody who answers."""
    return User.objects.create_user("grace", "grace@example.com")


def run(*sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in sql:
            cursor.execute(statement)


def answer(conversation: Conversation) -> Message:
    """The bot's last answer."""
    found = conversation.messages.filter(sender=Sender.BOT).last()
    assert found
    return found


def heard(conversation: Conversation) -> Message:
    """The student's first message."""
    found = conversation.messages.filter(sender=Sender.USER).first()
    assert found
    return found


def edit(message: Message, **changes: object) -> None:
    Message.objects.filter(pk=message.pk).update(**changes)


def forget_a_message(conversation: Conversation) -> None:
    last = conversation.messages.filter(sender=Sender.USER).last()
    assert last
    last.delete()


def store_an_item_twice(_conversation: Conversation) -> None:
    run(
        "ALTER TABLE conversations_inboxitem DROP CONSTRAINT conversations_inboxitem_key_key",
        "INSERT INTO conversations_inboxitem (key, mailbox, raw, handled_at)"
        " SELECT key, mailbox, raw, handled_at FROM conversations_inboxitem LIMIT 1",
    )


def hear_a_message_twice(conversation: Conversation) -> None:
    run("ALTER TABLE conversations_message DROP CONSTRAINT conversations_message_provider_id_key")
    second = heard(conversation)
    first_answer = conversation.messages.filter(sender=Sender.BOT).first()
    assert first_answer
    edit(first_answer, provider_id=second.provider_id)


def write_half_a_turn(conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(message_count=F("message_count") - 1)


def drop_the_guard(_conversation: Conversation) -> None:
    run("DROP INDEX message_one_in_flight")


def leave_an_item(_conversation: Conversation) -> None:
    InboxItem.objects.create(
        key="wamid.left",
        mailbox="phone:x",
        raw={},
        received_at=timezone.now() - LONG_AGO,
        due_at=timezone.now() - LONG_AGO,
    )


def say_nothing(conversation: Conversation) -> None:
    first = heard(conversation)
    conversation.messages.filter(sender=Sender.BOT, pk__gt=first.pk).order_by("pk")[0].delete()


def forget_a_flood(conversation: Conversation) -> None:
    last = conversation.messages.filter(sender=Sender.USER).last()
    assert last
    conversation.messages.filter(pk__gt=last.pk).delete()
    edit(last, explanation={"rule": "too_fast"}, created_at=timezone.now() - LONG_AGO)


def leave_an_answer(conversation: Conversation) -> None:
    edit(answer(conversation), delivery_status="queued", due_at=timezone.now() - LONG_AGO)
    DeliveryReport.objects.all().delete()


def mix_up_the_thread(conversation: Conversation) -> None:
    mine = conversation.messages.filter(sender=Sender.USER).order_by("pk")
    first, second = (InboxItem.objects.get(key=message.provider_id) for message in mine[:2])
    InboxItem.objects.filter(pk=second.pk).update(key="aside")
    InboxItem.objects.filter(pk=first.pk).update(key=second.key)
    InboxItem.objects.filter(pk=second.pk).update(key=first.key)


def send_the_last_first(conversation: Conversation) -> None:
    edit(answer(conversation), sent_at=timezone.now() - LONG_AGO)


def fail_in_silence(conversation: Conversation) -> None:
    edit(answer(conversation), delivery_status="failed", error="", error_code=None)
    DeliveryReport.objects.filter(message=answer(conversation)).delete()


def repeat_staff(conversation: Conversation) -> None:
    said = conversation.messages.get(sender=Sender.ADMIN)
    assert said.policy == Policy.PARK
    inbox.receive(Batch(receipts=(report(Message(provider_id="wamid.again", client_ref=said.client_ref), "sent"),)))
    delivery.match_reports()


def step_back(conversation: Conversation) -> None:
    edit(answer(conversation), delivery_status="delivered")


def leave_a_report(conversation: Conversation) -> None:
    inbox.receive(Batch(receipts=(report(answer(conversation), "played"),)))
    DeliveryReport.objects.filter(message=None).update(received_at=timezone.now() - LONG_AGO)


DEFECTS: dict[str, Callable[[Conversation], None]] = {
    "a webhook item counts as handled, and its message is in no thread": forget_a_message,
    "one webhook item is stored twice": store_an_item_twice,
    "one message of WhatsApp's stands twice in the threads": hear_a_message_twice,
    "a thread holds more or fewer messages than the turns that wrote it counted": write_half_a_turn,
    "a unique index that keeps second deliveries out is missing or broken": drop_the_guard,
    "a webhook item has waited for too long": leave_an_item,
    "a student's message was handled, and no answer follows it": say_nothing,
    "what a student wrote faster than we answer was kept, and not answered when they had paused": forget_a_flood,
    "an answer has waited to be sent for too long, and nothing holds sending up": leave_an_answer,
    "a student's messages stand in the thread in another order than they came": mix_up_the_thread,
    "an answer left before an earlier one of the same conversation": send_the_last_first,
    "a send failed, and staff are not told why": fail_in_silence,
    "words of staff, a template or a promise about money went out twice, and nobody asked for it": repeat_staff,
    "a message stands behind what its delivery reports say": step_back,
    "a delivery report of one of our messages was left lying": leave_a_report,
}


def test_what_the_service_wrote_breaks_no_promise(lively: Conversation) -> None:
    out = StringIO()
    call_command("prove", stdout=out)
    items = InboxItem.objects.count()
    assert f"{items} webhooks, {items} unique, 0 lost, 0 double effects, 0 unanswered, 0 out of order" in out.getvalue()


@pytest.mark.parametrize("sentence", [check.sentence for check in CHECKS])
def test_each_check_sees_the_defect_it_is_for(lively: Conversation, sentence: str) -> None:
    DEFECTS[sentence](lively)
    assert sentence in [breach.check.sentence for breach in prove().breaches]


def test_a_breach_is_told_with_its_ids_and_exit_code_1(lively: Conversation) -> None:
    step_back(lively)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("prove", stdout=out)
    assert ended.value.code == 1
    assert (
        f"✗ promise 6: a message stands behind what its delivery reports say (1: {answer(lively).pk})" in out.getvalue()
    )


def test_what_a_colleague_says_on_the_phone_may_overtake_what_waits_here(lively: Conversation) -> None:
    send_the_last_first(lively)
    echo = lively.messages.exclude(sender=Sender.USER).earliest("sent_at")
    edit(echo, payload={"echo": True})
    assert prove().breaches == []


def test_a_service_that_stands_still_breaks_no_promise(lively: Conversation) -> None:
    leave_an_item(lively)
    heartbeat.stop()
    assert prove().breaches == []


def test_what_waits_behind_a_closed_gate_is_not_forgotten(lively: Conversation, channel: MemoryChannel) -> None:
    channel.failures.append(SendError(Verdict.AUTH, "The token is dead."))
    with locked(lively) as conversation:
        waiting = outbox.post(conversation, "This waits.")
    sender.deliver_all()
    edit(waiting, due_at=timezone.now() - LONG_AGO)
    assert prove().breaches == []


def test_an_unknown_send_and_one_said_twice_are_counted_and_no_breach(lively: Conversation) -> None:
    said = answer(lively)
    inbox.receive(Batch(receipts=(report(Message(provider_id="wamid.again", client_ref=said.client_ref), "sent"),)))
    delivery.match_reports()
    with locked(lively) as conversation:
        edit(outbox.post(conversation, "Did this arrive?"), delivery_status="unknown")
    proof = prove()
    assert (proof.unknown, proof.twice, proof.breaches) == (1, 1, [])


def test_of_a_message_that_was_sent_again_the_reports_of_the_last_try_are_what_it_may_not_stand_behind(
    lively: Conversation, phone: Phone
) -> None:
    with locked(lively) as conversation:
        again = outbox.post(conversation, "Did this arrive?")
    phone.waits()
    again.refresh_from_db()
    failed, late = report(again, "failed", error={"code": 131000}), report(again, "sent")
    inbox.receive(Batch(receipts=(failed,)))
    delivery.match_reports()
    outbox.retry(again)
    inbox.receive(Batch(receipts=(late,)))
    delivery.match_reports()
    assert prove().breaches == []
    phone.waits()
    again.refresh_from_db()
    inbox.receive(Batch(receipts=(report(again, "delivered"),)))
    delivery.match_reports()
    assert prove().breaches == []
    edit(again, delivery_status="sent")
    assert [breach.ids for breach in prove().breaches] == [[again.pk]]


def test_a_late_report_of_leaving_does_not_make_a_refusal_a_breach(
    lively: Conversation, channel: MemoryChannel
) -> None:
    channel.failures.append(SendError(Verdict.WINDOW_CLOSED, "More than a day has passed.", code=131047))
    with locked(lively) as conversation:
        refused = outbox.post(conversation, "This comes too late.")
    sender.deliver_all()
    inbox.receive(Batch(receipts=(report(refused, "sent"),)))
    delivery.match_reports()
    refused.refresh_from_db()
    assert refused.delivery_status == "failed"
    assert prove().breaches == []
