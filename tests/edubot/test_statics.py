"""Static files over HTTP: compressed where that is welcome, kept for good where the address names the release."""

from __future__ import annotations

import gzip
from contextlib import closing
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client
from pytest_django import Settings

from edubot import statics

pytestmark = pytest.mark.django_db
CSS = "/static/admin/css/base.css"
GZIP = {"accept-encoding": "gzip, deflate, br"}


def ask(client: Client, path: str, method: str = "GET", **headers: str) -> tuple[Any, bytes]:
    """An answer with its body read."""
    with closing(
        client.generic(method, path, headers={key.replace("_", "-"): of for key, of in headers.items()})
    ) as it:
        return it, it.getvalue()


@pytest.mark.parametrize("path", [CSS, "/static/console/main.js", "/static/console/icon.svg"])
@pytest.mark.parametrize("debug", [True, False])
def test_a_text_is_compressed_for_whoever_takes_that(
    client: Client, settings: Settings, path: str, *, debug: bool
) -> None:
    settings.DEBUG = settings.WHITENOISE_AUTOREFRESH = debug
    plain, whole = ask(client, path)
    packed, body = ask(client, path, accept_encoding="br;q=1, gzip;q=0.8")
    assert gzip.decompress(body) == whole
    assert (packed["Content-Encoding"], packed["Content-Length"]) == ("gzip", str(len(body)))
    assert packed["Content-Type"] == plain["Content-Type"]
    assert packed["ETag"] != plain["ETag"]
    assert "Content-Encoding" not in plain
    assert packed["Vary"] == plain["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.000, br", "identity"])
def test_nobody_gets_what_they_did_not_ask_for(client: Client, accepted: str) -> None:
    answer, body = ask(client, CSS, accept_encoding=accepted)
    assert "Content-Encoding" not in answer
    assert b"--primary" in body


def test_each_form_of_a_file_is_compared_with_itself(client: Client) -> None:
    plain, packed = ask(client, CSS)[0], ask(client, CSS, **GZIP)[0]
    again, body = ask(client, CSS, if_none_match=packed["ETag"], **GZIP)
    assert (again.status_code, body, again["ETag"]) == (304, b"", packed["ETag"])
    assert again["Vary"] == "Accept-Encoding"
    assert ask(client, CSS, if_none_match=plain["ETag"], **GZIP)[0].status_code == 200
    assert ask(client, CSS, if_none_match=packed["ETag"])[0].status_code == 200
    assert ask(client, CSS, if_modified_since=packed["Last-Modified"], **GZIP)[0].status_code == 304


def test_head_tells_the_same_without_a_body(client: Client) -> None:
    get, head = ask(client, CSS, **GZIP)[0], ask(client, CSS, "HEAD", **GZIP)
    assert head[1] == b""
    assert dict(head[0].items()) == dict(get.items()) | {"X-Request-ID": head[0]["X-Request-ID"]}


def test_a_part_of_a_file_is_a_part_of_the_file_itself(client: Client) -> None:
    answer, body = ask(client, CSS, range="bytes=0-9", **GZIP)
    assert (answer.status_code, len(body), "Content-Encoding" in answer) == (206, 10, False)


def test_a_changed_file_is_compressed_anew(
    client: Client, settings: Settings, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = settings.WHITENOISE_AUTOREFRESH = True
    file = tmp_path / "words.js"
    monkeypatch.setattr("django.contrib.staticfiles.finders.find", lambda *_: str(file))
    for text in ("let a = 1;", "let a = 1234;"):
        file.write_text(text)
        assert gzip.decompress(ask(client, "/static/words.js", **GZIP)[1]) == text.encode()


@pytest.mark.parametrize("path", ["/admin/login/", "/login", "/api/schema/", "/static/nowhere.js", "/static/../login"])
def test_nothing_but_files_is_compressed(client: Client, path: str) -> None:
    assert "Content-Encoding" not in ask(client, path, **GZIP)[0]


class TestReleases:
    """Addresses that name the release."""

    @pytest.fixture(autouse=True)
    def in_production(self, settings: Settings) -> None:
        """Files do not change while the process runs."""
        settings.WHITENOISE_AUTOREFRESH = False

    @pytest.mark.parametrize("headers", [{}, GZIP])
    def test_what_has_such_an_address_is_kept_for_good(self, client: Client, headers: dict[str, str]) -> None:
        address = staticfiles_storage.url("console/main.js")
        answer, body = ask(client, address, **headers)
        assert answer["Cache-Control"] == statics.FOR_GOOD
        assert body == ask(client, "/static/console/main.js", **headers)[1]

    def test_a_page_of_another_release_gets_the_file_there_is_for_now(self, client: Client) -> None:
        answer, _ = ask(client, "/static/@0123456789ab/console/main.js")
        assert (answer.status_code, answer["Cache-Control"]) == (200, "max-age=60, public")

    def test_what_is_missing_is_not_missing_for_good(self, client: Client) -> None:
        answer, _ = ask(client, staticfiles_storage.url("console/nowhere.js"))
        assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")

    def test_while_one_works_on_them_files_keep_their_address(self, settings: Settings) -> None:
        settings.WHITENOISE_AUTOREFRESH = True
        assert staticfiles_storage.url("console/main.js") == "/static/console/main.js"
