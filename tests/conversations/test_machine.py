"""Whatever is said, repeated, refused, lost and reported, in whatever order, the stored data keep the promises.

Five stories of twenty steps in every run of the suite; EDUBOT_MACHINES=1000 makes up a thousand.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from conversations import delivery, heartbeat, inbox, outbox, sender
from conversations.channel import MemoryChannel, SendError, Verdict
from conversations.errors import NotRetryable
from conversations.models import Message, Sender
from conversations.proof import prove
from conversations.received import Batch, Person, RawItem
from tests.conversations.conftest import Phone, locked, report
from tests.machines import stories

WORDS = ("hi", "Ada Obi", "ada@example.com", "SS2", "update", "homework", "menu", "what is this", "register")
REPORTED = ("sent", "delivered", "read", "played", "failed")
ENDS = (Verdict.RETRY, Verdict.UNKNOWN, Verdict.RATE_RECIPIENT, Verdict.WINDOW_CLOSED, Verdict.PERMANENT)
NUMBERS = st.integers(0, 30)
BOUNDED = settings(
    max_examples=stories(5),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


class ThreadMachine(RuleBasedStateMachine):
    """One student and the provider, at its worst. `channel` is the test's."""

    channel: MemoryChannel

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.channel.sent.clear()
        self.channel.failures.clear()
        self.phone = Phone(self.channel, Person(phone="+2348012345678"))
        self.posted: list[RawItem] = []

    def teardown(self) -> None:
        """Every example begins with nothing."""
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize()
    def meets(self) -> None:
        """The student writes for the first time, and a worker is alive."""
        heartbeat.beat()
        self.says("hi")
        self.is_handled()

    @rule(words=st.sampled_from(WORDS))
    def says(self, words: str) -> None:
        """A message comes in and waits."""
        self.posted.append(self.phone.post(self.phone.message(text=words)))

    @rule(first=NUMBERS, second=NUMBERS)
    def comes_again(self, first: int, second: int) -> None:
        """Old messages are delivered once more, in a batch of their own."""
        again = {number % len(self.posted) for number in (first, second)}
        assert inbox.receive(Batch(items=tuple(self.posted[number] for number in again))) == 0

    @rule()
    def is_handled(self) -> None:
        """A worker drains the mailbox."""
        inbox.drain_all()

    @rule(end=st.sampled_from(ENDS))
    def fails(self, end: Verdict) -> None:
        """The next send ends badly."""
        self.channel.failures[:] = [SendError(end, "No.")]
        sender.deliver_all()
        self.channel.failures.clear()

    @rule()
    def is_sent(self) -> None:
        """Everything leaves that may."""
        sender.deliver_all()

    @rule(number=NUMBERS, words=st.lists(st.sampled_from(REPORTED), min_size=1, max_size=4))
    def is_reported(self, number: int, words: list[str]) -> None:
        """Reports come in about one of our messages, sent or not."""
        ours = list(Message.objects.exclude(sender=Sender.USER).order_by("id"))
        if ours:
            one = ours[number % len(ours)]
            inbox.receive(Batch(receipts=tuple(report(one, word) for word in words)))
            delivery.match_reports()

    @rule()
    def time_passes(self) -> None:
        """Leases and holds are over, and what was put off is due."""
        Message.objects.filter(hold_until__isnull=False).update(hold_until="2026-01-01T00:00Z")
        Message.objects.filter(delivery_status="queued").update(due_at="2026-01-01T00:00Z")
        sender.sweep()

    @rule(number=NUMBERS)
    def staff_try_again(self, number: int) -> None:
        """Somebody taps Retry."""
        ours = list(Message.objects.exclude(sender=Sender.USER).order_by("id"))
        if ours:
            with suppress(NotRetryable):
                outbox.retry(ours[number % len(ours)])

    @rule()
    def staff_write(self) -> None:
        """Somebody of the team says something."""
        with locked(self.phone.conversation) as conversation:
            outbox.post(conversation, "Hello, this is Grace.", sender=Sender.ADMIN)

    @invariant()
    def the_promises_are_kept(self) -> None:
        """Nothing that `manage.py prove` asks finds an answer."""
        assert [breach.check.sentence for breach in prove(timedelta(days=1000)).breaches] == []

    @invariant()
    def one_message_at_a_time(self) -> None:
        """No later message has left while an earlier one is under way."""
        waiting = Message.objects.filter(delivery_status__in=["queued", "sending"]).order_by("id").first()
        if waiting:
            later = Message.objects.filter(pk__gt=waiting.pk, attempts__gt=0, forgiven=0)
            assert waiting.forgiven or not later.exists()


def test_any_order_of_events_keeps_the_promises(channel: MemoryChannel) -> None:
    ThreadMachine.channel = channel
    run_state_machine_as_test(ThreadMachine, settings=BOUNDED)
