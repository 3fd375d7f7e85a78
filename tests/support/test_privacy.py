"""A person's data: all of it in one file, and then none of it anywhere."""

from __future__ import annotations

import hashlib
import json
import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import delivery, inbox, outbox, people
from conversations.channel import MemoryChannel, SendError, Verdict
from conversations.models import (
    Attachment,
    Contact,
    Conversation,
    DeliveryReport,
    InboxItem,
    MediaChunk,
    MediaFile,
    Message,
    Payment,
    Tombstone,
    UnreadablePost,
)
from conversations.proof import prove
from conversations.received import Batch, RawItem, Receipt
from conversations.received import Person as Address
from support import privacy, services
from support.audit import AuditEntry
from support.models import SupportTicket
from support.privacy import Person, parts
from support.tasks import send_mail
from tests.conversations.conftest import Phone, locked
from tests.support.conftest import member

PHONE = "+2348012345678"
SECRETS = ("2348012345678", "ada_the_great", "Ada Obi", "ada@example.com", "heron")  # heron: her own words


@pytest.fixture
def ada(phone: Phone, ticket: SupportTicket, grace: User, other_phone: Phone) -> Person:
    """Somebody with one of everything, and a stranger beside her."""
    phone.says("My heron is ill")
    services.note(ticket, grace, "She means her heron")
    conversation = phone.conversation
    with locked(conversation):
        answer = outbox.post(conversation, "What does the heron eat?", sender="admin", staff=grace)  # type: ignore[arg-type]
    phone.waits()
    answer.refresh_from_db()
    inbox.receive(Batch(receipts=(Receipt("wamid.report", "read", recipient=PHONE, client_ref=answer.client_ref),)))
    attachment = Attachment(message=conversation.messages.first(), kind="image", status="stored", filename="heron.png")
    attachment.file.save("a-file", ContentFile(b"a picture of a heron"), save=False)
    attachment.save()
    conversation.contact.homework.create(reference="HW1", subject="heron", submission_type="TEXT", content="heron")
    conversation.contact.payments.create(reference="P1", amount=5000, currency="NGN", plan="Monthly", days=30)
    send_mail.defer(to="user:1", subject="heron", body=f"{PHONE} waits")
    UnreadablePost.objects.create(digest="1", body=f'{{"from": "{PHONE}", "text": "heron"'.encode(), reason="cut")
    LogEntry.objects.log_actions(grace.pk, [conversation.contact], 2, single_object=True)
    other_phone.says("hello, I am somebody else")
    return Person(conversation)


def everywhere() -> list[str]:
    return privacy.traces(SECRETS)


def test_the_search_looks_everywhere(ada: Person) -> None:
    """What the proof of the erasure below stands on."""
    found = set(everywhere())
    for place in (
        *("conversations_contact.phone", "conversations_contact.email", "conversations_message.text"),
        *("conversations_attachment.filename", "conversations_mediachunk.data"),
        *(
            "conversations_inboxitem.mailbox",
            "conversations_deliveryreport.recipient",
            "conversations_homework.content",
        ),
        *("conversations_unreadablepost.body", "procrastinate_jobs.args", "support_messages.text"),
        *("support_tickets.sender_name", "django_admin_log.object_repr"),
    ):
        assert place in found


def test_nothing_is_left_of_an_erased_person(ada: Person) -> None:
    ids = set(Message.objects.filter(conversation=ada.conversation).values_list("provider_id", flat=True))
    privacy.erase(ada)
    assert everywhere() == []
    assert not MediaChunk.objects.exists()
    # WhatsApp's ids have the number in them.
    assert not Message.objects.filter(conversation=ada.conversation).exclude(provider_id=None).exists()
    assert not ids & set(InboxItem.objects.values_list("key", flat=True))
    assert not ids & set(DeliveryReport.objects.values_list("provider_id", flat=True))


def test_figures_and_amounts_outlive_the_person(ada: Person) -> None:
    before = (Message.objects.count(), SupportTicket.objects.count(), Payment.objects.get().amount)
    privacy.erase(ada)
    assert (Message.objects.count(), SupportTicket.objects.count(), Payment.objects.get().amount) == before
    assert SupportTicket.objects.get().status == "CLOSED"


def test_nobody_else_loses_anything(ada: Person, other_phone: Phone) -> None:
    def theirs() -> list[Any]:
        return [list(other_phone.conversation.messages.values()), other_phone.conversation.contact.phone]

    before = theirs()
    privacy.erase(ada)
    assert theirs() == before
    assert InboxItem.objects.filter(mailbox__endswith=other_phone.person.phone or "").exists()


def test_whose_number_ends_like_anothers_keeps_what_is_theirs(channel: MemoryChannel) -> None:
    both = []
    for number in ("+4791234567", "+14791234567"):
        someone = Phone(channel, Address(phone=number))
        someone.says("hi")
        both.append(Person(someone.conversation))
        someone.post(someone.message(text="Are you there?"))
        post = f'{{"from": "{number[1:]}"'
        for item in InboxItem.objects.filter(mailbox=f"phone:{number}"):
            InboxItem.objects.filter(pk=item.pk).update(raw=item.raw | {"message": {"from": number[1:]}})
        UnreadablePost.objects.create(digest=number, body=post.encode(), reason="cut")
        send_mail.defer(to="user:1", subject="Somebody waits", body=f"{number} waits")

    def left() -> list[list[tuple[str]]]:
        jobs = ProcrastinateJob.objects.filter(task_name=send_mail.name).values_list("args__body")
        items, posts = InboxItem.objects.values_list("mailbox"), UnreadablePost.objects.values_list("digest")
        return [sorted(names) for names in (items, posts, jobs)]

    first, second = both
    assert {item.mailbox for item in first.rows("inbox")} == {"phone:+4791234567"}
    assert first.rows("inbox").count() == second.rows("inbox").count() == 2
    privacy.erase(first)
    assert left() == [[("phone:+14791234567",)] * 2, [("+14791234567",)], [("+14791234567 waits",)]]
    assert privacy.traces(["+4791234567", "4791234567"]) == []


def test_of_whose_number_has_two_forms_nothing_is_left_in_either(channel: MemoryChannel) -> None:
    dialled, known = "+5531987654321", "+553187654321"
    Phone(channel, Address(phone=known)).says("hi")
    send_mail.defer(to="user:1", subject="A student", body=f"{dialled} waits")
    call_command("erase_person", dialled, "--yes", stdout=StringIO())
    assert privacy.traces([dialled[1:], known[1:]]) == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (b"call +4791234567.", True),
        (b"dial 004791234567", True),
        ("\N{TELEPHONE RECEIVER}4791234567".encode(), True),
        (b"\x004791234567\x00", True),
        (b"1234791234567 is a longer one", False),
        (b"47912345678", False),
    ],
)
def test_a_number_is_found_in_bytes_where_it_is_no_part_of_a_longer_one(db: None, words: bytes, named: bool) -> None:
    UnreadablePost.objects.create(digest="1", body=words, reason="cut")
    assert privacy.traces(["4791234567"]) == ["conversations_unreadablepost.body"] * named


def test_a_delivery_repeated_years_later_has_no_effect(ada: Person) -> None:
    """Promise G2, fault P6: the hash of its id is enough to know it again."""
    items = [RawItem(item.key, item.mailbox, item.raw) for item in InboxItem.objects.exclude(mailbox__endswith="4321")]
    reports = [Receipt(one.provider_id, one.status, recipient=PHONE) for one in DeliveryReport.objects.all()]
    assert items
    assert reports
    privacy.erase(ada)
    assert Tombstone.objects.filter(digest=hashlib.sha256(items[0].key.encode()).hexdigest()).exists()

    assert inbox.receive(Batch(tuple(items), tuple(reports))) == 0
    assert inbox.drain_all() == 0
    assert Contact.objects.filter(phone=PHONE).count() == 0


def test_whoever_writes_from_that_number_again_is_a_stranger(ada: Person, phone: Phone) -> None:
    privacy.erase(ada)
    assert phone.says("hi")
    assert phone.conversation.pk != ada.conversation.pk
    assert phone.conversation.contact.name == ""


def test_nothing_is_sent_to_an_erased_person_any_more(ada: Person, phone: Phone) -> None:
    with locked(ada.conversation):
        outbox.post(ada.conversation, "Are you there?")
    privacy.erase(ada)
    assert phone.waits() == []


def test_the_promises_are_proved_after_an_erasure_too(ada: Person, phone: Phone, channel: MemoryChannel) -> None:
    """Neither what was passed on without an answer nor what failed without a code says any more why."""
    phone.says("And the one after that?")
    assert phone.says("Hello?") == []
    channel.failures.append(SendError(Verdict.PERMANENT, "It does not fit."))
    with locked(ada.conversation) as conversation:
        outbox.post(conversation, "Something too long")
    phone.waits()
    assert prove().breaches == []
    privacy.erase(ada)
    assert prove().breaches == []


def test_an_erased_person_is_not_asked_how_the_chat_went(ada: Person) -> None:
    """Half a minute after its end: the question would bring the conversation back into the lists."""
    privacy.erase(ada)
    before = Message.objects.count()
    services.ask_rating(SupportTicket.objects.get().pk)
    assert Message.objects.count() == before
    assert Conversation.objects.get(pk=ada.conversation.pk).last_message_at is None


@pytest.mark.parametrize("held", [False, True], ids=["being sent", "evidence is waited for"])
def test_a_message_on_its_way_is_waited_for(ada: Person, held: bool) -> None:
    """Its answer, or a report, would bring the id back, and with it the number."""
    Message.objects.filter(pk=ada.conversation.messages.filter(sender="bot").latest("id").pk).update(
        delivery_status="unknown" if held else "sending", hold_until=timezone.now() if held else None
    )
    with pytest.raises(people.Busy):
        privacy.erase(ada)
    assert Contact.objects.filter(phone=PHONE).exists()


def test_a_report_about_a_lost_answer_that_comes_after_the_erasure_brings_no_id_back(ada: Person) -> None:
    """A person was to decide about the message; it had arrived at a phone that was off for a day."""
    lost = ada.conversation.messages.filter(sender="admin").latest("id")
    Message.objects.filter(pk=lost.pk).update(delivery_status="unknown", provider_id=None)
    privacy.erase(ada)
    late = Receipt("wamid.late", "delivered", recipient=PHONE, client_ref=lost.client_ref)
    inbox.receive(Batch(receipts=(late,)))
    assert delivery.match_reports() == 0
    lost.refresh_from_db()
    assert (lost.delivery_status, lost.provider_id) == ("cancelled", None)


def test_the_export_holds_every_word_and_every_file(ada: Person) -> None:
    into = BytesIO()
    counts, missing = privacy.export(ada, into)
    with zipfile.ZipFile(into) as archive:
        told = json.loads(archive.read("person.json"))
        files = [archive.read(name) for name in archive.namelist() if name.startswith("files/")]
    assert told["person"][0]["phone"] == PHONE
    assert "My heron is ill" in [message["text"] for message in told["messages"]]
    assert "She means her heron" in [entry["text"] for entry in told["ticket_entries"]]
    assert (files, missing) == ([b"a picture of a heron"], [])
    assert counts == {part: len(told[part]) for part in parts.PARTS}
    assert all(counts[part] for part in parts.PARTS if part != "subscription")
    assert "somebody else" not in json.dumps(told)


def test_each_row_is_exported_by_its_columns_and_nothing_besides(ada: Person) -> None:
    into = BytesIO()
    privacy.export(ada, into)
    with zipfile.ZipFile(into) as archive:
        told = json.loads(archive.read("person.json"))
    for part, rows in parts.PARTS.items():
        columns = {field.attname for field in rows(ada).model._meta.concrete_fields}
        assert [row for row in told[part] if set(row) != columns] == [], part


def test_every_table_that_hangs_on_a_person_is_named() -> None:
    of_nobody = {"TicketChange", "LiveEvent"}
    named = {rows(Person(Conversation(pk=0, contact=Contact(pk=0)))).model for rows in parts.PARTS.values()}
    missing = {model.__name__ for model in parts.models_of() - named} - of_nobody
    assert missing == set()


def test_every_field_that_could_hold_words_is_emptied(ada: Person) -> None:
    """Whatever a model gains: a text of an erased person that is not empty has to be allowed here by name."""
    privacy.erase(ada)
    allowed = {
        *("user_id", "language", "state", "sender", "kind", "delivery_status", "policy", "sender_type", "status"),
        *("priority", "opened_by", "ended_by", "by", "field", "before", "after", "reference", "submission_type"),
        *("currency", "plan"),
    }
    for part, rows in parts.PARTS.items():
        for row in rows(ada):
            for field in row._meta.get_fields():
                if (
                    isinstance(field, models.CharField | models.TextField | models.JSONField)
                    and field.name not in allowed
                ):
                    assert not getattr(row, field.name), f"{part}: {field.name}"


class TestCommands:
    """`manage.py export_person` and `erase_person`."""

    def run(self, *command: str) -> str:
        out = StringIO()
        call_command(*command, stdout=out)
        return out.getvalue()

    def test_a_person_is_exported_to_a_private_file_and_it_is_written_down(self, ada: Person, tmp_path: Path) -> None:
        file = tmp_path / "ada.zip"
        assert "1 person" in self.run("export_person", PHONE.removeprefix("+"), str(file))
        assert file.stat().st_mode & 0o777 == 0o600
        assert zipfile.ZipFile(file).testzip() is None
        entry = AuditEntry.objects.get(verb="person.export")
        assert entry.object_id == str(ada.contact.pk)
        assert entry.username.endswith("(command)")

    def test_a_file_that_is_stored_no_longer_is_named_and_the_rest_is_exported(
        self, ada: Person, tmp_path: Path
    ) -> None:
        MediaFile.objects.all().delete()
        attachment = Attachment.objects.get()
        told = self.run("export_person", PHONE, str(tmp_path / "ada.zip"))
        assert f"No longer stored, and so not in it: files/{attachment.pk}.bin" in told
        with zipfile.ZipFile(tmp_path / "ada.zip") as archive:
            assert archive.namelist() == ["person.json", "missing.txt"]
            assert archive.read("missing.txt").decode() == f"files/{attachment.pk}.bin\n"

    def test_a_file_that_is_there_already_is_left_alone(self, ada: Person, tmp_path: Path) -> None:
        file = tmp_path / "ada.zip"
        file.write_text("somebody's")
        with pytest.raises(CommandError, match=r"ada.zip cannot be written: File exists\."):
            self.run("export_person", PHONE, str(file))
        assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("ada.zip", "somebody's")]
        assert not AuditEntry.objects.filter(verb="person.export").exists()

    def test_a_person_is_erased_and_it_is_written_down_without_naming_them(self, ada: Person) -> None:
        told = self.run("erase_person", PHONE, "--yes")
        assert told.endswith("Nothing in the database names this person any more.\n")
        entry = AuditEntry.objects.get(verb="person.erase")
        assert entry.object_id == str(ada.contact.pk)
        assert "2348012345678" not in json.dumps(entry.details)

    def test_what_others_wrote_about_a_person_is_told(self, ada: Person, other_phone: Phone) -> None:
        other_phone.says(f"My sister's number is {PHONE}")
        with pytest.raises(CommandError, match=r"conversations_message\.text"):
            self.run("erase_person", PHONE, "--yes")

    @pytest.mark.parametrize("answer", ["", "yes", "ERASE"])
    def test_without_the_word_nothing_is_done(self, ada: Person, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
        monkeypatch.setattr("builtins.input", lambda _asked: answer)
        with pytest.raises(CommandError, match="Nothing was done"):
            self.run("erase_person", PHONE)
        assert Contact.objects.filter(phone=PHONE).exists()

    def test_where_nobody_can_be_asked_nothing_is_done(self, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", StringIO())  # a job of the clock's has none
        with pytest.raises(CommandError, match=r"Nothing was done: .* Say --yes\."):
            self.run("erase_person", PHONE)
        assert Contact.objects.filter(phone=PHONE).exists()

    @pytest.mark.parametrize("command", [("export_person", "+4912345678", "/nowhere"), ("erase_person", "US.nobody")])
    def test_an_unknown_person_is_named_as_such(self, db: None, command: tuple[str, ...]) -> None:
        with pytest.raises(CommandError) as refused:
            self.run(*command)
        assert refused.value.returncode == 2


class TestAdmin:
    """The buttons on a person's page."""

    @staticmethod
    def press(person: Person, verb: str, user: User, **fields: str) -> Any:
        client = Client()
        client.force_login(user)
        return client.post(reverse(f"admin:conversations_contact_{verb}", args=[person.contact.pk]), fields)

    @pytest.fixture
    def boss(self, db: None) -> User:
        return User.objects.create_superuser("boss")

    @pytest.mark.parametrize("group", ["agent", "supervisor"])
    @pytest.mark.parametrize("verb", ["export", "erase"])
    def test_the_buttons_are_for_administrators(self, ada: Person, group: str, verb: str) -> None:
        user = member("somebody", group)
        assert Group.objects.filter(user=user).exists()
        assert self.press(ada, verb, user, confirmation="erase").status_code == 403
        client = Client()
        client.force_login(user)
        page = client.get(reverse("admin:conversations_contact_change", args=[ada.contact.pk]))
        assert "Erase this person" not in page.content.decode()
        assert not AuditEntry.objects.filter(verb__startswith="person.").exists()

    def test_an_administrator_exports(self, ada: Person, boss: User) -> None:
        answer = self.press(ada, "export", boss)
        assert answer["Content-Disposition"] == f'attachment; filename="person-{ada.contact.pk}.zip"'
        assert b"".join(answer.streaming_content)[:2] == b"PK"
        assert AuditEntry.objects.get(verb="person.export").actor == boss

    def test_an_administrator_erases_after_typing_the_word(self, ada: Person, boss: User) -> None:
        self.press(ada, "erase", boss, confirmation="no")
        assert Contact.objects.filter(phone=PHONE).exists()
        self.press(ada, "erase", boss, confirmation="erase")
        assert not Contact.objects.filter(phone=PHONE).exists()
        assert AuditEntry.objects.get(verb="person.erase").actor == boss

    def test_the_page_offers_both(self, ada: Person, boss: User) -> None:
        client = Client()
        client.force_login(boss)
        page = client.get(reverse("admin:conversations_contact_change", args=[ada.contact.pk])).content.decode()
        assert "Export everything" in page
        assert "Erase this person" in page
