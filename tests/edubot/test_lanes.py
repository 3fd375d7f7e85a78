"""Lanes: so many threads, so many who wait, so many bytes; and the way back from a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from edubot.server.bodies import RefusedError
from edubot.server.gateway import Gateway
from edubot.server.lanes import Lane

SCOPE = {
    "type": "http",
    "method": "GET",
    "path": "/api/x",
    "raw_path": b"/api/x",
    "query_string": b"",
    "http_version": "1.1",
    "scheme": "http",
    "headers": [],
    "client": ("127.0.0.1", 1),
    "server": ("127.0.0.1", 80),
}


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return asyncio.run(work())


def lane(threads: int = 1, waiting: int = 1, memory: int = 100) -> Lane:
    return Lane("test", threads=threads, waiting=waiting, memory=memory)


def test_work_is_done_in_another_thread_and_its_result_comes_back() -> None:
    assert run(lambda: lane().run(threading.get_ident)) != threading.get_ident()


def test_an_error_is_raised_where_the_result_was_awaited() -> None:
    with pytest.raises(ZeroDivisionError):
        run(lambda: lane().run(lambda: 1 / 0))


def test_who_comes_too_many_is_refused_and_room_is_made_again() -> None:
    async def crowd() -> list[Any]:
        narrow, go = lane(threads=1, waiting=1), threading.Event()
        two = [asyncio.ensure_future(narrow.run(go.wait)) for _ in range(2)]
        await asyncio.sleep(0)  # let both take their places
        with pytest.raises(RefusedError) as third:
            await narrow.run(go.wait)
        go.set()
        await asyncio.gather(*two)
        return [third.value.status, await narrow.run(lambda: "again")]

    assert run(crowd) == [503, "again"]


def test_bodies_beyond_the_lanes_memory_are_refused_and_given_back() -> None:
    small = lane(memory=100)
    with small.holding() as one, small.holding() as other:
        one(60)
        with pytest.raises(RefusedError) as refusal:
            other(60)
        assert refusal.value.status == 503
        other(40)
    with small.holding() as whole:
        whole(100)


def test_a_client_that_does_not_take_a_long_answer_frees_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edubot.server.gateway.SLOW_CLIENT", 0.05)
    closed = threading.Event()

    def endless(_: dict[str, Any], start_response: Callable[..., object]) -> Iterator[bytes]:
        start_response("200 OK", [])
        try:
            while True:
                yield b"x" * 1_000_000
        finally:
            closed.set()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()  # a full socket

    async def ask() -> None:
        await Gateway(endless, lanes=[("/", lane())])(SCOPE, receive, send)  # type: ignore[arg-type]

    run(ask)
    assert closed.is_set()
