"""What is saved comes back whole, and nothing is sent by mistake."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from conversations import gates, inbox, outbox, people, sender
from conversations.channel import MemoryChannel
from conversations.models import Attachment, Contact, Conversation, Gate, LiveEvent, MediaFile, Message
from conversations.received import Person
from edubot import owner
from edubot.recovery import archive, programs, restore
from support.audit import AuditEntry
from support.models import TokenFamily
from tests.conversations.conftest import Phone, channel, locked

__all__ = ["channel"]

pytestmark = pytest.mark.django_db(transaction=True)

FILE = bytes(range(256)) * 3000  # three chunks


def run(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


@pytest.fixture
def desk(channel: MemoryChannel) -> Phone:
    """A student whose photo is stored, who was answered, and to whom one message is on its way."""
    Group.objects.get_or_create(name="agent")
    phone = Phone(channel, Person(phone="+2348012345678"))
    phone.registers()
    said = phone.conversation.messages.filter(sender="user").latest("id")
    attachment = Attachment(message=said, kind="image", status="stored", size=len(FILE))
    attachment.file.save("a-file", ContentFile(FILE), save=False)
    attachment.save()
    with locked(phone.conversation) as conversation:
        outbox.post(conversation, "On its way")
    return phone


@pytest.fixture
def saved(desk: Phone, tmp_path: Path) -> Path:
    """A backup of that desk."""
    file = tmp_path / "a backup.edubot"
    run("backup", str(file))
    return file


def everything() -> dict[str, Any]:
    return {
        "contacts": list(Contact.objects.order_by("pk").values()),
        "conversations": list(Conversation.objects.order_by("pk").values()),
        "messages": list(Message.objects.order_by("pk").values("pk", "text", "sender", "provider_id", "created_at")),
        "files": [file.file.open().read() for file in Attachment.objects.all()],
    }


def test_a_backup_is_for_its_owners_eyes_alone(saved: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_everything_comes_back_and_what_came_since_is_gone(saved: Path) -> None:
    before = everything()
    Message.objects.filter(sender="user").update(text="changed")
    MediaFile.objects.all().delete()
    Contact.objects.create(phone="+2348099999999")

    run("restore", str(saved), "--replace-everything")

    assert everything() == before


def test_what_comes_back_goes_on_working(saved: Path, desk: Phone) -> None:
    run("restore", str(saved), "--replace-everything")
    gates.resume()

    assert desk.says("menu")
    assert LiveEvent.objects.filter(kind="message").exists()  # triggers, sequences and functions are there


def test_nothing_is_sent_after_a_restore_until_somebody_says_so(saved: Path, desk: Phone) -> None:
    """Promise G12, fault P27: the message that was on its way has arrived since, and must not arrive again."""
    assert [sent.text for sent in desk.waits()] == ["On its way"]

    run("restore", str(saved), "--replace-everything")

    assert Gate.objects.get().name == gates.PAUSED
    desk.channel.sent.clear()
    assert sender.deliver_all() == 0
    (aside,) = Message.objects.filter(delivery_status="unknown")
    assert (aside.text, aside.hold_until, aside.lease_until) == ("On its way", None, None)

    told = run("after_restore")
    assert "1 messages were on their way then" in told
    assert f"message {aside.pk} of conversation {aside.conversation_id}" in told
    assert "Sending is paused" in told
    assert "On its way" not in told

    assert "Sending goes on." in run("after_restore", "--resume")
    assert not Gate.objects.exists()
    assert sender.deliver_all() == 0  # what is in doubt waits for a person, message by message
    outbox.retry(aside)
    assert sender.deliver_all() == 1


def test_what_was_in_hand_is_not_answered_a_second_time(desk: Phone, tmp_path: Path) -> None:
    """A message that was stored and not yet handled when the backup was taken was handled, and answered, after it."""
    desk.post(desk.message(text="menu"))
    run("backup", str(tmp_path / "backup"))
    desk.waits()
    answered = desk.conversation.message_count

    run("restore", str(tmp_path / "backup"), "--replace-everything")

    assert desk.conversation.message_count == answered
    assert not inbox.waiting(set())
    assert not Message.objects.filter(delivery_status__in=["queued", "sending"]).exists()


def test_a_restore_by_other_means_is_made_safe_by_hand(desk: Phone) -> None:
    taken = timezone.now()
    with locked(desk.conversation) as conversation:
        newer = outbox.post(conversation, "Written after the backup")

    assert "1 messages were on their way" in run("after_restore", "--taken", taken.isoformat())

    assert Gate.objects.get().name == gates.PAUSED
    newer.refresh_from_db()
    assert newer.delivery_status == "queued"
    entry = AuditEntry.objects.get(verb="gate.pause")
    assert entry.username.endswith("(command)")
    assert entry.details == {"taken": taken.isoformat()}


def test_whoever_lets_messages_out_again_is_written_down(desk: Phone) -> None:
    gates.pause("Restored")
    run("after_restore", "--resume")
    assert AuditEntry.objects.get(verb="gate.resume").object_id == gates.PAUSED


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01T00:00Z", "9999-01-01T00:00Z"])
def test_a_moment_that_cannot_be_meant_is_refused(moment: str) -> None:
    with pytest.raises(CommandError, match=r"moment"):
        run("after_restore", "--taken", moment)
    assert not Gate.objects.exists()


def test_nobody_is_logged_in_after_a_restore(desk: Phone, tmp_path: Path) -> None:
    user = User.objects.create_user("grace")
    TokenFamily.objects.create(user=user, expires_at=timezone.now() + timedelta(days=1))
    run("backup", str(tmp_path / "backup"))
    run("restore", str(tmp_path / "backup"), "--replace-everything")
    assert User.objects.get().username == "grace"
    assert not TokenFamily.objects.exists()


def test_people_are_never_replaced_unasked(saved: Path) -> None:
    before = everything()
    with pytest.raises(CommandError, match="--replace-everything"):
        run("restore", str(saved))
    assert everything() == before
    assert not Gate.objects.exists()


def test_a_restore_waits_for_the_service_to_be_stopped(saved: Path) -> None:
    service = owner.address() | {"application_name": "edubot"}
    with psycopg.connect(**service), pytest.raises(CommandError, match="stop these"):
        run("restore", str(saved), "--replace-everything")


def rewritten(path: Path, change: Callable[[dict[str, Any]], None], dump: Callable[[bytes], bytes]) -> Path:
    """A copy with another manifest or dump."""
    with zipfile.ZipFile(path) as old:
        manifest = json.loads(old.read("manifest.json"))
        data = old.read("database.dump")
    change(manifest)
    copy = path.with_name("copy")
    with zipfile.ZipFile(copy, "w") as new:
        new.writestr("database.dump", dump(data))
        new.writestr("manifest.json", json.dumps(manifest))
    return copy


def _from_tomorrow(manifest: dict[str, Any]) -> None:
    manifest["migrations"].append("conversations.9999_tomorrow")


def _one_byte(data: bytes) -> bytes:
    return data[:-100] + bytes([data[-100] ^ 1]) + data[-99:]


@pytest.mark.parametrize(
    ("change", "dump", "why"),
    [
        (_from_tomorrow, lambda data: data, "conversations.9999_tomorrow"),
        (lambda manifest: manifest.update(format=2), lambda data: data, "newer EduBot"),
        (lambda manifest: manifest.pop("rows"), lambda data: data, "not a backup"),
        (lambda _manifest: None, _one_byte, "damaged"),
        (lambda _manifest: None, lambda data: data[: len(data) // 2], "damaged"),
    ],
)
def test_what_is_no_whole_backup_of_ours_changes_nothing(
    saved: Path, change: Callable[[dict[str, Any]], None], dump: Callable[[bytes], bytes], why: str
) -> None:
    before = everything()
    with pytest.raises(CommandError, match=why):
        run("restore", str(rewritten(saved, change, dump)), "--replace-everything")
    assert everything() == before


def test_half_a_file_is_no_backup(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:-200])
    with pytest.raises(CommandError, match="only a part"):
        run("restore", str(saved), "--verify")


def test_an_archive_that_breaks_midway_changes_nothing(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where its checksum says that all is well: the transaction is not committed."""
    before, whole = everything(), list(archive.read_dump(saved))

    def broken(_path: Path) -> Iterator[bytes]:
        yield b"".join(whole)[: sum(map(len, whole)) * 2 // 3]

    monkeypatch.setattr(archive, "check", lambda *_: None)
    monkeypatch.setattr(archive, "read_dump", broken)
    with pytest.raises(CommandError, match="nothing was changed"):
        run("restore", str(saved), "--replace-everything")
    assert everything() == before


def test_a_backup_takes_no_others_place(saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(CommandError, match="never takes"):
        run("backup", str(saved))
    assert saved.read_bytes() == before


def test_a_backup_that_cannot_be_written_leaves_nothing(desk: Phone, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        run("backup", str(tmp_path / "missing" / "backup"))
    assert not list(tmp_path.iterdir())


def scratches() -> list[str]:
    """Those of the tests' database; processes beside this one have others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, current_database() || '_scratch_')")
        return [name for (name,) in cursor.fetchall()]


def test_a_backup_is_proven_in_a_database_of_its_own(saved: Path) -> None:
    before = everything()
    told = run("restore", str(saved), "--verify")
    assert told.endswith("The backup can be restored, and is whole.\n")
    assert "✓ migrate" in told
    assert everything() == before
    assert not Gate.objects.exists()
    assert not scratches()


def test_it_does_not_matter_from_where_it_is_proven(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(saved.parent)
    assert "✓ migrate" in run("restore", saved.name, "--verify")


@pytest.fixture
def named() -> Iterator[programs.Address]:
    """An empty database that somebody made for us."""
    with restore.scratch(owner.address()) as address:
        yield address


def tables(address: programs.Address) -> set[str]:
    with psycopg.connect(**address) as there:  # type: ignore[arg-type]
        return {name for (name,) in there.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def test_a_database_that_was_named_for_the_proof_is_empty_again(saved: Path, named: programs.Address) -> None:
    assert run("restore", str(saved), "--verify", "--scratch", programs.url(named)).endswith("and is whole.\n")
    assert tables(named) == set()


def test_it_is_empty_again_where_the_proof_fails(saved: Path, named: programs.Address) -> None:
    def more(manifest: dict[str, Any]) -> None:
        manifest["rows"]["conversations_message"] += 1

    copy = rewritten(saved, more, lambda data: data)
    with pytest.raises(CommandError, match="rows of"):
        run("restore", str(copy), "--verify", "--scratch", programs.url(named))
    assert tables(named) == set()


def test_a_database_with_something_in_it_is_no_scratch(saved: Path, named: programs.Address) -> None:
    with psycopg.connect(**named) as there:  # type: ignore[arg-type]
        there.execute("CREATE TABLE theirs ()")
    with pytest.raises(CommandError, match="not empty"):
        run("restore", str(saved), "--verify", "--scratch", programs.url(named))
    assert tables(named) == {"theirs"}


@pytest.mark.parametrize(
    "url",
    [
        "scratch",
        "host=db dbname=scratch",
        "mysql://db/scratch",
        "postgres://db",
        "postgres://me:not/escaped@db/scratch",
    ],
)
def test_a_scratch_database_is_named_as_any_other(saved: Path, url: str) -> None:
    with pytest.raises(CommandError, match="as in DATABASE_URL"):
        run("restore", str(saved), "--verify", "--scratch", url)


def test_a_backup_that_lacks_a_row_is_found_out(saved: Path) -> None:
    def more(manifest: dict[str, Any]) -> None:
        manifest["rows"]["conversations_message"] += 1

    with pytest.raises(CommandError, match=r"conversations_message: \d+ rows of \d+"):
        run("restore", str(rewritten(saved, more, lambda data: data)), "--verify")
    assert not scratches()


def test_a_file_that_is_cut_is_found_out(saved: Path) -> None:
    manifest = archive.read_manifest(saved)
    with restore.scratch(owner.address()) as scratch:
        restore.load(scratch, saved, manifest, lambda _done: None)
        assert restore.differences(scratch, manifest) == []
        with psycopg.connect(**scratch) as there:  # type: ignore[arg-type]
            there.execute("DELETE FROM conversations_mediachunk WHERE number = 2")
        assert restore.differences(scratch, manifest) == [
            "conversations_mediachunk: 2 rows of 3",
            "a stored file is missing or cut",
        ]


def test_people_find_nothing_of_a_conversation_twice(saved: Path, desk: Phone) -> None:
    """A second delivery of what the backup holds is still a second delivery."""
    key = Message.objects.filter(sender="user").latest("id").provider_id
    run("restore", str(saved), "--replace-everything")
    before = everything()
    desk.does(desk.channel.items[key])  # type: ignore[arg-type,index]
    assert everything() == before
    assert people.find(desk.person)
