"""MEDIA_STORAGE_URL in use: the files of the thread in an S3-compatible store, reached by boto3 itself."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations import media, sender, tasks
from conversations.models import Attachment, Contact, Conversation, MediaChunk, MediaFile, Message
from conversations.storage import StoreError, media_storage
from edubot import media_store
from support import services
from support.audit import AuditEntry
from support.models import SupportTicket
from support.services import Upload
from tests import s3_server
from tests.conversations.conftest import Phone
from tests.conversations.test_media import pause_after, photo
from tests.s3_server import BUCKET, Store
from tests.support.api.conftest import ClientFor, admin, agent, client_for
from tests.support.conftest import channel, phone, student, ticket

pytest.importorskip("storages", reason="django-storages[s3] is not installed")
pytest.importorskip("boto3", reason="django-storages[s3] is not installed")
pytestmark = pytest.mark.django_db

__all__ = ["admin", "agent", "channel", "client_for", "phone", "student", "ticket"]


@pytest.fixture
def earlier(student: Conversation, phone: Phone) -> Attachment:
    """A student's photo in PostgreSQL, where it was kept before a store was set; ask for it before `store`."""
    phone.sends_photo(photo())
    media.fetch(Attachment.objects.get(status="pending").pk)
    return Attachment.objects.get(status="stored")


@pytest.fixture
def store(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store that is set, as an operator would; only without TLS."""
    with s3_server.store() as found:
        address = f"s3://{s3_server.KEY}:{s3_server.SECRET}@127.0.0.1:{found.port}/{BUCKET}?region={s3_server.REGION}"
        named = media_store.named(address)
        assert named["OPTIONS"]["endpoint_url"] == found.url.replace("http:", "https:")
        named["OPTIONS"]["endpoint_url"] = found.url
        settings.STORAGES = {**settings.STORAGES, "media": named}
        monkeypatch.setattr(Attachment._meta.get_field("file"), "storage", media_storage())  # chosen at start-up
        yield found


@pytest.fixture
def pending(store: Store, student: Conversation, phone: Phone) -> Attachment:
    """A student's photo that is announced and not fetched yet."""
    phone.sends_photo(photo())
    return Attachment.objects.get(status="pending")


@pytest.fixture
def kept(pending: Attachment) -> Attachment:
    """A student's photo in the store."""
    media.fetch(pending.pk)
    pending.refresh_from_db()
    return pending


def test_a_students_photo_is_kept_there_and_not_in_the_database(kept: Attachment, store: Store) -> None:
    assert store.objects == {f"/{BUCKET}/{kept.file.name}": photo()}
    assert (kept.status, MediaFile.objects.count()) == ("stored", 0)


def test_staff_get_it_through_the_authenticated_view_alone(
    kept: Attachment, agent: User, client_for: ClientFor
) -> None:
    path = f"/api/admin/media/{kept.pk}"
    assert Client().get(path).status_code == 401
    answer = client_for(agent).get(path)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, photo(), "image/jpeg")
    assert {"default-src 'none'", "sandbox"} <= set(answer["Content-Security-Policy"].split("; "))
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store")


def test_what_is_gone_from_the_store_is_404(kept: Attachment, store: Store, agent: User, client_for: ClientFor) -> None:
    store.objects.clear()
    assert client_for(agent).get(f"/api/admin/media/{kept.pk}").status_code == 404


def test_an_erased_person_leaves_no_file_there(kept: Attachment, store: Store) -> None:
    call_command("erase_person", "+2348012345678", "--yes", stdout=StringIO())
    assert store.objects == {}


def test_a_wrong_key_is_refused_by_the_store_and_told_as_its_trouble(store: Store, settings: Any) -> None:
    named = settings.STORAGES["media"]
    options = {**named["OPTIONS"], "secret_key": "another"}
    settings.STORAGES = {**settings.STORAGES, "media": {**named, "OPTIONS": options}}
    with pytest.raises(StoreError, match="ClientError"):
        media_storage().save("name", ContentFile(b"x"))


class TestEarlier:
    """What PostgreSQL had before the store was set stays there, and is nobody's loss."""

    def test_it_is_served_whether_the_store_is_there_or_away(
        self, earlier: Attachment, store: Store, agent: User, client_for: ClientFor
    ) -> None:
        for store.away in (False, True):
            answer = client_for(agent).get(f"/api/admin/media/{earlier.pk}")
            assert (answer.status_code, answer.content) == (200, photo())
        assert (media_storage().size(str(earlier.file.name)), store.objects) == (len(photo()), {})

    def test_an_erased_person_leaves_a_file_in_neither_place(
        self, earlier: Attachment, store: Store, phone: Phone
    ) -> None:
        phone.sends_photo(photo())
        media.fetch(Attachment.objects.get(status="pending").pk)
        assert (MediaChunk.objects.count(), len(store.objects)) == (1, 1)
        call_command("erase_person", "+2348012345678", "--yes", stdout=StringIO())
        assert (MediaChunk.objects.count(), len(store.objects)) == (0, 0)

    def test_its_name_is_never_given_to_another_file(self, earlier: Attachment, store: Store) -> None:
        assert media_storage().save(earlier.file.name, ContentFile(b"x")) != earlier.file.name


class TestAway:
    """The store does not answer: nothing is lost, and everybody hears what is the matter."""

    def test_a_photo_waits_and_is_fetched_when_it_is_back(self, pending: Attachment, store: Store) -> None:
        store.away = True
        with pytest.raises(StoreError) as told:
            tasks.fetch_attachment(attachment_id=pending.pk)
        assert pause_after(1, told.value)
        pending.refresh_from_db()
        assert (pending.status, Message.objects.filter(attachments=pending).count()) == ("pending", 1)
        store.away = False
        tasks.fetch_attachment(attachment_id=pending.pk)
        pending.refresh_from_db()
        assert (pending.status, list(store.objects.values())) == ("stored", [photo()])

    def test_the_api_says_503_and_when_to_ask_again(
        self, kept: Attachment, store: Store, agent: User, client_for: ClientFor
    ) -> None:
        store.away = True
        answer = client_for(agent).get(f"/api/admin/media/{kept.pk}")
        assert (answer.status_code, answer.json()["error_code"]) == (503, "UNAVAILABLE")
        assert answer["Retry-After"]

    def test_django_admin_says_503(self, kept: Attachment, store: Store, admin: User) -> None:
        store.away = True
        http = Client()
        http.force_login(admin)
        assert http.get(reverse("admin:conversations_attachment_file", args=[kept.pk])).status_code == 503

    def test_a_file_of_staff_waits_and_leaves_when_it_is_back(
        self, store: Store, ticket: SupportTicket, phone: Phone, agent: User
    ) -> None:
        sent = services.send_file(phone.conversation, agent, Upload(photo(), "page.jpg", "image/jpeg"))
        store.away = True
        assert phone.waits() == []
        sent.refresh_from_db()
        assert sent.delivery_status == "queued"
        store.away = False
        Message.objects.filter(pk=sent.pk).update(due_at=timezone.now())
        sender.deliver_all()
        assert phone.channel.sent[-1].file is not None
        assert phone.channel.sent[-1].file.data == photo()

    def test_nobody_is_erased_by_halves(self, kept: Attachment, store: Store) -> None:
        store.away = True
        with pytest.raises(CommandError, match="Nothing was erased"):
            call_command("erase_person", "+2348012345678", "--yes", stdout=StringIO())
        assert Contact.objects.filter(phone="+2348012345678").exists()
        assert store.objects

    def test_nobody_is_exported_by_halves_and_a_second_try_works(
        self, kept: Attachment, store: Store, tmp_path: Path
    ) -> None:
        file = tmp_path / "ada.zip"
        store.away = True
        with pytest.raises(CommandError, match="Nothing was written: try again later"):
            call_command("export_person", "+2348012345678", str(file), stdout=StringIO())
        assert list(tmp_path.iterdir()) == []
        store.away = False
        call_command("export_person", "+2348012345678", str(file), stdout=StringIO())
        assert photo() in contents(file.read_bytes()).values()

    @pytest.mark.parametrize(("verb", "told"), [("export", "Nothing was exported"), ("erase", "Nothing was erased")])
    def test_the_buttons_on_a_persons_page_say_so(
        self, kept: Attachment, store: Store, admin: User, verb: str, told: str
    ) -> None:
        store.away = True
        http = Client()
        http.force_login(admin)
        person = kept.message.conversation.contact
        path = reverse(f"admin:conversations_contact_{verb}", args=[person.pk])
        answer = http.post(path, {"confirmation": "erase"}, follow=True)
        assert answer.redirect_chain == [(reverse("admin:conversations_contact_change", args=[person.pk]), 302)]
        assert told in answer.content.decode()
        assert not AuditEntry.objects.filter(verb__startswith="person.").exists()


class TestLiar:
    """The store goes away over a file that it has kept."""

    @pytest.fixture
    def denied(self, pending: Attachment, store: Store) -> Attachment:
        """A photo that is in the store, which denied it and is back."""
        store.lies = True
        with pytest.raises(StoreError):
            tasks.fetch_attachment(attachment_id=pending.pk)
        store.lies = store.away = False
        assert list(store.objects.values()) == [photo()]
        return pending

    def test_the_next_try_leaves_one_file(self, denied: Attachment, store: Store) -> None:
        tasks.fetch_attachment(attachment_id=denied.pk)
        denied.refresh_from_db()
        assert (denied.status, store.objects) == ("stored", {f"/{BUCKET}/{denied.file.name}": photo()})

    def test_an_erased_person_leaves_none(self, denied: Attachment, store: Store) -> None:
        call_command("erase_person", "+2348012345678", "--yes", stdout=StringIO())
        assert store.objects == {}

    def test_an_export_does_not_miss_what_is_still_being_fetched(
        self, denied: Attachment, store: Store, tmp_path: Path
    ) -> None:
        call_command("export_person", "+2348012345678", str(tmp_path / "ada.zip"), stdout=StringIO())
        assert list(contents((tmp_path / "ada.zip").read_bytes())) == ["person.json"]


def test_a_file_that_is_gone_from_the_store_is_named_in_an_export(kept: Attachment, store: Store, admin: User) -> None:
    store.objects.clear()
    http = Client()
    http.force_login(admin)
    answer = http.post(reverse("admin:conversations_contact_export", args=[kept.message.conversation.contact_id]))
    found = contents(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert found["missing.txt"].decode() == f"files/{kept.pk}.jpg\n"
    assert "person.json" in found


def contents(archive: bytes) -> dict[str, bytes]:
    """What is in a ZIP, by name."""
    with zipfile.ZipFile(BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
