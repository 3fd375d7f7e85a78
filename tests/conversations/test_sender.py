"""What goes out: in order, once, and never lost when nobody knows how a send ended."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import OperationalError
from django.db.models import F
from django.utils import timezone

from conversations import gates, inbox, outbox, people, sender
from conversations.channel import Accepted, SendError, Verdict
from conversations.errors import NotRetryable
from conversations.models import (
    AccountNotice,
    Attachment,
    Contact,
    Conversation,
    Gate,
    MediaFile,
    Message,
    Policy,
    Sender,
)
from conversations.received import Batch, Person, Receipt
from conversations.storage import PostgresStorage, StoreError, generated_name
from tests.conversations.conftest import Phone, locked, report


def _post(conversation: Conversation, text: str = "Hello", **options: object) -> Message:
    with locked(conversation) as held:
        return outbox.post(held, text, **options)  # type: ignore[arg-type]


def _fails(phone: Phone, verdict: Verdict, code: int | None = None) -> None:
    phone.channel.failures.append(SendError(verdict, "It did not work.", code=code))


def _status(message: Message) -> str | None:
    message.refresh_from_db()
    return message.delivery_status


def _open_in_time(gate: Gate) -> None:
    """The gate's time is over; nothing has got through since."""
    Gate.objects.filter(pk=gate.pk).update(closed_until=timezone.now() - timedelta(seconds=1))


def _let_pass(message: Message, **moments: timedelta) -> None:
    """Move a message's own clock: the lease, the hold or the due time come nearer by this much."""
    Message.objects.filter(pk=message.pk).update(**{name: F(name) - by for name, by in moments.items()})


def test_messages_of_one_student_leave_in_order(student: Conversation, phone: Phone) -> None:
    for number in range(5):
        _post(student, f"Part {number}")
    assert [one.text for one in phone.waits()] == [f"Part {number}" for number in range(5)]


def test_one_message_of_a_conversation_is_on_its_way_at_a_time(student: Conversation) -> None:
    first, second = _post(student, "one"), _post(student, "two")
    assert [one.id for one in sender.claim(10)] == [first.pk]
    assert sender.claim(10) == []
    assert _status(second) == "queued"


def test_another_student_does_not_wait_for_a_stuck_one(student: Conversation, phone: Phone, other_phone: Phone) -> None:
    stuck = _post(student)
    sender.claim(1)
    other_phone.says("hi")
    assert other_phone.heard
    assert _status(stuck) == "sending"


@pytest.mark.parametrize("verdict", [Verdict.WINDOW_CLOSED, Verdict.RECIPIENT, Verdict.PERMANENT])
def test_what_can_never_arrive_fails_visibly(student: Conversation, phone: Phone, verdict: Verdict) -> None:
    _fails(phone, verdict, 131047)
    message = _post(student)
    phone.waits()
    assert _status(message) == "failed"
    assert (message.error_code, message.error) == (131047, "It did not work.")


def test_a_failed_message_does_not_hold_up_the_next_one(student: Conversation, phone: Phone) -> None:
    _fails(phone, Verdict.PERMANENT)
    _post(student, "first")
    _post(student, "second")
    assert [one.text for one in phone.waits()] == ["second"]


def test_what_was_surely_not_accepted_is_tried_again_later(student: Conversation, phone: Phone) -> None:
    _fails(phone, Verdict.RETRY)
    message = _post(student)
    assert phone.waits() == []
    assert _status(message) == "queued"
    _let_pass(message, due_at=timedelta(minutes=5))
    assert [one.text for one in phone.waits()] == ["Hello"]


def test_trying_again_ends_some_day(student: Conversation, phone: Phone) -> None:
    message = _post(student)
    for _ in range(sender.MAX_ATTEMPTS):
        _fails(phone, Verdict.RETRY)
        _let_pass(message, due_at=timedelta(minutes=5))
        phone.waits()
    assert _status(message) == "failed"


def test_some_failures_are_not_worth_many_tries(student: Conversation, phone: Phone) -> None:
    message = _post(student)
    for _ in range(2):
        phone.channel.failures.append(SendError(Verdict.RETRY, "It did not work.", tries=2))
        _let_pass(message, due_at=timedelta(minutes=5))
        phone.waits()
    assert _status(message) == "failed"


def test_a_limit_per_person_makes_only_that_person_wait(
    student: Conversation, phone: Phone, other_phone: Phone
) -> None:
    _fails(phone, Verdict.RATE_RECIPIENT, 131056)
    message = _post(student)
    phone.waits()
    other_phone.says("hi")
    assert _status(message) == "queued"
    assert other_phone.heard


def test_a_person_who_got_too_much_is_tried_again_after_1_then_4_then_16_seconds(
    student: Conversation, phone: Phone
) -> None:
    message = _post(student)
    for seconds in (1, 4, 16):
        _fails(phone, Verdict.RATE_RECIPIENT, 131056)
        _let_pass(message, due_at=timedelta(minutes=5))
        before = timezone.now()
        phone.waits()
        message.refresh_from_db()
        pause = timedelta(seconds=seconds)
        assert before + pause <= message.due_at <= timezone.now() + pause


@pytest.mark.parametrize(("verdict", "gate"), [(Verdict.RATE_NUMBER, "number"), (Verdict.RATE_APP, "app")])
def test_a_limit_on_our_number_makes_everybody_wait_and_wears_nobody_out(
    student: Conversation, phone: Phone, verdict: Verdict, gate: str
) -> None:
    _fails(phone, verdict, 130429)
    message = _post(student)
    sender.record([sender.transmit(phone.channel, one) for one in sender.claim(1)], timezone.now())
    assert [one.name for one in gates.closed()] == [gate]
    assert (_status(message), message.attempts) == ("queued", 0)


def test_the_pause_grows_while_the_limit_lasts_and_ends_with_the_first_success(
    student: Conversation, phone: Phone
) -> None:
    _post(student)
    for _ in range(3):
        _fails(phone, Verdict.RATE_NUMBER)
        Gate.objects.update(closed_until=timezone.now() - timedelta(seconds=1))
        sender.record([sender.transmit(phone.channel, one) for one in sender.claim(1)], timezone.now())
    gate = Gate.objects.get()
    assert gate.closed_until is not None
    assert gate.closed_until - gate.closed_at == timedelta(seconds=4)
    _open_in_time(gate)
    phone.waits()
    assert not Gate.objects.exists()


@pytest.mark.parametrize("wrong", [timedelta(hours=1), timedelta(hours=-1)], ids=["fast", "slow"])
def test_the_clock_of_a_worker_may_be_wrong(student: Conversation, phone: Phone, wrong: timedelta) -> None:
    message = _post(student)
    with time_machine.travel(timezone.now() + wrong):
        _fails(phone, Verdict.RATE_NUMBER)
        sender.record([sender.transmit(phone.channel, one) for one in sender.claim(1)], timezone.now())
    until = Gate.objects.get().closed_until
    assert until
    assert timedelta(0) < until - timezone.now() <= timedelta(seconds=1)
    with time_machine.travel(timezone.now() + wrong):
        assert gates.closed()
    _open_in_time(Gate.objects.get())
    with time_machine.travel(timezone.now() + wrong):
        assert not gates.closed()
        sender.claim(1)
    message.refresh_from_db()
    assert message.lease_until
    assert abs(message.lease_until - timezone.now() - timedelta(seconds=settings.OUTBOX_LEASE)) < timedelta(seconds=5)


def test_a_provider_that_cannot_be_reached_wears_no_message_out(student: Conversation, phone: Phone) -> None:
    message = _post(student)
    for _ in range(3 * sender.MAX_ATTEMPTS):
        _fails(phone, Verdict.UNREACHABLE)
        sender.record([sender.transmit(phone.channel, one) for one in sender.claim(1)], timezone.now())
    assert [gate.name for gate in gates.closed()] == ["network"]
    assert [one.text for one in phone.waits()] == ["Hello"]
    assert _status(message) == "sent"


@pytest.mark.parametrize(("verdict", "code"), [(Verdict.AUTH, 190), (Verdict.ACCOUNT, 131031)])
def test_a_dead_token_stops_sending_loses_nothing_and_alerts_staff(
    student: Conversation, phone: Phone, verdict: Verdict, code: int
) -> None:
    """So does an account that Meta has locked."""
    _fails(phone, verdict, code)
    message = _post(student)
    sender.record([sender.transmit(phone.channel, one) for one in sender.claim(1)], timezone.now())
    assert _status(message) == "queued"
    assert AccountNotice.objects.get(kind="sending_stopped", settled_at=None).severity == "critical"
    _open_in_time(Gate.objects.get())
    phone.waits()
    assert _status(message) == "sent"
    assert AccountNotice.objects.get(kind="sending_stopped").settled_at is not None


@pytest.mark.parametrize(
    ("verdict", "severity"),
    [(Verdict.RATE_NUMBER, "warning"), (Verdict.UNREACHABLE, "warning"), (Verdict.RATE_APP, "critical")],
)
def test_what_holds_messages_up_for_minutes_is_told_to_staff_until_one_gets_through(
    student: Conversation, phone: Phone, verdict: Verdict, severity: str
) -> None:
    _post(student)
    told = []
    for _ in range(8):
        _fails(phone, verdict)
        sender.record([sender.transmit(phone.channel, one) for one in sender.claim(1)], timezone.now())
        told.append(AccountNotice.objects.exists())
        _open_in_time(Gate.objects.get())
    assert (told[0], told[-1]) == (False, True)
    assert AccountNotice.objects.get(kind="sending_held_up", settled_at=None).severity == severity
    phone.waits()
    assert AccountNotice.objects.get(kind="sending_held_up").settled_at is not None


def test_a_message_that_was_on_its_way_before_does_not_open_a_gate(
    student: Conversation, phone: Phone, other_phone: Phone
) -> None:
    other_phone.says("hi")
    _post(student)
    _post(other_phone.conversation)
    slow, accepted = sender.claim(2)
    throttled = sender.Result(slow, error=SendError(Verdict.RATE_NUMBER, "Too fast.", code=130429))
    sender.record([throttled, sender.transmit(phone.channel, accepted)], timezone.now())
    assert [gate.name for gate in gates.closed()] == ["number"]


@pytest.mark.parametrize("provider_id", ["w" * 300, "w\0"], ids=["too long", "with NUL"])
def test_an_answer_that_cannot_be_stored_keeps_nobody_else_from_being_recorded(
    student: Conversation, other_phone: Phone, phone: Phone, provider_id: str
) -> None:
    other_phone.says("hi")
    odd, fine = _post(student), _post(other_phone.conversation)
    results = [sender.transmit(phone.channel, one) for one in sender.claim(2)]
    results[0] = sender.Result(results[0].claimed, accepted=Accepted(provider_id))
    sender.record(results, timezone.now())
    assert (_status(odd), _status(fine)) == ("unknown", "sent")


@pytest.fixture
def alike(student: Conversation, other_phone: Phone, phone: Phone) -> tuple[Message, Message]:
    """Two messages whose sends were answered with one and the same id, the first of them recorded as sent."""
    other_phone.says("hi")
    messages = _post(student, "first"), _post(other_phone.conversation, "second", sender=Sender.ADMIN)
    sender.record([sender.Result(one, accepted=Accepted("same")) for one in sender.claim(2)], timezone.now())
    assert [_status(message) for message in messages] == ["sent", "unknown"]
    return messages


def _reported(message: Message, status: str) -> None:
    """The provider says of a message, by the id it gave twice, what became of it."""
    recipient = str(message.conversation.contact.phone)
    inbox.receive(Batch(receipts=(Receipt("same", status, recipient=recipient, client_ref=message.client_ref),)))
    sender.sweep()


def test_of_two_messages_with_one_id_each_gets_its_own_reports(alike: tuple[Message, Message]) -> None:
    first, second = alike
    _reported(second, "delivered")
    assert (_status(first), _status(second), second.hold_until) == ("sent", "delivered", None)
    _reported(first, "read")
    _reported(second, "failed")
    assert (_status(first), _status(second)) == ("read", "delivered")


def test_without_a_report_the_second_of_two_with_one_id_waits_for_a_person_and_holds_up_nobody(
    alike: tuple[Message, Message], other_phone: Phone
) -> None:
    _, second = alike
    after = _post(other_phone.conversation, "after")
    _let_pass(second, hold_until=timedelta(minutes=5))
    sender.sweep()
    assert [one.ref for one in other_phone.waits()] == [after.client_ref]
    outbox.retry(second)
    assert [one.ref for one in other_phone.waits()] == [second.client_ref]
    assert _status(second) == "sent"


def test_an_unknown_word_about_a_message_does_not_block_its_conversation(student: Conversation, phone: Phone) -> None:
    _fails(phone, Verdict.UNKNOWN)
    message = _post(student)
    phone.waits()
    inbox.receive(Batch(receipts=(report(message, "warning"),)))
    _let_pass(message, hold_until=timedelta(minutes=5))
    sender.sweep()
    assert [one.text for one in phone.waits()] == ["Hello"]


def test_an_unknown_outcome_waits_and_holds_back_what_comes_after(student: Conversation, phone: Phone) -> None:
    _fails(phone, Verdict.UNKNOWN)
    message = _post(student, "first")
    _post(student, "second")
    assert phone.waits() == []
    assert _status(message) == "unknown"
    assert message.hold_until is not None


def test_a_report_with_our_reference_settles_an_unknown_outcome(student: Conversation, phone: Phone) -> None:
    _fails(phone, Verdict.UNKNOWN)
    message = _post(student)
    phone.waits()
    inbox.receive(Batch(receipts=(report(message, "delivered"),)))
    sender.sweep()
    assert _status(message) == "delivered"
    assert message.provider_id
    assert (message.error, message.error_code) == ("", None)


def test_a_bot_message_is_said_again_when_no_evidence_came(student: Conversation, phone: Phone) -> None:
    _fails(phone, Verdict.UNKNOWN)
    message = _post(student)
    phone.waits()
    _let_pass(message, hold_until=timedelta(minutes=5))
    sender.sweep()
    assert [one.ref for one in phone.waits()] == [message.client_ref]


def test_evidence_that_came_during_the_hold_forbids_saying_it_again(student: Conversation, phone: Phone) -> None:
    _fails(phone, Verdict.UNKNOWN)
    message = _post(student)
    phone.waits()
    _let_pass(message, hold_until=timedelta(minutes=5))
    inbox.receive(Batch(receipts=(report(message, "sent"),)))
    sender.sweep()
    assert phone.waits() == []
    assert _status(message) == "sent"


@pytest.mark.parametrize(
    "options", [{"sender": Sender.ADMIN}, {"policy": Policy.PARK}], ids=["words of staff", "words about money"]
)
def test_what_a_person_or_money_is_behind_waits_for_a_persons_decision(
    student: Conversation, phone: Phone, options: dict[str, Any]
) -> None:
    _fails(phone, Verdict.UNKNOWN)
    message = _post(student, **options)
    phone.waits()
    _let_pass(message, hold_until=timedelta(minutes=5))
    sender.sweep()
    assert phone.waits() == []
    assert (_status(message), message.hold_until) == ("unknown", None)
    assert outbox.retry_possible(message)


def test_evidence_that_came_after_the_hold_forbids_saying_it_again(student: Conversation, phone: Phone) -> None:
    """While no worker was there to look at it; now one part of it may be faster than another."""
    _fails(phone, Verdict.UNKNOWN)
    message = _post(student)
    phone.waits()
    _let_pass(message, hold_until=timedelta(seconds=settings.OUTBOX_HOLD + 1))
    sender.sweep()
    assert _status(message) == "queued"
    inbox.receive(Batch(receipts=(report(message, "delivered"),)))
    assert sender.claim(1) == []
    sender.sweep()
    assert _status(message) == "delivered"


def test_a_parked_message_does_not_hold_up_the_next_one(student: Conversation, phone: Phone) -> None:
    _fails(phone, Verdict.UNKNOWN)
    parked = _post(student, "parked", policy=Policy.PARK)
    phone.waits()
    _post(student, "next")
    _let_pass(parked, hold_until=timedelta(minutes=5))
    sender.sweep()
    assert [one.text for one in phone.waits()] == ["next"]


def test_a_person_may_send_a_failed_message_again_and_it_really_leaves(student: Conversation, phone: Phone) -> None:
    _fails(phone, Verdict.PERMANENT)
    message = _post(student)
    phone.waits()
    outbox.retry(message)
    assert [one.text for one in phone.waits()] == ["Hello"]
    assert _status(message) == "sent"


def test_an_old_failure_report_does_not_undo_a_retry(student: Conversation, phone: Phone) -> None:
    message = _post(student)
    phone.waits()
    message.refresh_from_db()
    inbox.receive(Batch(receipts=(report(message, "failed", error={"code": 131000, "title": "x"}),)))
    sender.sweep()
    outbox.retry(message)
    phone.waits()
    message.refresh_from_db()
    inbox.receive(Batch(receipts=(report(message, "delivered"),)))
    sender.sweep()
    assert _status(message) == "delivered"


@pytest.mark.parametrize(
    ("options", "status"), [({}, "queued"), ({"sender": Sender.ADMIN}, "unknown")], ids=["the bot's", "words of staff"]
)
def test_late_word_of_a_try_that_was_sent_again_is_no_evidence_about_the_next(
    student: Conversation, phone: Phone, options: dict[str, Any], status: str
) -> None:
    message = _post(student, **options)
    phone.waits()
    message.refresh_from_db()
    failed, late = report(message, "failed", error={"code": 131000, "title": "x"}), report(message, "sent")
    inbox.receive(Batch(receipts=(failed,)))
    sender.sweep()
    outbox.retry(message)
    inbox.receive(Batch(receipts=(late,)))
    sender.sweep()
    _fails(phone, Verdict.UNKNOWN)
    phone.waits()
    assert _status(message) == "unknown"
    _let_pass(message, hold_until=timedelta(minutes=5))
    sender.sweep()
    assert (_status(message), message.hold_until) == (status, None)


def test_a_retry_gets_as_many_tries_as_the_first_time(student: Conversation, phone: Phone) -> None:
    message = _post(student)
    for _ in range(2):
        for _ in range(sender.MAX_ATTEMPTS):
            _fails(phone, Verdict.RETRY)
            _let_pass(message, due_at=timedelta(minutes=5))
            phone.waits()
        assert _status(message) == "failed"
        assert phone.channel.failures == []
        outbox.retry(message)


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "read", "cancelled"])
def test_nothing_else_can_be_sent_again(student: Conversation, status: str) -> None:
    message = _post(student)
    Message.objects.filter(pk=message.pk).update(delivery_status=status)
    with pytest.raises(NotRetryable):
        outbox.retry(message)
    assert _status(message) == status


def test_a_sender_that_died_leaves_an_unknown_outcome_never_a_resend(student: Conversation, phone: Phone) -> None:
    message = _post(student)
    sender.claim(1)
    _let_pass(message, lease_until=timedelta(minutes=5))
    sender.sweep()
    assert _status(message) == "unknown"
    assert phone.waits() == []


def test_a_sender_that_wakes_up_late_may_confirm(student: Conversation, phone: Phone) -> None:
    message = _post(student)
    late = [sender.transmit(phone.channel, one) for one in sender.claim(1)]
    _let_pass(message, lease_until=timedelta(minutes=5))
    sender.sweep()
    sender.record(late, timezone.now())
    assert _status(message) == "sent"


def test_a_sender_that_wakes_up_late_may_not_queue_again(student: Conversation, phone: Phone) -> None:
    _fails(phone, Verdict.RETRY)
    message = _post(student)
    late = [sender.transmit(phone.channel, one) for one in sender.claim(1)]
    _let_pass(message, lease_until=timedelta(minutes=5))
    sender.sweep()
    sender.record(late, timezone.now())
    assert _status(message) == "unknown"


def test_a_sender_that_stood_still_past_its_lease_sends_nothing(
    student: Conversation, phone: Phone, settings: Any
) -> None:
    """Another worker may have sent it by then; where none has it is queued, for it surely did not leave."""
    settings.OUTBOX_LEASE = 0
    message, before = _post(student), len(phone.channel.sent)
    late = [sender.transmit(phone.channel, one) for one in sender.claim(1)]
    assert len(phone.channel.sent) == before
    sender.record(late, timezone.now())
    assert _status(message) == "queued"


def test_the_channel_is_told_how_long_the_message_is_ours(student: Conversation, settings: Any) -> None:
    settings.OUTBOX_LEASE, before = 7, time.monotonic()
    _post(student)
    (claimed,) = sender.claim(1)
    assert before + 7 <= claimed.outgoing.until <= time.monotonic() + 7


def test_a_message_that_cannot_be_put_together_fails_alone(
    student: Conversation, phone: Phone, other_phone: Phone
) -> None:
    broken = _post(student)
    Message.objects.filter(pk=broken.pk).update(buttons=[{"nonsense": 1}])
    other_phone.says("hi")
    assert other_phone.heard
    assert _status(broken) == "failed"


def test_a_channel_that_raises_what_it_should_not_leaves_no_message_behind(student: Conversation, phone: Phone) -> None:
    phone.channel.failures.append(ZeroDivisionError())  # type: ignore[arg-type]
    message = _post(student)
    phone.waits()
    assert _status(message) == "unknown"


def test_staff_words_carry_their_prefix_on_the_way_out_only(student: Conversation, phone: Phone) -> None:
    message = _post(student, "We are looking into it.", sender=Sender.ADMIN)
    assert phone.waits()[0].text == "🎧 Support Team: We are looking into it."
    assert message.text == "We are looking into it."


def _post_file(conversation: Conversation) -> Message:
    attachment = Attachment(kind="document", mime_type="application/pdf", filename="answer.pdf", sha256="0" * 64)
    attachment.file.save(generated_name(), ContentFile(b"%PDF-1.7"), save=False)
    return _post(conversation, "Your answer", sender=Sender.ADMIN, attachment=attachment)


@pytest.mark.parametrize("error", [StoreError("The store is away."), OperationalError("The database is away.")])
def test_a_message_whose_file_cannot_be_read_now_is_tried_again(
    student: Conversation, phone: Phone, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(*_: object) -> None:
        raise error

    message = _post_file(student)
    with monkeypatch.context() as patch:
        patch.setattr(PostgresStorage, "_open", away)
        assert phone.waits() == []
    assert _status(message) == "queued"
    _let_pass(message, due_at=timedelta(minutes=5))
    assert [one.ref for one in phone.waits()] == [message.client_ref]


def test_a_message_whose_file_is_gone_fails_alone(student: Conversation, phone: Phone) -> None:
    message = _post_file(student)
    MediaFile.objects.all().delete()
    _post(student, "after")
    assert [one.text for one in phone.waits()] == ["after"]
    assert _status(message) == "failed"


def test_a_file_of_staff_leaves_with_its_caption(student: Conversation, phone: Phone) -> None:
    message = _post_file(student)
    sent = phone.waits()[0]
    assert sent.file is not None
    assert (sent.text, sent.file.data, sent.file.filename) == (
        "🎧 Support Team: Your answer",
        b"%PDF-1.7",
        "answer.pdf",
    )
    assert (message.kind, message.attachments.get().status) == ("document", "stored")


def test_the_number_by_which_the_provider_knows_somebody_is_learnt_with_its_answer(
    db: None, phone: Phone, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    known_as = Person(phone="+551187654321")
    _post(people.conversation_with(Person(phone="+5511987654321")))
    monkeypatch.setattr(phone.channel, "send", lambda _: Accepted("wamid.nine", known_as))
    with django_capture_on_commit_callbacks(execute=True):
        sender.record([sender.transmit(phone.channel, one) for one in sender.claim(1)], timezone.now())
    assert Contact.objects.get(conversation__messages__text="Hello").phone == known_as.phone
