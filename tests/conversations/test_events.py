"""What is told live: every change that staff can see, once a transaction, however it was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from conversations import events, inbox, outbox, sender, thread
from conversations.channel import SendError, Verdict
from conversations.events import Doing, Kind
from conversations.models import Contact, Conversation, LiveEvent, Message
from conversations.received import Batch
from tests.conversations.conftest import Phone, locked, report

pytestmark = pytest.mark.django_db(transaction=True)  # events are about transactions


@pytest.fixture
def told(student: Conversation) -> Callable[[], list[tuple[str, int]]]:
    """What has been told since the student registered, oldest first, and then since the last call."""
    seen = events.newest_id()

    def since_then() -> list[tuple[str, int]]:
        nonlocal seen
        found = list(LiveEvent.objects.filter(pk__gt=seen).order_by("id").values_list("kind", "subject"))
        seen = events.newest_id()
        return found

    return since_then


Told = Callable[[], list[tuple[str, int]]]


class TestWhatIsTold:
    """Each change under its kind, with the row it is about."""

    def test_a_turn_tells_question_answer_and_conversation(
        self, phone: Phone, student: Conversation, told: Told
    ) -> None:
        phone.post(phone.message(text="menu"))
        inbox.drain_all()
        question, answer = student.messages.order_by("id").values_list("pk", flat=True).reverse()[:2][::-1]
        assert set(told()) == {("message", question), ("message", answer), ("conversation", student.pk)}

    def test_how_far_a_message_has_come(self, student: Conversation, told: Told) -> None:
        with locked(student) as conversation:
            message = outbox.post(conversation, "Hello")
        told()
        sender.deliver_all()
        assert told() == [("delivery", message.pk)]
        for status in ("delivered", "read"):
            message.refresh_from_db()
            inbox.receive(Batch(receipts=(report(message, status),)))
            sender.sweep()
            assert told() == [("delivery", message.pk)]

    def test_a_message_that_fails_and_is_sent_again(self, phone: Phone, student: Conversation, told: Told) -> None:
        with locked(student) as conversation:
            message = outbox.post(conversation, "Hello")
        told()
        phone.channel.failures.append(SendError(Verdict.PERMANENT, "No."))
        sender.deliver_all()
        assert told() == [("delivery", message.pk)]
        outbox.retry(message)
        assert told() == [("delivery", message.pk)]

    def test_that_staff_have_read_it(self, phone: Phone, student: Conversation, told: Told) -> None:
        phone.says("menu")
        told()
        thread.mark_read(phone.conversation)
        assert told() == [("conversation", student.pk)]

    def test_a_name_that_was_corrected(self, student: Conversation, told: Told) -> None:
        Contact.objects.filter(pk=student.contact_id).update(name="Ada N. Obi")
        assert told() == [("conversation", student.pk)]

    def test_a_message_that_was_taken_back(self, phone: Phone, student: Conversation, told: Told) -> None:
        phone.says("menu")
        said = student.messages.filter(sender="user").latest("id")
        told()
        Message.objects.filter(pk=said.pk).update(revoked_at=timezone.now())
        assert told() == [("message", said.pk)]

    def test_a_conversation_that_is_gone(self, student: Conversation, told: Told) -> None:
        Conversation.objects.filter(pk=student.pk).update(last_message=None)
        gone = student.pk
        told()
        student.delete()
        assert ("conversation", gone) in told()

    def test_a_change_that_nobody_can_see_is_not_told(self, student: Conversation, told: Told) -> None:
        Contact.objects.filter(pk=student.contact_id).update(language="fr")
        student.save()
        student.messages.update(attempts=3)
        assert told() == []

    def test_nothing_is_told_of_what_is_filled_in_quietly(self, student: Conversation, told: Told) -> None:
        with events.quiet():
            thread.add(student, Message(sender="user", text="Old news"))
        assert told() == []
        thread.mark_read(student)
        assert told() == [("conversation", student.pk)]


class TestPresence:
    """Who else is at a conversation."""

    @pytest.fixture
    def grace(self) -> User:
        return User.objects.create_user("grace")

    def test_the_newest_sign_of_each_counts(self, lead: Conversation, grace: User) -> None:
        events.presence(lead, grace, Doing.LOOKING)
        events.presence(lead, User.objects.create_user("ben"), Doing.LOOKING)
        events.presence(lead, grace, Doing.TYPING)
        assert [(sign.data or {}).get("doing") for sign in events.present(lead)] == ["typing", "looking"]

    def test_who_left_or_fell_silent_is_not_there(self, lead: Conversation, grace: User) -> None:
        events.presence(lead, grace, Doing.LOOKING)
        LiveEvent.objects.update(created_at=timezone.now() - events.PRESENT)
        assert events.present(lead) == []
        events.presence(lead, grace, Doing.LOOKING)
        events.presence(lead, grace, Doing.GONE)
        assert events.present(lead) == []


@pytest.fixture
def other() -> Iterator[BaseDatabaseWrapper]:
    """Another process's connection, in a transaction of its own that the test ends."""
    second = connection.copy()
    second.set_autocommit(False)
    yield second
    second.close()


def tell(subject: int, through: BaseDatabaseWrapper = connection) -> None:
    with through.cursor() as cursor:
        cursor.execute("SELECT conversations_note_event('ticket', %s)", [subject])


def subjects(found: list[events.Happened] | None) -> list[int]:
    assert found is not None
    return [event.subject for event in found]


class TestNews:
    """From snapshot to snapshot: everything, once."""

    def test_what_is_committed_after_the_first_look_is_told_once(self) -> None:
        tell(1)
        first = events.news(None)
        tell(2)
        second = events.news(first.snapshot)
        third = events.news(second.snapshot)
        assert [subjects(news.events) for news in (first, second, third)] == [[], [2], []]

    def test_what_was_written_first_and_committed_last_is_told(self, other: BaseDatabaseWrapper) -> None:
        first = events.news(None)
        tell(1, other)
        tell(2)
        second = events.news(first.snapshot)
        other.commit()
        third = events.news(second.snapshot)
        assert [subjects(news.events) for news in (second, third)] == [[2], [1]]
        assert third.events[0].id < second.events[0].id
        assert events.news(third.snapshot).events == []

    def test_what_was_rolled_back_never_happened(self, other: BaseDatabaseWrapper) -> None:
        first = events.news(None)
        tell(1, other)
        other.rollback()
        tell(2)
        assert subjects(events.news(first.snapshot).events) == [2]

    def test_a_savepoint_tells_with_its_transaction(self, other: BaseDatabaseWrapper) -> None:
        with other.cursor() as cursor:
            cursor.execute("SAVEPOINT inner_block")
            tell(1, other)
            cursor.execute("RELEASE SAVEPOINT inner_block")
        before = events.news(None)
        other.commit()
        assert subjects(events.news(before.snapshot).events) == [1]

    def test_a_transaction_tells_each_thing_once(self) -> None:
        first = events.news(None)
        with transaction.atomic():
            for subject in (1, 2, 1, 1):
                tell(subject)
        assert subjects(events.news(first.snapshot).events) == [1, 2]

    def test_what_only_a_newer_release_knows_is_left_out(self) -> None:
        first = events.news(None)
        LiveEvent.objects.create(kind="weather", subject=1)
        tell(2)
        assert subjects(events.news(first.snapshot).events) == [2]

    def test_more_than_anybody_reads_is_not_told_one_by_one(self) -> None:
        first = events.news(None)
        _fill(events.MOST + 1)
        second = events.news(first.snapshot)
        assert second.missed
        assert second.events == events.news(second.snapshot).events == []

    def test_a_restored_database_is_another_one(self) -> None:
        tell(1)
        ahead = events.news("900000000000:900000000000:")
        assert ahead.missed
        with connection.cursor() as cursor:  # as a backup may bring them along
            cursor.execute("UPDATE conversations_liveevent SET xact = '900000000000'")
        tell(2)
        assert subjects(events.news(ahead.snapshot).events) == [2]


class TestSince:
    """A client says the last id that it saw."""

    def test_it_gets_what_came_after_and_what_was_committed_late(self, other: BaseDatabaseWrapper) -> None:
        tell(1, other)  # written before the event that the client saw last, committed after it
        tell(2)
        last_seen = events.newest_id()
        other.commit()
        tell(3)
        assert subjects(events.since(last_seen)) == [1, 2, 3]

    def test_the_overlap_is_ten_seconds(self) -> None:
        for age, subject in ((30, 1), (11, 2), (9, 3), (0, 4)):
            tell(subject)
            LiveEvent.objects.filter(subject=subject).update(created_at=timezone.now() - timedelta(seconds=age))
        assert subjects(events.since(events.newest_id())) == [3, 4]

    def test_an_hour_is_too_long_ago(self) -> None:
        tell(1)
        last_seen = events.newest_id()
        LiveEvent.objects.update(created_at=timezone.now() - timedelta(minutes=59))
        tell(2)
        assert subjects(events.since(last_seen)) == [1, 2]
        LiveEvent.objects.filter(pk=last_seen).update(created_at=timezone.now() - timedelta(minutes=61))
        assert events.since(last_seen) is None

    def test_but_a_quiet_night_misses_nothing(self) -> None:
        tell(1)
        LiveEvent.objects.update(created_at=timezone.now() - timedelta(hours=9))
        assert events.forget_old() == 0
        assert subjects(events.since(events.newest_id())) == [1]

    @pytest.mark.parametrize("unknown", [0, 10**17])
    def test_an_event_that_never_was_cannot_be_gone_on_from(self, unknown: int) -> None:
        tell(1)
        assert events.since(unknown) is None

    def test_whoever_missed_too_much_looks_at_the_lists(self) -> None:
        tell(1)
        last_seen = events.newest_id()
        _fill(events.MOST)
        assert len(events.since(last_seen) or []) == events.MOST + 1
        tell(0)
        assert events.since(last_seen) is None

    def test_old_events_are_deleted(self) -> None:
        for subject in (1, 2, 3):
            tell(subject)
        LiveEvent.objects.filter(subject__lt=3).update(created_at=timezone.now() - timedelta(minutes=66))
        assert events.forget_old() == 2
        assert LiveEvent.objects.get().kind == Kind.TICKET


def _fill(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conversations_note_event('ticket', n) FROM generate_series(1, %s) n", [count])
