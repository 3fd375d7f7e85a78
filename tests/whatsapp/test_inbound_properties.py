"""Properties: whatever happens to a webhook on its way, nothing raises and the message beside it survives."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.received import Echo, IdentityChange, Ignored, Notice, Received
from tests.whatsapp.payloads import ACCOUNT, NAMES, NUMBER, batch_of, encode, fixture, places, text_message
from whatsapp.inbound import read, split

FIXTURES = [json.loads(fixture(name)) for name in NAMES]
CANARY = json.loads(json.dumps(text_message("wamid.canary", "still alive")))

texts = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)  # surrogates and NUL among them
numbers = st.integers() | st.floats() | st.integers(min_value=10**30, max_value=10**40)
scalars = st.none() | st.booleans() | numbers | texts
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)


@st.composite
def mutated(draw: st.DrawFn, parts: list[Any]) -> Any:
    """One of `parts` with up to three of its values replaced, removed, doubled or wrapped."""
    value = json.loads(json.dumps(draw(st.sampled_from(parts))))
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(places(value) or [([None], 0)]))
        change = draw(st.sampled_from(["replace", "replace", "remove", "wrap", "deepen"]))
        if change == "remove":
            del holder[key]
        elif change == "wrap":
            holder[key] = [holder[key], holder[key]]
        elif change == "deepen":
            holder[key] = json.loads("[" * 200 + "]" * 200)
        else:
            holder[key] = draw(anything)
    return value


def survives(body: bytes) -> None:
    """Every item can be stored and read, and the canary is among them."""
    batch = batch_of(body)
    json.dumps([item.raw for item in batch.items], allow_nan=False).encode()
    for item in batch.items:
        assert isinstance(read(json.loads(json.dumps(item.raw))), Received | Echo | IdentityChange | Notice | Ignored)
        assert 0 < len(item.key) <= 300
        assert 0 < len(item.mailbox) <= 160
    assert [read(item.raw).text for item in batch.items if item.key == "wamid.canary"] == ["still alive"]  # type: ignore[union-attr]


def change_with(value: dict[str, Any]) -> dict[str, Any]:
    return {"field": "messages", "value": {"metadata": {"phone_number_id": NUMBER}} | value}


@settings(max_examples=300)
@given(document=mutated(FIXTURES), first=st.booleans())
def test_a_message_in_an_entry_of_its_own_survives(document: Any, first: bool) -> None:
    entry = {"id": ACCOUNT, "changes": [change_with({"messages": [CANARY]})]}
    rest = document.get("entry")
    broken = rest if isinstance(rest, list) else [rest]
    survives(encode({"entry": [entry, *broken] if first else [*broken, entry]}))


MESSAGES = [
    message
    for document in FIXTURES
    for entry in document["entry"]
    for change in entry["changes"]
    if isinstance(change, dict) and isinstance(change["value"], dict)
    for message in change["value"].get("messages", [])
    if isinstance(message, dict)
]


@settings(max_examples=300)
@given(message=mutated(MESSAGES), contacts=anything, statuses=anything, first=st.booleans())
def test_a_message_beside_a_broken_one_survives(message: Any, contacts: Any, statuses: Any, first: bool) -> None:
    both = [CANARY, message] if first else [message, CANARY]
    survives(
        encode({"entry": [{"changes": [change_with({"messages": both, "contacts": contacts, "statuses": statuses})]}]})
    )


@given(body=st.binary(max_size=200))
def test_no_bytes_raise(body: bytes) -> None:
    assert not split(body, NUMBER, ACCOUNT).items


@given(
    raw=anything,
    message=anything,
    field=st.sampled_from(["messages", "account_update", "user_id_update", "smb_message_echoes"]),
)
def test_no_stored_value_raises(raw: Any, message: Any, field: str) -> None:
    for value in ({"field": field, "value": raw}, {"field": field, "message": message, "contact": raw}, {"x": raw}):
        assert isinstance(read(value), Received | Echo | IdentityChange | Notice | Ignored)


@given(text=texts)
def test_a_text_changes_only_where_postgresql_demands_it(text: str) -> None:
    document = {"entry": [{"changes": [change_with({"messages": [text_message("wamid.1", text)]})]}]}
    item = read(batch_of(encode(document)).items[0].raw)
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # as two halves of a pair read in JSON
    assert isinstance(item, Received)
    assert item.text == paired.replace("\0", "")
