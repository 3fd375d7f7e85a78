"""The domain's port, through to the network."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import responses

from conversations.channel import Accepted, File, Outgoing, SendError, Verdict, get_channel
from conversations.received import Person
from whatsapp.channel import SENDING, WhatsAppChannel

MESSAGES = "https://graph.facebook.com/v25.0/100000000000001/messages"
UPLOADS = "https://graph.facebook.com/v25.0/100000000000001/media"
PHOTO = File("image", "image/jpeg", "page.jpg", b"\xff\xd8\xff", "digest")
HELLO = Outgoing(UUID(int=1), Person(phone="+2348012345678"), "Hello")
TAKEN = {"messages": [{"id": "wamid.1"}]}


@pytest.fixture
def channel() -> WhatsAppChannel:
    return WhatsAppChannel()


@pytest.fixture
def graph() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def bodies(graph: responses.RequestsMock) -> list[dict[str, Any]]:
    return [json.loads(call.request.body or "") for call in graph.calls if call.request.url == MESSAGES]


def test_settings_name_this_channel() -> None:
    assert isinstance(get_channel(), WhatsAppChannel)


def test_a_long_message_leaves_in_parts_that_each_can_be_traced(
    channel: WhatsAppChannel, graph: responses.RequestsMock
) -> None:
    graph.post(MESSAGES, json=TAKEN)
    parts = channel.parts(replace(HELLO, text="word " * 1500))
    assert [channel.send(part) for part in parts] == [Accepted("wamid.1")] * 2
    assert [body["biz_opaque_callback_data"] for body in bodies(graph)] == [str(part.ref) for part in parts]


def test_a_file_is_uploaded_first_and_sent_by_its_id(channel: WhatsAppChannel, graph: responses.RequestsMock) -> None:
    graph.post(UPLOADS, json={"id": "77"})
    graph.post(MESSAGES, json=TAKEN)
    channel.send(replace(HELLO, file=PHOTO))
    assert [body["image"] for body in bodies(graph)] == [{"id": "77", "caption": "Hello"}]


def test_a_file_that_cannot_be_uploaded_sends_nothing(channel: WhatsAppChannel, graph: responses.RequestsMock) -> None:
    graph.post(UPLOADS, status=500)
    with pytest.raises(SendError) as error:
        channel.send(replace(HELLO, file=PHOTO))
    assert error.value.verdict is Verdict.RETRY


def test_a_refused_message_gets_its_file_uploaded_anew(channel: WhatsAppChannel, graph: responses.RequestsMock) -> None:
    """Meta may have dropped the upload early; then staff's Retry must not fail for ever."""
    graph.post(UPLOADS, json={"id": "77"})
    graph.post(MESSAGES, status=400, json={"error": {"code": 100}})
    graph.post(UPLOADS, json={"id": "78"})
    graph.post(MESSAGES, json=TAKEN)
    with pytest.raises(SendError):
        channel.send(replace(HELLO, file=PHOTO))
    channel.send(replace(HELLO, file=PHOTO))
    assert [body["image"]["id"] for body in bodies(graph)] == ["77", "78"]


def test_after_a_slow_upload_the_message_waits_for_its_next_turn(
    channel: WhatsAppChannel, graph: responses.RequestsMock
) -> None:
    """With the lease nearly over another worker could take the message for lost while it is being sent."""
    late = replace(HELLO, file=PHOTO, until=time.monotonic() + SENDING - 1)
    graph.post(UPLOADS, json={"id": "77"})
    with pytest.raises(SendError) as error:
        channel.send(late)
    assert error.value.verdict is Verdict.RETRY
    graph.post(MESSAGES, json=TAKEN)
    channel.send(late)
    assert [call.request.url for call in graph.calls] == [UPLOADS, MESSAGES]


def test_staff_are_told_what_to_do_about_a_code(channel: WhatsAppChannel) -> None:
    assert "template" in channel.hint(131047)
    assert channel.hint(999999) == channel.hint(None) == ""


def test_what_came_in_is_read_by_the_same_channel(channel: WhatsAppChannel) -> None:
    assert channel.read({}) is not None
