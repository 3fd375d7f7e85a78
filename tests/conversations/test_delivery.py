"""Delivery only moves forward, whatever order reports come in."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from threading import Barrier, Thread

import pytest
from django.db import Error, connection
from django.utils import timezone

from conversations import inbox, outbox, sender
from conversations.channel import Accepted, Verdict
from conversations.delivery import LADDER, match_reports, settle
from conversations.models import AccountNotice, Conversation, DeliveryReport, Message
from conversations.received import Batch, Receipt
from tests.conversations.conftest import Phone, locked, report

REPORTED = ("sent", "delivered", "read", "played", "failed")


@pytest.mark.parametrize("order", list(permutations(REPORTED)), ids="-".join)
def test_every_order_of_all_reports_ends_at_the_same_place(order: tuple[str, ...]) -> None:
    status, seen = "sending", []
    for reported in order:
        seen.append(reported)
        status = settle(status, seen)
    assert status == "played"


@pytest.mark.parametrize("count", [2, 3, 4])
def test_no_order_of_some_reports_ever_moves_a_message_back(count: int) -> None:
    rungs = {status.value: rung for rung, status in enumerate(LADDER, start=1)}
    for order in permutations(REPORTED, count):
        status, seen, highest = "sending", [], 0
        for reported in order:
            seen.append(reported)
            status = settle(status, seen)
            assert rungs.get(status, 0) >= highest or status == "failed"
            highest = max(highest, rungs.get(status, 0) if rungs.get(status, 0) > 1 else 0)


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        (["failed", "sent"], "failed"),  # a late `sent` does not clear a failure
        (["failed", "delivered"], "delivered"),  # the device tried again and got it
        (["failed", "read"], "read"),
        (["read", "delivered"], "read"),
        (["read"], "read"),  # `delivered` may never come
        (["warning"], "sent"),  # a word that we do not know
    ],
)
def test_what_the_reports_of_a_sent_message_come_to(reports: list[str], expected: str) -> None:
    assert settle("sent", reports) == expected


def _sent(phone: Phone) -> Message:
    phone.says("hi")
    return Message.objects.filter(sender="bot").latest("id")


def _arrive(*receipts: object) -> None:
    inbox.receive(Batch(receipts=tuple(receipts)))  # type: ignore[arg-type]
    sender.sweep()


def test_a_report_moves_the_message_and_notes_when(phone: Phone) -> None:
    message = _sent(phone)
    _arrive(report(message, "read"))
    message.refresh_from_db()
    assert message.delivery_status == "read"
    assert message.read_at is not None


def test_the_same_report_twice_is_one_fact(phone: Phone) -> None:
    message = _sent(phone)
    _arrive(report(message, "delivered"), report(message, "delivered"))
    _arrive(report(message, "delivered"))
    assert DeliveryReport.objects.count() == 1


def test_a_failure_says_why(phone: Phone) -> None:
    message = _sent(phone)
    _arrive(report(message, "failed", error={"code": 131026, "title": "Message undeliverable", "details": ""}))
    message.refresh_from_db()
    assert (message.delivery_status, message.error_code, message.error) == ("failed", 131026, "Message undeliverable")


def test_what_arrived_after_it_was_reported_as_failed_keeps_both_facts(phone: Phone) -> None:
    message = _sent(phone)
    _arrive(report(message, "failed", error={"code": 131026, "title": "Message undeliverable"}))
    _arrive(report(message, "delivered"))
    message.refresh_from_db()
    assert (message.delivery_status, message.error_code, message.error) == (
        "delivered",
        131026,
        "Message undeliverable",
    )


def test_a_failure_that_is_our_accounts_alerts_staff(phone: Phone) -> None:
    phone.channel.verdicts[131042] = Verdict.ACCOUNT
    message = _sent(phone)
    _arrive(report(message, "failed", error={"code": 131042, "title": "Business eligibility payment issue"}))
    assert AccountNotice.objects.get(kind="messages_refused").severity == "critical"


def test_a_report_that_comes_before_our_own_record_is_not_lost(student: Conversation, phone: Phone) -> None:
    with locked(student) as conversation:
        message = outbox.post(conversation, "Early bird")
    claimed = sender.claim(1)
    results = [sender.transmit(phone.channel, one) for one in claimed]
    inbox.receive(Batch(receipts=(report(message, "delivered"),)))
    sender.sweep()
    sender.record(results, message.created_at)
    sender.sweep()
    message.refresh_from_db()
    assert message.delivery_status == "delivered"


def test_a_report_without_our_reference_is_found_by_the_providers_id(phone: Phone) -> None:
    message = _sent(phone)
    bare = report(message, "delivered")
    _arrive(type(bare)(bare.provider_id, "delivered"))
    message.refresh_from_db()
    assert message.delivery_status == "delivered"


def test_reports_about_strangers_messages_do_not_keep_ours_waiting(phone: Phone) -> None:
    message = _sent(phone)
    inbox.receive(Batch(receipts=(report(message, "delivered"),)))
    inbox.receive(Batch(receipts=tuple(Receipt(f"strange.{n}", "sent") for n in range(20))))
    assert match_reports(limit=5) == 1
    message.refresh_from_db()
    assert message.delivery_status == "delivered"


@pytest.mark.django_db(transaction=True)
def test_recording_sends_and_matching_their_reports_at_once_never_deadlocks(phone: Phone, other_phone: Phone) -> None:
    for person in (phone, other_phone):
        person.says("hi")
    for _ in range(10):
        for person in (phone, other_phone):
            with locked(person.conversation) as conversation:
                outbox.post(conversation, "Early bird")
        claimed = sender.claim(5)
        results = [sender.Result(one, accepted=Accepted(f"w.{one.id}.{one.attempt}")) for one in claimed]
        early = [Receipt(f"w.{one.id}.{one.attempt}", "sent", client_ref=one.outgoing.ref) for one in claimed]
        inbox.receive(Batch(receipts=tuple(early)))
        _together(lambda results=results: sender.record(results, timezone.now()), sender.sweep)  # type: ignore[misc]
    assert not Message.objects.exclude(delivery_status="sent").filter(sender="bot").exists()


def _together(*works: Callable[[], object]) -> None:
    start, troubles = Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except Error as error:
            troubles.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []


def test_a_report_about_a_strangers_message_is_kept_and_harms_nobody(phone: Phone) -> None:
    message = _sent(phone)
    bare = report(message, "failed")
    _arrive(type(bare)("wamid.of.somebody.else", "failed"))
    message.refresh_from_db()
    assert message.delivery_status == "sent"
    assert DeliveryReport.objects.get().message is None
