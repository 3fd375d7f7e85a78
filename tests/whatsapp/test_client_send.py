"""Sending through the client: what Meta answers, and what follows."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from conversations.channel import Accepted, SendError, Verdict
from conversations.received import Person
from whatsapp.client import Api
from whatsapp.client.transport import Transport

TOKEN = "EAAG-secret-token"
URL = "https://graph.facebook.com/v25.0/100000000000001/messages"
BODY = {"messaging_product": "whatsapp", "to": "+2348012345678", "type": "text", "text": {"body": "private words"}}
TAKEN = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+2348012345678", "wa_id": "2348012345678"}],
    "messages": [{"id": "wamid.1", "message_status": "accepted"}],
}


@pytest.fixture
def api() -> Api:
    return Api("https://graph.facebook.com", "v25.0", TOKEN, "100000000000001", Transport(slots=2))


@pytest.fixture
def graph() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def failure(api: Api) -> SendError:
    with pytest.raises(SendError) as error:
        api.send(BODY)
    return error.value


def test_a_message_goes_out_with_the_token_and_as_it_is(api: Api, graph: responses.RequestsMock) -> None:
    graph.post(URL, json=TAKEN)
    assert api.send(BODY) == Accepted("wamid.1", Person(phone="+2348012345678"))
    request = graph.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(request.body or "") == BODY


def test_a_send_to_a_user_id_tells_the_user_id(api: Api, graph: responses.RequestsMock) -> None:
    graph.post(URL, json={**TAKEN, "contacts": [{"input": "NG.123", "user_id": "NG.123"}]})
    assert api.send(BODY).recipient == Person(user_id="NG.123")


@pytest.mark.parametrize("contacts", [None, [], "x", [None], [{"wa_id": 5}]])
def test_an_answer_without_a_usable_contact_is_still_an_acceptance(
    api: Api, graph: responses.RequestsMock, contacts: Any
) -> None:
    graph.post(URL, json={**TAKEN, "contacts": contacts})
    assert api.send(BODY) == Accepted("wamid.1", None)


UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "half an answer": b'{"messages": [{"id": "wam',
    "a page": b"<html>",
    "a list": b"[]",
    "no messages": b"{}",
    "no id": b'{"messages": [{}]}',
    "an empty id": b'{"messages": [{"id": ""}]}',
    "messages of another type": b'{"messages": "wamid.1"}',
    "endless nesting": b"[" * 100_000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_success_that_cannot_be_read_leaves_the_outcome_unknown(
    api: Api, graph: responses.RequestsMock, body: bytes
) -> None:
    graph.post(URL, body=body)
    assert failure(api).verdict is Verdict.UNKNOWN


def error(code: int) -> dict[str, Any]:
    return {"error": {"message": f"Malformed access token {TOKEN} for +2348012345678", "code": code}}


REFUSED: dict[str, tuple[dict[str, Any], Verdict]] = {
    "the token is dead": ({"status": 401, "json": error(190)}, Verdict.AUTH),
    "too fast": ({"status": 429, "json": error(130429)}, Verdict.RATE_NUMBER),
    "too much for one person": ({"status": 400, "json": error(131056)}, Verdict.RATE_RECIPIENT),
    "the window is closed": ({"status": 400, "json": error(131047)}, Verdict.WINDOW_CLOSED),
    "not on WhatsApp": ({"status": 400, "json": error(131026)}, Verdict.RECIPIENT),
    "the account is locked": ({"status": 403, "json": error(131031)}, Verdict.ACCOUNT),
    "a bug of ours": ({"status": 400, "json": error(131009)}, Verdict.PERMANENT),
    "trouble with a code": ({"status": 500, "json": error(131000)}, Verdict.UNKNOWN),
    "trouble with a page": ({"status": 502, "body": f"<html>{TOKEN}</html>"}, Verdict.UNKNOWN),
    "throttled without a word": ({"status": 429, "body": b""}, Verdict.RATE_NUMBER),
    "elsewhere": ({"status": 301, "headers": {"Location": "https://evil.example/"}}, Verdict.ACCOUNT),
}


@pytest.mark.parametrize(("answer", "verdict"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_says_what_follows(
    api: Api, graph: responses.RequestsMock, answer: dict[str, Any], verdict: Verdict
) -> None:
    graph.post(URL, **answer)
    assert failure(api).verdict is verdict
    assert len(graph.calls) == 1


NOTHING_BACK: dict[str, tuple[Exception, Verdict]] = {
    "no connection in time": (requests.ConnectTimeout(TOKEN), Verdict.UNREACHABLE),
    "no answer in time": (requests.ReadTimeout(TOKEN), Verdict.UNKNOWN),
    "a broken connection": (requests.ConnectionError(TOKEN), Verdict.UNKNOWN),
    "a broken answer": (requests.exceptions.ChunkedEncodingError(TOKEN), Verdict.UNKNOWN),
    "no web address": (requests.exceptions.MissingSchema(TOKEN), Verdict.UNREACHABLE),
    "anything else": (requests.RequestException(TOKEN), Verdict.UNKNOWN),
}


@pytest.mark.parametrize(("cause", "verdict"), NOTHING_BACK.values(), ids=NOTHING_BACK.keys())
def test_without_an_answer_it_matters_whether_the_request_left(
    api: Api, graph: responses.RequestsMock, cause: Exception, verdict: Verdict
) -> None:
    graph.post(URL, body=cause)
    assert failure(api).verdict is verdict


@pytest.mark.parametrize("answer", [*(one for one, _ in REFUSED.values()), *({"body": b} for b in UNREADABLE.values())])
def test_no_failure_tells_the_token_the_number_or_the_words(
    api: Api, graph: responses.RequestsMock, caplog: pytest.LogCaptureFixture, answer: dict[str, Any]
) -> None:
    graph.post(URL, **answer)
    with caplog.at_level(logging.DEBUG):
        found = failure(api)
    assert_silent(found, caplog)


@pytest.mark.parametrize("cause", [cause for cause, _ in NOTHING_BACK.values()])
def test_no_broken_call_tells_the_token_the_number_or_the_words(
    api: Api, graph: responses.RequestsMock, caplog: pytest.LogCaptureFixture, cause: Exception
) -> None:
    graph.post(URL, body=cause)
    with caplog.at_level(logging.DEBUG):
        found = failure(api)
    assert_silent(found, caplog)


def assert_silent(found: SendError, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the error, nor in what a traceback would show of its causes, nor in the log."""
    heard = f"{found!r} {found.__dict__} {[record.__dict__ for record in caplog.records]}"
    assert found.__cause__ is None
    assert found.__context__ is None or found.__suppress_context__
    for secret in (TOKEN, "2348012345678", "private words"):
        assert secret not in heard


@pytest.mark.parametrize("token", ["", "with space", "line\nbreak", "nön-ascii", "\x00"])
def test_a_token_that_cannot_be_one_is_never_sent(graph: responses.RequestsMock, token: str) -> None:
    found = failure(Api("https://graph.facebook.com", "v25.0", token, "1", Transport(slots=1)))
    assert found.verdict is Verdict.AUTH
    assert not token.strip("\x00") or token not in f"{found!r}{found.hint}"


def test_without_a_number_nothing_is_sent(graph: responses.RequestsMock) -> None:
    assert failure(Api("https://graph.facebook.com", "v25.0", TOKEN, "", Transport(slots=1))).verdict is Verdict.ACCOUNT


@pytest.mark.parametrize("typing", [True, False])
def test_reading_is_told_with_or_without_the_typing_dots(api: Api, graph: responses.RequestsMock, typing: bool) -> None:
    graph.post(URL, json={"success": True})
    api.mark_read("wamid.1", typing=typing)
    body = json.loads(graph.calls[0].request.body or "")
    dots = {"typing_indicator": {"type": "text"}} if typing else {}
    assert body == {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1", **dots}


def test_the_client_shows_its_token_to_nobody_who_prints_it(api: Api) -> None:
    assert TOKEN not in f"{api!r} {api}"


def test_an_environment_cannot_redirect_the_token(
    api: Api, graph: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A netrc entry for the host would replace the Authorization header; a proxy would read it."""
    (tmp_path / "netrc").write_text("machine graph.facebook.com login evil password evil")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTPS_PROXY", "http://evil.example:3128")
    graph.post(URL, json=TAKEN)
    api.send(BODY)
    assert graph.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert not graph.calls[0].request.req_kwargs.get("proxies")  # type: ignore[attr-defined]
