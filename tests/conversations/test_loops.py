"""The loops of a worker, as they run in one: woken by the database, patient with it, done with what they began."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from queue import SimpleQueue
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from conversations import gates, heartbeat, inbox, loops, outbox, people
from conversations.channel import Accepted, Outgoing, SendError, Verdict
from conversations.models import Attachment, DeliveryReport, Gate, InboxItem, Message, Sender
from conversations.pace import PERSON_BURST, Pace, PersonPace
from conversations.received import Batch, Person
from conversations.storage import PostgresStorage, generated_name
from tests.conversations.conftest import Phone, report

pytestmark = pytest.mark.django_db(transaction=True)


def _until(condition: Callable[[], object], seconds: float = 5.0) -> float:
    """Wait until the condition holds; returns how long that took. Fails after `seconds`."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "It did not happen in time."
        threading.Event().wait(0.005)
    return time.monotonic() - begun


@pytest.fixture
def running_worker(phone: Phone) -> Iterator[Callable[[], None]]:
    """Starts the loops of one worker, in threads of the test."""
    stop = threading.Event()
    running: list[loops.Loop] = []

    def start() -> None:
        running.extend(loops.start(stop))
        _until(heartbeat.alive)

    yield start
    stop.set()
    for loop in running:
        loop.bell.set()
    for loop in running:
        loop.join(timeout=10)
        assert not loop.is_alive(), loop.name


@pytest.fixture
def worker(running_worker: Callable[[], None]) -> None:
    """A worker from the beginning of the test."""
    running_worker()


def test_a_message_is_answered_without_anybody_asking(worker: object, phone: Phone) -> None:
    phone.post(phone.message(text="hi"))
    assert _until(lambda: phone.channel.sent) < 1.0


def test_a_lost_wake_up_costs_a_second_at_most(worker: object, phone: Phone) -> None:
    message = phone.message(text="hi")
    phone.channel.items[message.provider_id] = message
    InboxItem.objects.create(  # no NOTIFY
        key=message.provider_id, mailbox="phone:+2348012345678", raw={"key": message.provider_id}
    )
    assert _until(lambda: phone.channel.sent) < loops.LOOK_AGAIN + 1.0


def test_a_burst_is_handled_in_order(worker: object, phone: Phone) -> None:
    for text in ("hi", "Ada Obi", "ada@example.com", "SS2"):
        phone.post(phone.message(text=text))
    _until(lambda: not InboxItem.objects.filter(handled_at=None).exists())
    assert phone.conversation.contact.class_grade == "SS2"


@pytest.fixture
def hung(worker: object, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The provider does not answer for the first student's message, until the test is over."""
    release, send = threading.Event(), phone.channel.send

    def slow(outgoing: Outgoing) -> Accepted:
        if outgoing.to.phone == phone.person.phone:
            release.wait(10)
        return send(outgoing)

    monkeypatch.setattr(phone.channel, "send", slow)
    phone.post(phone.message(text="hi"))
    _until(lambda: Message.objects.filter(delivery_status="sending").exists())
    yield
    release.set()
    _until(lambda: not Message.objects.filter(delivery_status="sending").exists())


def test_a_slow_answer_of_the_provider_holds_up_one_student_only(hung: None, other_phone: Phone) -> None:
    other_phone.post(other_phone.message(text="hi"))
    _until(lambda: [one for one in other_phone.channel.sent if one.to.phone == other_phone.person.phone])


def test_a_slow_answer_keeps_no_gate_shut_whose_time_is_over(hung: None, other_phone: Phone) -> None:
    _shut_a_minute_ago()
    other_phone.post(other_phone.message(text="hi"))
    _until(lambda: [one for one in other_phone.channel.sent if one.to.phone == other_phone.person.phone])
    _until(lambda: not Gate.objects.exists())


def post_file(person: Person) -> Message:
    """Staff send somebody a file."""
    attachment = Attachment(kind="document", mime_type="application/pdf", filename="answer.pdf", sha256="0" * 64)
    attachment.file.save(generated_name(), ContentFile(b"%PDF-1.7"), save=False)
    with transaction.atomic():
        conversation = people.lock(people.id_with(person))
        return outbox.post(conversation, "Your answer", sender=Sender.ADMIN, attachment=attachment)


@pytest.fixture
def store_is_back(running_worker: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Who reads a file waits until this is set."""
    back, read = threading.Event(), PostgresStorage._open

    def slow(store: PostgresStorage, name: str, mode: str = "rb") -> Any:
        back.wait(20)
        return read(store, name, mode)

    monkeypatch.setattr(PostgresStorage, "_open", slow)
    yield back
    back.set()


def test_a_store_of_files_that_hangs_holds_up_those_alone_who_are_sent_one(
    phone: Phone, running_worker: Callable[[], None], store_is_back: threading.Event, settings: Any
) -> None:
    settings.OUTBOX_SLOTS = 12
    waiting = [post_file(Person(phone=f"+23480000003{number:02}")) for number in range(12)]
    running_worker()
    _until(lambda: Message.objects.filter(delivery_status="sending").exists())
    phone.post(phone.message(text="hi"))
    _until(lambda: Message.objects.filter(delivery_status="sent").exists())
    assert {one.to.phone for one in phone.channel.sent} == {phone.person.phone}
    assert Message.objects.filter(delivery_status="sending").count() == 2
    store_is_back.set()
    _until(lambda: Message.objects.filter(pk__in=[one.pk for one in waiting], delivery_status="sent").count() == 12)
    assert sorted(one.ref for one in phone.channel.sent if one.file) == sorted(one.client_ref for one in waiting)


def test_a_message_whose_file_does_not_come_in_time_is_queued_again_and_leaves_once(
    phone: Phone, running_worker: Callable[[], None], store_is_back: threading.Event, settings: Any
) -> None:
    """Once a lease is over nobody may queue it again: staff would be asked about what surely did not leave."""
    settings.OUTBOX_LEASE = 6
    message = post_file(phone.person)
    running_worker()
    _until(lambda: Message.objects.get(pk=message.pk).error.startswith("The file could not be read in time"))
    assert Message.objects.get(pk=message.pk).delivery_status == "queued"
    _until(lambda: Message.objects.get(pk=message.pk).attempts == 2)
    store_is_back.set()
    _until(lambda: Message.objects.get(pk=message.pk).delivery_status == "sent")
    assert [one.file.data for one in phone.channel.sent if one.file] == [b"%PDF-1.7"]


def test_a_worker_ends_while_it_waits_for_a_file(phone: Phone, store_is_back: threading.Event, settings: Any) -> None:
    settings.OUTBOX_LEASE = 1
    message = post_file(phone.person)
    loop = loops.SenderLoop(threading.Event())
    loop.work()
    loop.finish()
    assert Message.objects.get(pk=message.pk).delivery_status == "queued"


@pytest.fixture
def ending(phone: Phone) -> Iterator[loops.SenderLoop]:
    """A sender of which nothing is asked yet but to end; it has ended when the test is over."""
    loop = loops.SenderLoop(threading.Event())
    yield loop
    loop.stopping.set()
    loop.bell.set()
    loop.join(timeout=10)
    assert not loop.is_alive()


def test_a_worker_that_ends_notes_at_once_what_has_left_while_another_answer_is_awaited(
    phone: Phone, other_phone: Phone, ending: loops.SenderLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever ended it may kill it before: what had left would be in doubt, and would be sent again."""
    release, send = threading.Event(), phone.channel.send

    def slow(outgoing: Outgoing) -> Accepted:
        (release if outgoing.to.phone == phone.person.phone else ending.stopping).wait(10)
        return send(outgoing)

    monkeypatch.setattr(phone.channel, "send", slow)
    for person in (phone.person, other_phone.person):
        with transaction.atomic():
            outbox.post(people.lock(people.id_with(person)), "Hello")
    ending.start()
    _until(lambda: Message.objects.filter(delivery_status="sending").count() == 2)
    ending.stopping.set()
    _until(lambda: Message.objects.filter(delivery_status="sent").exists())
    assert Message.objects.get(delivery_status="sending").conversation.contact.phone == phone.person.phone
    release.set()
    _until(lambda: Message.objects.filter(delivery_status="sent").count() == 2)


def test_a_worker_that_ends_gives_back_at_once_what_waits_for_its_file(
    phone: Phone, store_is_back: threading.Event, ending: loops.SenderLoop
) -> None:
    message = post_file(phone.person)
    ending.start()
    _until(lambda: Message.objects.get(pk=message.pk).delivery_status == "sending")
    ending.stopping.set()
    _until(lambda: Message.objects.get(pk=message.pk).delivery_status == "queued")


def test_a_gate_whose_time_is_over_lets_one_message_go_ahead_of_the_others(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, running_worker: Callable[[], None]
) -> None:
    release, send, begun = threading.Event(), phone.channel.send, SimpleQueue[str]()

    def slow(outgoing: Outgoing) -> Accepted:
        begun.put(outgoing.text)
        release.wait(10)
        return send(outgoing)

    monkeypatch.setattr(phone.channel, "send", slow)
    for number in range(5):
        student = Phone(phone.channel, Person(phone=f"+23480000001{number:02}"))
        with transaction.atomic():
            outbox.post(people.lock(people.id_with(student.person)), "Hello")
    _shut_a_minute_ago()
    running_worker()
    _until(lambda: not begun.empty())
    threading.Event().wait(0.5)  # in which all five would have gone
    assert begun.qsize() <= 2  # the second because the first takes long
    release.set()
    _until(lambda: len(phone.channel.sent) == 5)


def test_what_was_on_its_way_when_a_gate_shut_does_not_shut_it_for_longer(phone: Phone) -> None:
    _shut_a_minute_ago()
    late = timezone.now() - timedelta(seconds=61)
    gates.slow_down(gates.NUMBER, SendError(Verdict.RATE_NUMBER, "Too fast."), late)
    assert Gate.objects.get().times == 1


def _shut_a_minute_ago() -> None:
    gates.slow_down(gates.NUMBER, SendError(Verdict.RATE_NUMBER, "Too fast."), timezone.now())
    minute = timedelta(minutes=1)
    Gate.objects.update(closed_at=F("closed_at") - minute, closed_until=F("closed_until") - minute)


def test_floods_of_some_do_not_hold_up_another_student(
    worker: object, phone: Phone, other_phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        flooder = Phone(phone.channel, Person(phone=f"+23480000000{number:02}"))
        for _ in range(60):
            flooder.post(flooder.message(text="help"))
    other_phone.post(other_phone.message(text="hi"))
    _until(lambda: Message.objects.filter(conversation__contact__phone=other_phone.person.phone).exists())
    assert InboxItem.objects.filter(handled_at=None).exists()
    _until(lambda: not InboxItem.objects.filter(handled_at=None).exists(), seconds=30)


def test_a_loop_that_breaks_stops_its_process(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.inbox.waiting", None)  # a bug
    stop = threading.Event()
    running = loops.start(stop)
    assert stop.wait(5)
    for loop in running:
        loop.bell.set()
        loop.join(timeout=10)
    assert [loop.name for loop in running if loop.broken] == ["inbox"]
    assert not heartbeat.alive()


def test_a_connection_that_breaks_is_made_again(worker: object, phone: Phone) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    phone.post(phone.message(text="hi"))
    _until(lambda: phone.channel.sent, seconds=10)


class Clumsy(loops.Loop):
    """A loop that asks the database for something once, and is through when it has been told off."""

    def __init__(self, question: str) -> None:
        super().__init__("clumsy", threading.Event())
        self._question = question

    def work(self) -> float:
        """Ask."""
        self.stopping.set()
        self.bell.set()
        with connection.cursor() as cursor:
            cursor.execute(self._question)
        return 0


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("INSERT INTO conversations_heartbeat DEFAULT VALUES", "The database refused"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "The database is away"),
    ],
)
def test_only_a_lost_connection_is_called_a_database_that_is_away(
    question: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    loop = Clumsy(question)
    loop.start()
    loop.join(10)
    assert not loop.broken
    (record,) = [one for one in caplog.records if one.name == "conversations.loops"]
    assert record.getMessage().startswith(told)


def test_sends_are_spread_evenly_over_the_second() -> None:
    now = [0.0]
    pace = Pace(10, clock=lambda: now[0])
    passed = 0
    for tick in range(1000):
        now[0] = tick / 100
        allowed = pace.allowed()
        pace.spend(allowed)
        passed += allowed
        assert allowed <= 2
    assert 99 <= passed <= 102


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_person_gets_no_more_than_meta_allows_and_hardly_less(workers: int) -> None:
    now = [0.0]
    paces = [PersonPace(10, clock=lambda: now[0]) for _ in range(workers)]
    for pace in paces:
        pace.share(workers)
    got = 0
    for second in range(600):
        now[0] = float(second)
        for pace in paces:
            while 1 not in pace.resting():
                pace.spend([1])
                got += 1
        assert got <= PERSON_BURST + second / 6
    assert got >= PERSON_BURST + 100 - 5


def test_whoever_has_got_enough_holds_up_nobody_else(
    running_worker: Callable[[], None], phone: Phone, other_phone: Phone, settings: Any
) -> None:
    settings.OUTBOX_PERSON_RATE = 1  # a slow machine earns nobody the next one meanwhile
    running_worker()
    with transaction.atomic():
        conversation = people.lock(people.id_with(phone.person))
        for number in range(PERSON_BURST + 5):
            outbox.post(conversation, f"Number {number}")
    _until(lambda: len(phone.channel.sent) == PERSON_BURST, seconds=20)
    with transaction.atomic():
        outbox.post(people.lock(people.id_with(other_phone.person)), "Hello")
    _until(lambda: len(phone.channel.sent) > PERSON_BURST)
    assert [one.text for one in phone.channel.sent][PERSON_BURST:] == ["Hello"]


def test_all_threads_of_a_sender_are_there_from_its_start(settings: Any, running_worker: Callable[[], None]) -> None:
    """A pool that grows with every burst looks like a leak for hours."""
    settings.OUTBOX_SLOTS = 7
    running_worker()
    assert sum(thread.name.startswith("send_") for thread in threading.enumerate()) == 7


def test_a_worker_that_cannot_start_leaves_no_thread_that_keeps_its_process_alive(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: loops.SenderLoop) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(loops.SenderLoop, "start", refused)
    stop, before = threading.Event(), set(threading.enumerate())
    with pytest.raises(RuntimeError):
        loops.start(stop)
    begun = set(threading.enumerate()) - before
    stop.set()
    for thread in begun:
        if isinstance(thread, loops.Loop):
            thread.bell.set()
        thread.join(timeout=10)
    assert {thread.name for thread in begun} >= {"inbox", "inbox-0"}
    assert [thread.name for thread in begun if not thread.daemon] == []


def test_a_sender_that_may_send_nothing_yet_looks_again_as_soon_as_it_may(phone: Phone, settings: Any) -> None:
    settings.OUTBOX_RATE = 0.1
    loop = loops.SenderLoop(threading.Event())
    for number in range(3):
        with transaction.atomic():
            outbox.post(people.lock(people.id_with(Person(phone=f"+23480000002{number:02}"))), "Hello")
    assert 0 < loop.work() <= 10
    assert 0 < loop.work() <= 10  # nothing was sent this time
    loop.finish()


def test_reports_that_came_while_no_worker_was_there_for_days_are_applied(
    phone: Phone, running_worker: Callable[[], None]
) -> None:
    with transaction.atomic():
        message = outbox.post(people.lock(people.id_with(phone.person)), "Hello")
    Message.objects.filter(pk=message.pk).update(delivery_status="sending", attempts=1, lease_until=timezone.now())
    inbox.receive(Batch(receipts=(report(Message(provider_id="wamid.late", client_ref=message.client_ref), "read"),)))
    DeliveryReport.objects.update(received_at=timezone.now() - timedelta(days=3))
    running_worker()
    _until(lambda: Message.objects.get(pk=message.pk).delivery_status == "read")
