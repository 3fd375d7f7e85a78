"""Webhook payloads as Meta sends them: the files in fixtures/inbound, and posts made of messages at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conversations.received import Batch, Item
from whatsapp.inbound import read, split

NUMBER = "100000000000001"  # as tests/environment.py configures them
ACCOUNT = "200000000000002"
FOLDER = Path(__file__).parent / "fixtures" / "inbound"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def fixture(name: str) -> bytes:
    """The body of one POST."""
    return (FOLDER / f"{name}.json").read_bytes()


def batch_of(body: bytes) -> Batch:
    """`body` cut into items, for the number and account of the tests."""
    return split(body, NUMBER, ACCOUNT)


def items_of(name: str) -> list[Item]:
    """What the items of a fixture mean, as a worker reads them: out of the database's JSON."""
    return [read(json.loads(json.dumps(item.raw))) for item in batch_of(fixture(name)).items]


def post(*messages: Any, number: str = NUMBER, **beside: Any) -> bytes:
    """A POST with these messages; `beside` are further keys of their change's value."""
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}, "messages": list(messages)}
    change = {"field": "messages", "value": value | beside}
    return encode({"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": [change]}]})


def text_message(key: str, body: str = "hi", **fields: Any) -> dict[str, Any]:
    """A text message of Ada's; `fields` replace and add."""
    message = {"from": "2348012345678", "id": key, "timestamp": "1736433000", "type": "text", "text": {"body": body}}
    return message | fields


def encode(document: Any) -> bytes:
    """JSON as Meta writes it: everything but ASCII escaped."""
    return json.dumps(document).encode()


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in `value` with each of its keys or indexes."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]
