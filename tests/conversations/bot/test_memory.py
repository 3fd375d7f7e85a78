"""The memory through JSON, also JSON that no version of ours has written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.bot.memory import from_json, to_json
from conversations.bot.table import decide
from conversations.bot.types import Memory, SetAside, State, Text
from tests.conversations.bot import strategies as any_
from tests.conversations.bot.transcript import ADA, LEAD

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
names = ["state", "answers", "then", "set_aside", "unknown_in_a_row", "told_to_leave", "unheard_end", "rating"]
fields = st.dictionaries(st.sampled_from(names), anything)


@given(any_.memories)
def test_a_memory_survives_json(memory: Memory) -> None:
    assert from_json(json.loads(json.dumps(to_json(memory)))) == memory


def test_a_fresh_memory_takes_no_room() -> None:
    assert to_json(Memory()) == {"state": "initial"}


@given(anything | fields, st.sampled_from([LEAD, ADA]))
def test_whatever_was_stored_the_conversation_goes_on(stored: object, person: object) -> None:
    memory = from_json(stored)
    assert from_json(to_json(memory)) == memory
    assert decide(memory, Text("hello"), person).effects  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ({}, Memory()),
        ({"state": "a state of old"}, Memory()),
        ({"state": "idle", "a key of old": 1}, Memory(State.IDLE)),
        ({"state": "idle", "answers": ["no", "object"]}, Memory(State.IDLE)),
        ({"state": "idle", "answers": {"subject": {"deep": 1}, "files": [1]}}, Memory(State.IDLE, {"files": [1]})),
        ({"state": "idle", "set_aside": {"state": "?"}}, Memory(State.IDLE)),
        (
            {"state": "idle", "set_aside": {"state": "homework_subject", "owed": "?"}},
            Memory(State.IDLE, set_aside=SetAside(State.HOMEWORK_SUBJECT)),
        ),
        ({"state": "idle", "rating": {"ticket": 1, "asked_at": "yesterday"}}, Memory(State.IDLE)),
    ],
)
def test_what_cannot_be_read_falls_back_to_what_is_safe(stored: object, read: Memory) -> None:
    assert from_json(stored) == read


@pytest.mark.parametrize("stored", ["2026-03-02T09:00:00Z", "2026-03-02T09:00:00+00:00"])
def test_a_moment_ends_in_z_and_an_older_release_wrote_it_otherwise(stored: str) -> None:
    memory = from_json({"state": "idle", "rating": {"ticket": 1, "asked_at": stored}})
    written = json.loads(json.dumps(to_json(memory)))
    assert written["rating"]["asked_at"] == "2026-03-02T09:00:00Z"


def test_a_moment_without_a_time_zone_is_utc() -> None:
    rating = from_json({"state": "idle", "rating": {"ticket": 1, "asked_at": "2026-03-02T09:00:00"}}).rating
    assert rating is not None
    assert rating.asked_at.isoformat() == "2026-03-02T09:00:00+00:00"
