"""Two thousand broken webhooks over HTTP: never a 5xx, never a 4xx, and no good message lost beside a bad one.

The schedule is a seed: a failure is the same the next time. EDUBOT_FUZZ=100000 runs more of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from django.test import Client

from conversations.models import InboxItem
from tests.whatsapp.payloads import ACCOUNT, NAMES, NUMBER, encode, fixture, places, text_message
from whatsapp.signature import sign

CASES = int(os.environ.get("EDUBOT_FUZZ", "2000"))
FIXTURES = [json.loads(fixture(name)) for name in NAMES]
STRANGE: list[Any] = [
    *(None, True, False, 0, -1, 2**63, 10**40, 1.5, "", " ", "x" * 1000, "\0", "\ud800", "\u202e", "é😀", "7" * 21),
    *(
        [],
        {},
        [[]],
        [None],
        {"": None},
        {"\0": "\0"},
        [{}] * 50,
        float("nan"),
        float("inf"),
        "2348012345678",
        "wamid.x",
    ),
    json.loads("[" * 200 + "]" * 200),
]


def mutated(random: Random) -> Any:
    """A fixture with one to three of its values replaced, removed or doubled."""
    document = deepcopy(random.choice(FIXTURES))
    for _ in range(random.randint(1, 3)):
        holder, key = random.choice(places(document))
        chance = random.random()
        if chance < 0.2 and len(document) > 1:
            del holder[key]
        else:
            holder[key] = [holder[key]] * 2 if chance < 0.3 else deepcopy(random.choice(STRANGE))
    return document


def with_canary(document: Any, key: str, random: Random) -> bytes:
    """`document` with a good message beside what it holds, in an entry of its own."""
    value = {"metadata": {"phone_number_id": NUMBER}, "messages": [text_message(key)]}
    entry = {"id": ACCOUNT, "changes": [{"field": "messages", "value": value}]}
    entries = document.get("entry")
    broken = entries if isinstance(entries, list) else [entries]
    return encode({"entry": [entry, *broken] if random.random() < 0.5 else [*broken, entry]})


def scratched(random: Random) -> bytes:
    """A fixture with bytes changed, inserted or cut off."""
    body = bytearray(fixture(random.choice(NAMES)))
    for _ in range(random.randint(1, 10)):
        body[random.randrange(len(body))] = random.randrange(256)
    return bytes(body[: random.randrange(len(body))] if random.random() < 0.3 else body)


def bodies(random: Random) -> Iterator[tuple[str, bytes]]:
    """The bodies to post, each with the key of the message that must survive it ("" without one)."""
    for number in range(CASES):
        if random.random() < 0.25:
            yield "", scratched(random)
        else:
            key = f"wamid.canary.{number}"
            yield key, with_canary(mutated(random), key, random)


@pytest.mark.django_db
def test_no_webhook_is_too_broken(client: Client) -> None:
    canaries, answers = set(), set()
    for key, body in bodies(Random(20250109)):  # noqa: S311  (a schedule, no secret)
        headers = {"X-Hub-Signature-256": sign(body, "tests-only-app-secret")}
        answers.add(
            client.post("/api/webhook/whatsapp", body, content_type="application/json", headers=headers).status_code
        )
        canaries.add(key)
    assert answers == {200}
    stored = InboxItem.objects.filter(key__startswith="wamid.canary.").values_list("key", flat=True)
    assert set(stored) == canaries - {""}
