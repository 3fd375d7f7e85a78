"""Files at the stand-in: uploaded, described, downloaded, expired."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.whatsapp.simulator.conftest import BEARER, GRAPH, JSON, Graph
from whatsapp.simulator import phones
from whatsapp.simulator.limits import MIB
from whatsapp.simulator.models import MediaFile, Phone

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def upload(client: Client, data: bytes = PNG, mime_type: str = "image/png", **form: object) -> JSON:
    file = SimpleUploadedFile("photo.png", data, content_type=mime_type)
    answer = client.post(
        f"{GRAPH}/media", {"messaging_product": "whatsapp", "type": mime_type, "file": file, **form}, headers=BEARER
    )
    body: JSON = answer.json()
    return body


def describe(client: Client, media_id: str) -> JSON:
    body: JSON = client.get(f"/simulator/graph/v25.0/{media_id}", headers=BEARER).json()
    return body


@pytest.fixture
def photo(ada: Phone) -> MediaFile:
    """A photo that Ada has sent."""
    bubble = phones.send_file(ada.pk, phones.Upload("image", PNG, "image/png"))
    return MediaFile.objects.get(media_id=bubble.content["id"])


def test_an_uploaded_photo_reaches_the_phone(client: Client, graph: Graph, ada: Phone) -> None:
    media_id = upload(client)["id"]
    assert graph.send(ada, "image", {"id": media_id, "caption": "Look"})[0] == 200
    assert client.get(f"/simulator/api/media/{media_id}").content == PNG


def test_an_unknown_file_cannot_be_sent(graph: Graph, ada: Phone) -> None:
    assert graph.code(graph.send(ada, "image", {"id": "1"})) == 131009


def test_a_photo_cannot_be_sent_as_a_voice_note(client: Client, graph: Graph, ada: Phone) -> None:
    media_id = upload(client)["id"]
    assert graph.code(graph.send(ada, "audio", {"id": media_id})) == 131053


def test_an_upload_is_held_to_metas_types_and_sizes(client: Client, db: None) -> None:
    assert upload(client, b"<html>", "text/html")["error"]["code"] == 100
    assert upload(client, bytes(5 * MIB + 1))["error"]["code"] == 131053
    assert upload(client, messaging_product="")["error"]["code"] == 100
    assert client.post(f"{GRAPH}/media", {"messaging_product": "whatsapp"}, headers=BEARER).status_code == 400


def test_a_file_is_described_and_downloaded_with_the_token(client: Client, photo: MediaFile) -> None:
    told = describe(client, photo.media_id)
    assert (told["mime_type"], told["file_size"]) == ("image/png", str(len(PNG)))
    assert told["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert client.get(told["url"]).status_code == 401
    assert client.get(told["url"], headers=BEARER).content == PNG


def test_a_download_address_lives_five_minutes(client: Client, photo: MediaFile) -> None:
    told = describe(client, photo.media_id)
    MediaFile.objects.update(key_expires_at=timezone.now())
    assert client.get(told["url"], headers=BEARER).status_code == 404
    assert client.get(describe(client, photo.media_id)["url"], headers=BEARER).status_code == 200


def test_a_file_that_is_gone_is_an_unknown_object(client: Client, photo: MediaFile) -> None:
    MediaFile.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert describe(client, photo.media_id)["error"]["code"] == 100
    assert client.delete(f"/simulator/graph/v25.0/{photo.media_id}", headers=BEARER).json() == {"success": True}
    assert describe(client, photo.media_id)["error"]["code"] == 100


@pytest.mark.parametrize(("fault", "status"), [("expired", 404), ("corrupt", 200), ("redirect", 302)])
def test_a_download_can_go_wrong(client: Client, photo: MediaFile, fault: str, status: int) -> None:
    Phone.objects.update(faults={"files": fault})
    answer = client.get(describe(client, photo.media_id)["url"], headers=BEARER)
    assert answer.status_code == status
    assert answer.content != PNG


def test_a_file_can_be_missing(client: Client, photo: MediaFile) -> None:
    Phone.objects.update(faults={"files": "missing"})
    assert describe(client, photo.media_id)["error"]["code"] == 100


@pytest.mark.parametrize("mime_type", ["text/html", "image/svg+xml", "application/pdf", "nonsense"])
def test_the_page_never_shows_what_a_browser_might_run(client: Client, ada: Phone, mime_type: str) -> None:
    bubble = phones.send_file(ada.pk, phones.Upload("document", b"<script>", mime_type, "x.html"))
    answer = client.get(f"/simulator/api/media/{bubble.content['id']}")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment"
    assert answer["X-Content-Type-Options"] == "nosniff"
