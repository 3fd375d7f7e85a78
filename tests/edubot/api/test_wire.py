"""Bytes that come in: JSON in UTF-8 or a clear refusal, never an error of ours."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from edubot.api.wire import loads
from tests.support.api.conftest import Answer, Api

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.edubot.api.desk")]

NAMES = "/api/test/names"
GOOD = b'{"name": "Chi"}'

UNREADABLE = {
    "empty, where something is needed": b"",
    "spaces": b"  ",
    "truncated": b'{"name": "Ch',
    "words": b"hello",
    "a form": b"name=Chi",
    "single quotes": b"{'name': 'Chi'}",
    "a comma too many": b'{"name": "Chi",}',
    "two values": GOOD + GOOD,
    "deep": b"[" * 1_500,
    "very deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 5_000,
    "NaN": b'{"name": "Chi", "price": NaN}',
    "Infinity": b'{"name": "Chi", "price": -Infinity}',
    "beyond all floats": b'{"name": "Chi", "price": 1e400}',
    "5,000 digits": b'{"name": "Chi", "age": ' + b"9" * 5_000 + b"}",
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "UTF-32": GOOD.decode().encode("utf-32"),
    "Latin-1": '{"name": "Zoé"}'.encode("latin-1"),
    "an encoded surrogate": b'{"name": "\xed\xa0\x80"}',
    "an overlong slash": b'{"name": "\xc0\xaf"}',
    "a raw NUL": b'{"name": "\x00"}',
    "a raw line end": b'{"name": "a\nb"}',
    "gzip": b"\x1f\x8b\x08\x00",
}


def post(api: Api, body: bytes, kind: str = "application/json") -> Answer:
    return api.post(NAMES, body, content_type=kind)


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_not_json_in_utf_8_is_400(api: Api, case: str) -> None:
    answer = post(api, UNREADABLE[case])
    assert (answer.status_code, answer.json()["error_code"]) == (400, "UNREADABLE_BODY")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-16", "application/json;charset=x"])
def test_json_has_one_encoding_whatever_the_charset_says(api: Api, kind: str) -> None:
    assert post(api, GOOD, kind).status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "x"])
def test_other_types_are_415(api: Api, kind: str) -> None:
    answer = post(api, GOOD, kind)
    assert (answer.status_code, answer.json()["error_code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_above_the_limit_is_413(api: Api) -> None:
    answer = post(api, b'{"name": "' + b"x" * 4 * 1024 * 1024 + b'"}')
    assert (answer.status_code, answer.json()["error_code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_where_nothing_is_needed_nothing_may_be_sent(api: Api) -> None:
    assert api.patch(NAMES).status_code == 200
    assert api.http.patch(NAMES).status_code == 200  # without a Content-Type, too


def test_a_form_with_a_file_is_read_where_the_operation_takes_it(api: Api) -> None:
    answer = api.http.post(NAMES, {"name": "Chi", "file": SimpleUploadedFile("photo.jpg", b"\xff\xd8")})
    assert (answer.status_code, answer.json()["hint"]) == (201, "photo.jpg")


@pytest.mark.parametrize("cut", [10, 60, 100])
def test_a_broken_form_is_400(api: Api, cut: int) -> None:
    whole = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nChi\r\n--x--\r\n'
    answer = post(api, whole[:cut], "multipart/form-data; boundary=é")
    assert answer.status_code == 400


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "", "text/html;q=x", "application/json"])
def test_the_answer_is_json_whatever_is_asked_for(api: Api, accept: str) -> None:
    answer = api.get("/api/test/echo?format=html" if not accept else "/api/test/echo", accept=accept)
    assert answer["Content-Type"] == "application/json"


def test_half_a_surrogate_pair_goes_out_as_its_escape(api: Api) -> None:
    answer = api.get("/api/test/echo")
    assert answer.content.count(rb"\ud83d") == 1
    assert answer.json()["data"]["text"] == "\ud83d and \u2028 and é"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_what_json_can_say_is_read_as_it_was_said(value: Any) -> None:
    assert loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(ParseError):
        loads(body)
