"""Files: uploaded once, fetched only from where the token may go, and never more than was asked for."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
import responses
import time_machine

from conversations.channel import Fetched, FetchError, File, SendError, Verdict
from tests.whatsapp import rough_server as rough
from tests.whatsapp.rough_server import rough_server
from whatsapp.client import Api, Media, guard
from whatsapp.client import media as media_module
from whatsapp.client.transport import Call, Timeouts, Transport, TransportError

TOKEN = "EAAG-secret-token"
GRAPH = "https://graph.facebook.com/v25.0"
CDN = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"
PHOTO = b"\xff\xd8\xff a photo"
SHA = hashlib.sha256(PHOTO)
ABOUT = {"url": CDN, "mime_type": "image/jpeg", "sha256": SHA.hexdigest(), "file_size": len(PHOTO), "id": "55"}
FILE = File("image", "image/jpeg", "page.jpg", PHOTO, SHA.hexdigest())
QUICK = Timeouts(connect=0.3, read=0.2, total=0.3)


@pytest.fixture
def media() -> Media:
    return Media(Api("https://graph.facebook.com", "v25.0", TOKEN, "1", Transport(slots=2)))


@pytest.fixture
def graph() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def refusal(media: Media, media_id: str = "55", limit: int = 1000) -> tuple[str, bool]:
    with pytest.raises(FetchError) as error:
        media.fetch(media_id, limit=limit)
    assert TOKEN not in f"{error.value!r}{error.value.__cause__}"
    return error.value.reason, error.value.again


# --- upload -----------------------------------------------------------------------------------------------------------


def test_a_file_is_uploaded_once(media: Media, graph: responses.RequestsMock) -> None:
    graph.post(f"{GRAPH}/1/media", json={"id": "77"})
    assert [media.id_of(FILE), media.id_of(FILE)] == ["77", "77"]
    (call,) = graph.calls
    body = call.request.body
    assert isinstance(body, bytes)
    assert PHOTO in body
    assert b'name="messaging_product"\r\n\r\nwhatsapp' in body
    assert b"Content-Type: image/jpeg" in body


def test_an_upload_is_forgotten_before_meta_forgets_it(media: Media, graph: responses.RequestsMock) -> None:
    graph.post(f"{GRAPH}/1/media", json={"id": "77"})
    graph.post(f"{GRAPH}/1/media", json={"id": "78"})
    with time_machine.travel(0, tick=False) as clock:
        first = media.id_of(FILE)
        clock.shift(28 * 24 * 3600)
        assert media.id_of(FILE) == first
        clock.shift(2 * 24 * 3600)
        assert media.id_of(FILE) == "78"


def test_a_dropped_upload_is_made_again(media: Media, graph: responses.RequestsMock) -> None:
    graph.post(f"{GRAPH}/1/media", json={"id": "77"})
    graph.post(f"{GRAPH}/1/media", json={"id": "78"})
    media.id_of(FILE)
    media.forget(FILE)
    assert media.id_of(FILE) == "78"


def test_only_so_many_uploads_are_remembered(
    media: Media, graph: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_module, "MOST_KEPT", 2)
    graph.post(f"{GRAPH}/1/media", json={"id": "77"})
    for key in ("a", "b", "c", "c", "a"):
        media.id_of(replace(FILE, key=key))
    assert len(graph.calls) == 4


UPLOADS: dict[str, tuple[dict[str, Any], Verdict]] = {
    "no connection": ({"body": requests.ConnectTimeout()}, Verdict.UNREACHABLE),
    "no answer": ({"body": requests.ReadTimeout()}, Verdict.RETRY),
    "trouble": ({"status": 500, "body": b""}, Verdict.RETRY),
    "an unreadable answer": ({"body": b"<html>"}, Verdict.RETRY),
    "no id": ({"json": {"id": None}}, Verdict.RETRY),
    "a file of the wrong type": ({"status": 400, "json": {"error": {"code": 131053}}}, Verdict.PERMANENT),
    "a dead token": ({"status": 401, "json": {"error": {"code": 190}}}, Verdict.AUTH),
}


@pytest.mark.parametrize(("answer", "verdict"), UPLOADS.values(), ids=UPLOADS.keys())
def test_a_failed_upload_is_never_an_unknown_outcome(
    media: Media, graph: responses.RequestsMock, answer: dict[str, Any], verdict: Verdict
) -> None:
    graph.post(f"{GRAPH}/1/media", **answer)
    with pytest.raises(SendError) as error:
        media.id_of(FILE)
    assert error.value.verdict is verdict


UNSENDABLE = {
    "a page as an image": replace(FILE, mime_type="text/html"),
    "an empty file": replace(FILE, data=b""),
    "too large": replace(FILE, data=bytes(5 * 1024 * 1024 + 1)),
    "an unknown kind": replace(FILE, kind="hologram"),
}


@pytest.mark.parametrize("file", UNSENDABLE.values(), ids=UNSENDABLE.keys())
def test_what_meta_does_not_take_is_not_uploaded(media: Media, file: File) -> None:
    with pytest.raises(SendError) as error:
        media.id_of(file)
    assert error.value.verdict is Verdict.PERMANENT


# --- download ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digest", [SHA.hexdigest(), base64.b64encode(SHA.digest()).decode(), "", "garbage", None, 5])
def test_a_file_comes_with_its_bytes_and_the_type_claimed(
    media: Media, graph: responses.RequestsMock, digest: object
) -> None:
    graph.get(f"{GRAPH}/55", json={**ABOUT, "sha256": digest})
    graph.get(CDN, body=PHOTO)
    assert media.fetch("55", limit=1000) == Fetched(PHOTO, "image/jpeg")
    assert {call.request.headers["Authorization"] for call in graph.calls} == {f"Bearer {TOKEN}"}


def test_an_expired_address_is_asked_for_again(media: Media, graph: responses.RequestsMock) -> None:
    graph.get(f"{GRAPH}/55", json=ABOUT)
    graph.get(CDN, status=404)
    graph.get(f"{GRAPH}/55", json={**ABOUT, "url": f"{CDN}&fresh=1"})
    graph.get(f"{CDN}&fresh=1", body=PHOTO)
    assert media.fetch("55", limit=1000).data == PHOTO


def test_a_damaged_file_is_fetched_once_more(media: Media, graph: responses.RequestsMock) -> None:
    graph.get(f"{GRAPH}/55", json=ABOUT)
    graph.get(CDN, body=PHOTO[:-1])
    graph.get(CDN, body=PHOTO)
    assert media.fetch("55", limit=1000).data == PHOTO


# (what the id leads to, what its address answers, (reason, whether later may help))
FETCHES: dict[str, tuple[dict[str, Any], dict[str, Any] | None, tuple[str, bool]]] = {
    "always expired": ({"json": ABOUT}, {"status": 404}, ("expired", False)),
    "gone": ({"json": ABOUT}, {"status": 410}, ("expired", False)),
    "always damaged": ({"json": ABOUT}, {"body": b"other"}, ("unreadable", False)),
    "too large by its announcement": ({"json": {**ABOUT, "file_size": "1001"}}, None, ("too_large", False)),
    "too large in truth": ({"json": {**ABOUT, "file_size": 1}}, {"body": b"x" * 1001}, ("too_large", False)),
    "the address elsewhere": ({"json": {**ABOUT, "url": "https://evil.example/"}}, None, ("unreadable", False)),
    "no address": ({"json": {"id": "55"}}, None, ("unreadable", False)),
    "an address that is a number": ({"json": {**ABOUT, "url": 5}}, None, ("unreadable", False)),
    "a redirect": (
        {"json": ABOUT},
        {"status": 302, "headers": {"Location": "http://169.254.169.254/"}},
        ("unreadable", False),
    ),
    "not let in": ({"json": ABOUT}, {"status": 401}, ("expired", True)),
    "trouble at the file": ({"json": ABOUT}, {"status": 500}, ("expired", True)),
    "no file in time": ({"json": ABOUT}, {"body": requests.ReadTimeout()}, ("expired", True)),
    "an unknown id": ({"status": 400, "json": {"error": {"code": 100}}}, None, ("expired", False)),
    "an id that leads to nothing": (
        {"status": 400, "json": {"error": {"code": 100, "error_subcode": 33}}},
        None,
        ("expired", False),
    ),
    "an id of another number": ({"status": 400, "json": {"error": {"code": 33}}}, None, ("expired", False)),
    "a dead token": ({"status": 401, "json": {"error": {"code": 190}}}, None, ("expired", True)),
    "trouble at the id": ({"status": 503, "body": b""}, None, ("expired", True)),
    "no connection": ({"body": requests.ConnectTimeout()}, None, ("expired", True)),
}


@pytest.mark.parametrize(("about", "file", "expected"), FETCHES.values(), ids=FETCHES.keys())
def test_a_file_that_cannot_be_had_says_why(
    media: Media,
    graph: responses.RequestsMock,
    about: dict[str, Any],
    file: dict[str, Any] | None,
    expected: tuple[str, bool],
) -> None:
    graph.get(f"{GRAPH}/55", **about)
    if file:
        graph.get(CDN, **file)
    assert refusal(media) == expected


@pytest.mark.parametrize("media_id", ["", "../me", "a/b", "..", "55?fields=x", "é", "x" * 257, "55\n"])
def test_an_id_that_is_none_is_asked_of_nobody(media: Media, graph: responses.RequestsMock, media_id: str) -> None:
    assert refusal(media, media_id) == ("unreadable", False)


# --- where the token may go -------------------------------------------------------------------------------------------

META = [
    CDN,
    "https://scontent.xx.fbcdn.net/v/1",
    "https://mmg.whatsapp.net/d/1",
    "https://graph.facebook.com:443/v25.0/1",
]
STRANGERS = [
    "http://lookaside.fbsbx.com/",
    "https://lookaside.fbsbx.com:8443/",
    "https://evil.example/lookaside.fbsbx.com",
    "https://lookaside.fbsbx.com.evil.example/",
    "https://evillookaside.fbsbx.com/",
    "https://evil-fbcdn.net/",
    "https://fbcdn.net.evil.example/",
    "https://lookaside.fbsbx.com@evil.example/",
    "https://evil.example\\@lookaside.fbsbx.com/",
    "https://evil.example#@lookaside.fbsbx.com/",
    "https://lookaside.fbsbx.com\t.evil.example/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://0x7f.1/",
    "https://2130706433/",
    "//lookaside.fbsbx.com/",
    "file:///etc/passwd",
    "ftp://lookaside.fbsbx.com/",
    "",
    "https://",
    "https://lookaside.fbsbx.com:port/",
]


@pytest.mark.parametrize("url", META)
def test_the_token_goes_to_metas_hosts(url: str) -> None:
    assert guard.is_meta(url)


@pytest.mark.parametrize("url", STRANGERS)
def test_the_token_goes_nowhere_else(url: str) -> None:
    assert not guard.is_meta(url)
    assert not guard.is_stand_in(url, "https://graph.facebook.com")
    assert not guard.is_stand_in(url, "http://localhost:8000/simulator/graph")


def test_a_stand_in_serves_files_from_its_own_address_only() -> None:
    api = "http://localhost:8000/simulator/graph"
    assert guard.is_stand_in("http://localhost:8000/simulator/files/1", api)
    assert not guard.is_stand_in("http://localhost:5432/", api)
    assert not guard.is_stand_in("https://localhost:8000/", api)


def test_with_meta_configured_there_is_no_stand_in() -> None:
    assert not guard.is_stand_in("https://graph.facebook.com/1", "https://graph.facebook.com")


PRIVATE = ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1"]
PRIVATE += [
    "0.0.0.1",
    "::1",
    "fe80::1%eth0",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "ff02::1",
    "::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_of_the_internet(address: str) -> None:
    assert not guard.is_public(address)


@pytest.mark.parametrize("address", ["157.240.1.60", "2a03:2880:f101::1", "::ffff:157.240.1.60"])
def test_metas_addresses_are_of_the_internet(address: str) -> None:
    assert guard.is_public(address)


def test_a_name_server_that_lies_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meta's host name leading to our own network: the connection is given up before its first byte."""
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(2)
        there = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", inside.getsockname())]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: there)
        with pytest.raises(TransportError):
            Transport(slots=1).call(Call("GET", CDN), token=TOKEN, public=True)
        connection, _ = inside.accept()
        with connection:
            assert connection.recv(1000) == b""


# --- a stand-in that misbehaves ---------------------------------------------------------------------------------------


def points_to_itself(handler: rough.Handler, stopping: threading.Event) -> None:
    """What an id leads to: a file on the same server."""
    host = handler.headers["Host"]
    rough.answer(200, json.dumps({"url": f"http://{host}/file"}).encode())(handler, stopping)


ENDLESS: dict[str, tuple[rough.Manner, tuple[str, bool]]] = {
    "a flood": (rough.flood, ("too_large", False)),
    "drops": (rough.trickle, ("expired", True)),
    "silence": (rough.silence, ("expired", True)),
    "half a file": (rough.half, ("expired", True)),
}


@pytest.mark.parametrize(("manner", "expected"), ENDLESS.values(), ids=ENDLESS.keys())
def test_a_download_ends_whatever_the_other_side_does(manner: rough.Manner, expected: tuple[str, bool]) -> None:
    with rough_server(points_to_itself, manner) as server:
        media = Media(Api(server.url, "v25.0", TOKEN, "1", Transport(slots=1), QUICK), QUICK)
        assert refusal(media, limit=100_000) == expected


def test_a_refused_address_is_logged_without_it(
    media: Media, graph: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    graph.get(f"{GRAPH}/55", json={**ABOUT, "url": "https://evil.example/secret-path"})
    with caplog.at_level(logging.DEBUG):
        refusal(media)
    assert [record.levelname for record in caplog.records if record.name.startswith("whatsapp")] == ["ERROR"]
    assert "secret-path" not in caplog.text
