"""Received files: fetched while everything else goes on, kept or refused, and never "being fetched" for ever."""

from __future__ import annotations

import re
import struct
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from resource import RUSAGE_SELF, getrusage

import pytest
from django.db import Error, OperationalError
from django.utils import timezone
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from conversations import downloads, media, people, tasks
from conversations.channel import Fetched, FetchError, MemoryChannel
from conversations.models import Attachment, Contact, Conversation, Homework, MediaFile
from conversations.received import MediaRef, Person
from conversations.storage import PostgresStorage, StoreError
from support import privacy
from support.errors import FileRefused
from support.services.files import Upload, look_at
from tests.conversations.conftest import Phone

USER = "NG.1234567890abc"

Meanwhile = Callable[[Callable[[], object]], None]


def photo() -> bytes:
    file = BytesIO()
    Image.new("RGB", (4, 3), "navy").save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def pending(student: Conversation, phone: Phone) -> Attachment:
    """A photo that was sent for a homework, and waits at the provider."""
    for step in ("homework", "Maths", "image"):
        phone.says(step)
    phone.sends_photo(photo())
    return Attachment.objects.get(status="pending")


@pytest.fixture
def meanwhile(channel: MemoryChannel, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Have something happen during the next download, between the provider's first byte and its last."""

    def prepare(happens: Callable[[], object]) -> None:
        def fetch(media_id: str, *, limit: int) -> Fetched:
            monkeypatch.undo()
            happens()
            return channel.fetch(media_id, limit=limit)

        monkeypatch.setattr(channel, "fetch", fetch)

    return prepare


def test_a_photo_stays_with_homework_that_is_handed_in_during_its_download(
    pending: Attachment, phone: Phone, meanwhile: Meanwhile
) -> None:
    meanwhile(lambda: phone.taps("homework_done"))
    media.fetch(pending.pk)
    kept = Homework.objects.get().attachments.get()
    assert (kept.pk, kept.status) == (pending.pk, "stored")
    assert kept.file.read() == photo()


def test_a_photo_survives_that_its_sender_turns_out_to_be_somebody_we_know(
    student: Conversation, phone: Phone, channel: MemoryChannel, meanwhile: Meanwhile
) -> None:
    stranger = Phone(channel, Person(phone="+2348087654321"))
    stranger.says("hi")
    stranger.sends_photo(photo())
    meanwhile(lambda: people.change_identity(stranger.person, phone.person))
    attachment = Attachment.objects.get(status="pending")
    media.fetch(attachment.pk)
    attachment.refresh_from_db()
    assert (attachment.status, attachment.message.conversation) == ("stored", student)


def test_two_downloads_of_one_file_keep_it_once(pending: Attachment, meanwhile: Meanwhile) -> None:
    meanwhile(lambda: media.fetch(pending.pk))
    media.fetch(pending.pk)
    assert MediaFile.objects.count() == 1


def test_a_file_that_was_stored_meanwhile_is_not_refused_any_more(pending: Attachment, phone: Phone) -> None:
    media.fetch(pending.pk)
    media.refuse(pending, "expired")
    pending.refresh_from_db()
    assert (pending.status, pending.reason, phone.waits()) == ("stored", "", [])


def test_a_download_for_somebody_who_was_deleted_meanwhile_keeps_nothing(
    pending: Attachment, meanwhile: Meanwhile
) -> None:
    meanwhile(lambda: Contact.objects.all().delete())
    media.fetch(pending.pk)
    assert not MediaFile.objects.exists()


def test_a_file_that_is_stored_over_an_erasure_is_not_left_behind(
    pending: Attachment, student: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = PostgresStorage.delete

    def away(*_: object) -> str:
        raise StoreError("The store is away.")

    def then_stored(store: PostgresStorage, name: str) -> None:
        delete(store, name)
        monkeypatch.undo()
        media.fetch(pending.pk)

    monkeypatch.setattr(PostgresStorage, "_save", away)
    with pytest.raises(StoreError):
        media.fetch(pending.pk)  # what it may have left is known by name
    monkeypatch.undo()
    monkeypatch.setattr(PostgresStorage, "delete", then_stored)
    with pytest.raises(people.Busy):
        privacy.erase(privacy.Person(people.locked(student.pk)))
    privacy.erase(privacy.Person(people.locked(student.pk)))
    assert not MediaFile.objects.exists()


# --- What is kept and what is not -------------------------------------------------------------------------------------

NAMES = ["../../x.png", "..\\x.png", "CON", "/etc/passwd", "x" * 500, "\u202egnp.exe"]


@pytest.mark.parametrize("name", NAMES)
def test_a_received_file_is_kept_under_a_name_of_ours(student: Conversation, phone: Phone, name: str) -> None:
    phone.channel.files["m1"] = Fetched(photo(), "image/jpeg")
    phone.does(phone.message("document", media=MediaRef("m1", "image/jpeg", filename=name[:255])))
    attachment = Attachment.objects.get(media_id="m1")
    media.fetch(attachment.pk)
    attachment.refresh_from_db()
    assert attachment.filename == name[:255]
    assert re.fullmatch("[0-9a-f]{32}", str(attachment.file))
    assert MediaFile.objects.get().name == attachment.file.name


def huge() -> bytes:
    """A good picture of 20,000 x 20,000 pixels in 400 kB, which are 400 MB once somebody decodes it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    press, row = zlib.compressobj(), bytes(20_001)
    rows = b"".join(press.compress(row) for _ in range(20_000)) + press.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_refused_at_every_door_before_it_is_decoded(
    student: Conversation, phone: Phone
) -> None:
    """ASVS 5.2.6: received, sent, shown; in no time and without its memory."""
    bomb = huge()
    phone.sends_photo(bomb, "image/png")
    attachment = Attachment.objects.get()
    memory, began = getrusage(RUSAGE_SELF).ru_maxrss, time.monotonic()
    media.fetch(attachment.pk)
    with pytest.raises(FileRefused):
        look_at(Upload(bomb, "page.png", "image/png"))
    assert downloads.draw(bomb) is None
    assert time.monotonic() - began < 2
    assert getrusage(RUSAGE_SELF).ru_maxrss - memory < 100_000  # kB
    attachment.refresh_from_db()
    assert (attachment.status, attachment.reason) == ("refused", "unreadable")
    assert not MediaFile.objects.exists()


def test_a_download_without_a_byte_is_no_file(pending: Attachment, phone: Phone) -> None:
    phone.channel.files[pending.media_id] = Fetched(b"", "image/jpeg")
    media.fetch(pending.pk)
    pending.refresh_from_db()
    assert (pending.status, pending.reason) == ("refused", "unreadable")
    assert not MediaFile.objects.exists()


# --- Trying again -----------------------------------------------------------------------------------------------------


def pause_after(tries: int, error: Exception) -> timedelta | None:
    """How long the job waits after failing for the n-th time; None when it gives up."""
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="fetch_attachment", attempts=tries - 1)
    again = tasks.fetch_attachment.get_retry_exception(error, job)
    if again is None:
        return None
    assert again.retry_decision.retry_at
    return again.retry_decision.retry_at - timezone.now()


@pytest.mark.parametrize("error", [FetchError("expired", again=True), OperationalError("gone")], ids=["provider", "db"])
def test_a_download_is_tried_again_quickly_then_hourly_for_six_days(error: Exception) -> None:
    pauses = [pause for tries in range(1, 1000) if (pause := pause_after(tries, error))]
    assert pauses[0] < timedelta(seconds=5)
    assert timedelta(days=6) <= sum(pauses, timedelta(hours=1)) < timedelta(days=7)
    assert max(pauses) <= timedelta(hours=1)


def test_a_bug_is_not_tried_again_at_once() -> None:
    assert pause_after(1, ValueError()) is None


@pytest.mark.parametrize("error", [FetchError("expired", again=True), Error()], ids=["provider", "db"])
def test_what_may_pass_leaves_the_file_pending(pending: Attachment, meanwhile: Meanwhile, error: Exception) -> None:
    def fail() -> None:
        raise error

    meanwhile(fail)
    with pytest.raises(type(error)):
        tasks.fetch_attachment(attachment_id=pending.pk)
    pending.refresh_from_db()
    assert pending.status == "pending"


def waiting_jobs() -> list[tuple[str, dict[str, int]]]:
    """The jobs about files that wait."""
    jobs = ProcrastinateJob.objects.filter(status="todo", task_name__endswith="_attachment")
    return list(jobs.values_list("task_name", "args"))


def forget_jobs() -> None:
    """Leave the files as jobs that ended badly leave them."""
    ProcrastinateJob.objects.all()._raw_delete("default")


def test_a_file_without_a_job_gets_one(pending: Attachment) -> None:
    forget_jobs()
    tasks.sweep_attachments(timestamp=0)
    assert waiting_jobs() == [("fetch_attachment", {"attachment_id": pending.pk})]


def test_a_file_that_a_job_looks_after_gets_no_second_one(pending: Attachment) -> None:
    before = waiting_jobs()
    tasks.sweep_attachments(timestamp=0)
    assert waiting_jobs() == before == [("fetch_attachment", {"attachment_id": pending.pk})]


def test_a_file_that_could_not_be_had_in_six_days_is_given_up_and_the_student_hears_of_it(
    pending: Attachment, phone: Phone
) -> None:
    forget_jobs()
    Attachment.objects.update(created_at=timezone.now() - timedelta(days=6, minutes=1))
    tasks.sweep_attachments(timestamp=0)
    ((name, args),) = waiting_jobs()
    assert name == "give_up_attachment"
    tasks.give_up_attachment(**args)
    pending.refresh_from_db()
    assert (pending.status, pending.reason) == ("refused", "expired")
    assert phone.waits()
