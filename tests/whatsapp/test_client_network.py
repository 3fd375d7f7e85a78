"""The client against a server that misbehaves on real sockets: what is certain, and what is not."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from conversations.channel import Outgoing, SendError, Verdict
from conversations.received import Person
from tests.whatsapp import rough_server as rough
from tests.whatsapp.rough_server import Manner, rough_server
from whatsapp.channel import WhatsAppChannel
from whatsapp.client import Api
from whatsapp.client.transport import Timeouts, Transport

TOKEN = "EAAG-secret-token"
QUICK = Timeouts(connect=0.3, read=0.2, total=0.3)
BODY = {"type": "text", "text": {"body": "private words"}}
taken = rough.answer(200, json.dumps({"messages": [{"id": "wamid.1"}]}).encode())


def api_at(url: str, slots: int = 2) -> Api:
    return Api(url, "v25.0", TOKEN, "1", Transport(slots), QUICK)


def verdict(api: Api) -> Verdict:
    with pytest.raises(SendError) as error:
        api.send(BODY)
    assert TOKEN not in f"{error.value!r}"
    return error.value.verdict


UNCLEAR: dict[str, Manner] = {
    "no answer": rough.silence,
    "a connection torn down": rough.reset,
    "half an answer": rough.half,
    "an answer without an end": rough.trickle,
    "an answer without an end, fast": rough.flood,
}


@pytest.mark.parametrize("manner", UNCLEAR.values(), ids=UNCLEAR.keys())
def test_once_the_request_has_left_nothing_is_certain(manner: Manner) -> None:
    with rough_server(manner) as server:
        assert verdict(api_at(server.url)) is Verdict.UNKNOWN
        assert len(server.seen) == 1


def test_a_sender_that_stood_still_until_its_time_was_over_writes_nothing() -> None:
    with rough_server(taken) as server:
        late = replace(api_at(server.url), timeouts=replace(QUICK, total=-1.0))
        assert verdict(late) is Verdict.UNREACHABLE
        assert api_at(server.url).send(BODY).provider_id == "wamid.1"
        assert len(server.seen) == 1


def test_neither_does_one_that_stood_still_before_it_began() -> None:
    """Whatever it did between being given the message and asking for a connection."""
    with rough_server(taken) as server:
        late = Outgoing(uuid4(), Person(phone="+2348012345678"), "private words", until=time.monotonic() - 0.1)
        with pytest.raises(SendError) as error:
            WhatsAppChannel(api_at(server.url)).send(late)
        assert (error.value.verdict, server.seen) == (Verdict.UNREACHABLE, [])


def test_an_answer_in_drops_does_not_hold_a_sender_for_ever() -> None:
    with rough_server(rough.trickle) as server:
        began = time.monotonic()
        verdict(api_at(server.url))
        assert time.monotonic() - began < 3  # and not as long as the server goes on


def test_a_kept_connection_that_breaks_leaves_the_outcome_unknown() -> None:
    """The request may have been read before the connection broke, whether or not it had served before."""
    with rough_server(taken, rough.reset) as server:
        api = api_at(server.url)
        api.send(BODY)
        assert verdict(api) is Verdict.UNKNOWN
        first, second = server.seen
        assert first.connection == second.connection


def test_connections_are_kept_also_for_many_senders_at_once() -> None:
    with rough_server(taken) as server, ThreadPoolExecutor(8) as pool:
        api = api_at(server.url, slots=8)
        accepted = list(pool.map(lambda _: api.send(BODY), range(200)))
    assert {one.provider_id for one in accepted} == {"wamid.1"}
    assert len({seen.connection for seen in server.seen}) <= 8


def test_nobody_listening_means_surely_not_sent() -> None:
    assert verdict(api_at(f"http://127.0.0.1:{rough.closed_port()}")) is Verdict.UNREACHABLE


def test_an_unknown_host_means_surely_not_sent() -> None:
    assert verdict(api_at("http://graph.invalid")) is Verdict.UNREACHABLE


def test_a_host_that_does_not_take_connections_means_surely_not_sent() -> None:
    with socket.socket() as full:  # its queue of waiting connections is full from the first one on
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            assert verdict(api_at(f"http://127.0.0.1:{full.getsockname()[1]}")) is Verdict.UNREACHABLE


def test_a_certificate_nobody_vouches_for_is_refused() -> None:
    with rough_server(taken, tls=True) as server:
        assert verdict(api_at(server.url.replace("http", "https"))) is Verdict.UNREACHABLE
        assert server.seen == []


def test_the_token_does_not_follow_a_redirect() -> None:
    with rough_server(taken) as elsewhere:
        for status in (301, 302, 303, 307, 308):
            with rough_server(rough.answer(status, b"", Location=f"{elsewhere.url}/v25.0/1/messages")) as server:
                assert verdict(api_at(server.url)) is Verdict.ACCOUNT
    assert elsewhere.seen == []


def test_no_cookie_is_kept() -> None:
    with rough_server(rough.answer(200, b'{"messages": [{"id": "wamid.1"}]}', **{"Set-Cookie": "a=b"})) as server:
        api = api_at(server.url)
        api.send(BODY)
        api.send(BODY)
        assert "Cookie" not in server.seen[1].headers
