"""The stream's address where the server is not ours: an answer that ends, and a client that comes again."""

from __future__ import annotations

import pytest

from conversations import events
from tests.support.api.conftest import Api, ClientFor, make_user

PATH = "/api/admin/events"

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(client_for: ClientFor) -> Api:
    return client_for(make_user("grace", "agent", is_staff=True))


def test_the_past_alone_is_a_stream_too(grace: Api) -> None:
    answer = grace.get(PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")
    lines = answer.content.decode().splitlines()
    assert lines[:3] == ["retry: 2000", "", f"id: {events.newest_id()}"]
    assert "event: heartbeat" in lines
    assert "event: notifications" in lines


def test_it_goes_on_from_the_last_event(grace: Api) -> None:
    assert b"event: reset" in grace.get(PATH, last_event_id="12345").content
