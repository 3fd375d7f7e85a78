"""What holds for every memory, every event and everybody.

The machine at the end tells 150 stories of forty steps in every run of the suite; EDUBOT_MACHINES=1000 a thousand.
"""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from conversations.bot.flows.replies import MEETING
from conversations.bot.memory import from_json, to_json
from conversations.bot.rules import Rule
from conversations.bot.table import TABLE, decide
from conversations.bot.types import (
    AgentJoined,
    AgentLeft,
    AskRatingLater,
    ChatAbandoned,
    ChatFacts,
    Event,
    Facts,
    FloodOver,
    HandOff,
    LeaveChat,
    Media,
    MediaRefused,
    Memory,
    Pressed,
    Rate,
    RatingDue,
    RequestPayment,
    SaveProfile,
    Say,
    State,
    SubmitHomework,
    Text,
    TimedOut,
    TooFast,
    Turn,
    Unanswerable,
    Unsupported,
)
from tests.conversations.bot import strategies as any_
from tests.conversations.bot.sendable import assert_sendable
from tests.conversations.bot.transcript import ADA, LEAD, Chat
from tests.machines import stories

CHAT = State.CHAT_SUPPORT_ACTIVE
# One sentence of each kind of event, so that nothing below is left to chance.
SAMPLES: tuple[Event, ...] = (
    Text("asdf"),
    Text("menu"),
    Text("Ada Obi"),
    Pressed("main_menu"),
    Pressed("confirm"),
    Pressed("nobody's"),
    Media("image", 1, "image/jpeg"),
    Media("audio", 2, "audio/ogg"),
    Unsupported("sticker"),
    Unanswerable("reaction"),
    MediaRefused(1, "too_large"),
    TooFast(first=True),
    FloodOver(7),
    TimedOut(),
    AgentJoined(),
    AgentLeft(),
    ChatAbandoned(final=True),
    RatingDue(7),
)


def check(before: Memory, event: Event, facts: Facts, turn: Turn) -> None:
    """What holds for every turn whatsoever."""
    said = [effect for effect in turn.effects if isinstance(effect, Say)]
    for effect in said:
        assert_sendable(effect.content)
    assert turn.why.state is before.state
    assert turn.why.rule in {rule.value for rule in Rule}
    assert len(list(turn.memory.answers.get("files") or [])) <= 10  # type: ignore[call-overload]
    _check_speech(before, event, facts, turn, said)
    _check_wishes(before, event, facts, turn)


def _check_speech(before: Memory, event: Event, facts: Facts, turn: Turn, said: list[Say]) -> None:
    quiet_chat = before.state is CHAT and not facts.chat.acknowledge
    if isinstance(event, Text | Pressed | Media) and not quiet_chat:
        assert said
    if isinstance(event, FloodOver):
        assert said
    if isinstance(event, Unanswerable | TimedOut):
        assert not turn.effects
    if isinstance(event, Unsupported) and said:
        assert facts.polite_due
        assert before.state is not CHAT
    if said and isinstance(event, Text | Pressed | Media | Unsupported | FloodOver):
        assert turn.memory.state not in MEETING


def _check_wishes(before: Memory, event: Event, facts: Facts, turn: Turn) -> None:
    kinds = [type(effect) for effect in turn.effects]
    if LeaveChat in kinds:
        assert before.state is CHAT
        assert turn.memory.state is State.IDLE
    assert (HandOff in kinds) <= (turn.memory.state is CHAT)
    staff_wrote = facts.chat.staff_wrote or (isinstance(event, AgentLeft) and bool(event.words))
    assert (AskRatingLater in kinds) <= (LeaveChat in kinds and staff_wrote)
    assert (RequestPayment in kinds) <= (facts.registered and facts.subscription.pending_reference is None)
    for effect in turn.effects:
        if isinstance(effect, SubmitHomework):
            assert facts.registered
            assert len(effect.attachments) <= 10
            assert effect.text or effect.attachments
        if isinstance(effect, SaveProfile):
            assert facts.registered is not effect.registers
        if isinstance(effect, Rate):
            assert before.rating is not None
            assert not before.rating.answered


@pytest.mark.parametrize("person", [LEAD, ADA], ids=["lead", "student"])
@pytest.mark.parametrize("state", State)
def test_every_state_answers_every_kind_of_event(state: State, person: Facts) -> None:
    for event in SAMPLES:
        before = Memory(state)
        check(before, event, person, decide(before, event, person))


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_.memories, any_.events, any_.facts)
def test_whatever_is_remembered_whatever_happens_the_turn_is_sound(memory: Memory, event: Event, facts: Facts) -> None:
    turn = decide(memory, event, facts)
    check(memory, event, facts, turn)
    assert from_json(to_json(turn.memory)) == turn.memory
    assert decide(memory, event, facts) == turn


@settings(max_examples=300, deadline=None)
@given(any_.memories, any_.facts)
def test_what_is_never_answered_leaves_the_conversation_where_it_is(memory: Memory, facts: Facts) -> None:
    once = decide(memory, Unanswerable("reaction"), facts)
    again = decide(once.memory, Unanswerable("reaction"), facts)
    assert (once.effects, again.effects, again.memory) == ((), (), once.memory)


@settings(max_examples=300, deadline=None)
@given(any_.memories, st.sampled_from(["main_menu", "pay", "nobody's", "rate_5", "faq"]), any_.facts)
def test_no_button_but_end_chat_leaves_a_live_chat(memory: Memory, button: str, facts: Facts) -> None:
    chatting = Memory(CHAT, set_aside=memory.set_aside, rating=memory.rating)
    assert decide(chatting, Pressed(button), facts).memory.state is CHAT


def test_the_table_has_a_row_for_every_state() -> None:
    assert set(TABLE) == set(State)
    for row in TABLE.values():
        assert not [intent for intent in row.anywhere | row.alone if intent not in row.own and intent not in row.common]


def test_the_samples_miss_no_kind_of_event() -> None:
    assert {type(event) for event in SAMPLES} == set(get_args(Event))


class Conversation(RuleBasedStateMachine):
    """One person from the first word on, with anything happening in any order."""

    @initialize(person=st.sampled_from([LEAD, ADA]))
    def begin(self, person: Facts) -> None:
        self.chat = Chat(person)
        self.handed_over = 0

    @rule(event=any_.events, minutes=st.integers(0, 600))
    def anything(self, event: Event, minutes: int) -> None:
        self._happens(event, minutes)

    @rule(
        text=st.sampled_from(
            ["Ada Obi", "ada@example.com", "SS2", "Maths", "photo", "text", "done", "confirm", "homework"]
        )
    )
    def the_expected(self, text: str) -> None:
        self._happens(Text(text), 1)

    @rule(attachment=st.integers(1, 30))
    def photo(self, attachment: int) -> None:
        self._happens(Media("image", attachment, "image/jpeg"), 1)

    @rule(acknowledge=st.booleans(), staff_wrote=st.booleans(), polite_due=st.booleans())
    def facts_change(self, acknowledge: bool, staff_wrote: bool, polite_due: bool) -> None:
        self.chat.knowing(chat=ChatFacts(1, None, acknowledge, staff_wrote), polite_due=polite_due)

    def _happens(self, event: Event, minutes: int) -> None:
        self.chat.after(minutes=minutes)
        before, facts = self.chat.memory, self.chat.facts
        self.chat.meets(event)
        check(before, event, facts, self.chat.turn)

    @invariant()
    def stays_within_bounds(self) -> None:
        memory = self.chat.memory
        assert memory.state not in {State.IDENTIFYING, State.HOMEWORK_SUBMITTED, State.PAYMENT_CONFIRMED}
        assert memory.state is not State.IDLE or not memory.answers


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=stories(150), stateful_step_count=40, deadline=None)
