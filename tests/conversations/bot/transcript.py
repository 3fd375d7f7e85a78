"""A student and the bot, played without a database: `chat.hears("hi").says("hello_newcomer")`.

After each event the wishes that change what is true of the person come true, and the memory goes through JSON as it
does between two messages in production.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar

from conversations.bot.memory import from_json, to_json
from conversations.bot.table import decide
from conversations.bot.types import (
    Content,
    Effect,
    Event,
    Facts,
    HandedIn,
    Media,
    Memory,
    Pressed,
    RequestPayment,
    SaveProfile,
    Say,
    SpeakLanguage,
    State,
    SubmitHomework,
    Text,
    Turn,
)
from conversations.texts import Phrase, render

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

ADA = Facts(now=NOW, reference="HW7K2Q", name="Ada Obi", email="ada@example.com", class_grade="SS2", registered=True)
LEAD = Facts(now=NOW, reference="HW7K2Q")

Wish = TypeVar("Wish", bound=Effect)


class Chat:
    """One conversation. The methods that tell what happens and those that check what came of it can be chained."""

    def __init__(self, facts: Facts = LEAD, memory: Memory | None = None) -> None:
        self.facts = facts
        self.memory = memory or Memory()
        self.turn: Turn

    # What happens

    def meets(self, event: Event) -> Self:
        self.turn = decide(self.memory, event, self.facts)
        self.memory = from_json(json.loads(json.dumps(to_json(self.turn.memory))))
        assert self.memory == self.turn.memory
        for effect in self.turn.effects:
            self.facts = _come_true(effect, self.facts)
        return self

    def hears(self, *texts: str) -> Self:
        for text in texts:
            self.meets(Text(text))
        return self

    def taps(self, *ids: str) -> Self:
        for id_ in ids:
            self.meets(Pressed(id_))
        return self

    def gets_photo(self, attachment: int = 1, caption: str = "", mime_type: str = "image/jpeg") -> Self:
        return self.meets(Media("image", attachment, mime_type, caption))

    def gets_voice_note(self) -> Self:
        return self.meets(Media("audio", 99, "audio/ogg; codecs=opus"))

    def knowing(self, **changes: object) -> Self:
        """What became true meanwhile."""
        self.facts = replace(self.facts, **changes)  # type: ignore[arg-type]
        return self

    def after(self, **time: float) -> Self:
        return self.knowing(now=self.facts.now + timedelta(**time))

    # What came of it

    def says(self, *keys: str) -> Self:
        """One message per key, in this order; the key may stand anywhere in its message."""
        said = [set(_keys(content.text)) for content in self.contents]
        assert len(said) == len(keys), f"said {said}"
        for present, key in zip(said, keys, strict=True):
            assert key in present, f"{key} is not in {present}"
        return self

    def says_nothing(self) -> Self:
        return self.says()

    def offers(self, *ids: str) -> Self:
        """The choices under the last message."""
        assert tuple(choice.id for choice in self.contents[-1].choices) == ids
        return self

    def is_in(self, state: State) -> Self:
        assert self.memory.state is state
        return self

    def because(self, rule: str, keyword: str | None = None) -> Self:
        assert (self.turn.why.rule, self.turn.why.keyword) == (rule, keyword)
        return self

    def wish(self, kind: type[Wish]) -> Wish:
        """The one wish of this kind in the last turn."""
        (found,) = (effect for effect in self.turn.effects if isinstance(effect, kind))
        return found

    def wishes(self, *kinds: type[Effect]) -> Self:
        """The wishes of the last turn beside words."""
        assert [type(effect) for effect in self.turn.effects if not isinstance(effect, Say)] == list(kinds)
        return self

    @property
    def contents(self) -> list[Content]:
        return [effect.content for effect in self.turn.effects if isinstance(effect, Say)]

    @property
    def words(self) -> str:
        """Everything said in the last turn."""
        return "\n---\n".join(render(content.text, self.facts.language) for content in self.contents)


def registered(**changes: object) -> Chat:
    """A chat with Ada, who is registered, at the menu."""
    return Chat(replace(ADA, **changes), Memory(State.IDLE))  # type: ignore[arg-type]


def _keys(phrase: Phrase) -> Iterator[str]:
    yield phrase.key
    for _, value in phrase.values:
        if isinstance(value, Phrase):
            yield from _keys(value)


def _come_true(effect: Effect, facts: Facts) -> Facts:
    match effect:
        case SaveProfile():
            return replace(
                facts,
                name=effect.name or facts.name,
                email=effect.email or facts.email,
                class_grade=effect.class_grade or facts.class_grade,
                registered=facts.registered or effect.registers,
            )
        case SpeakLanguage():
            return replace(facts, language=effect.language)
        case RequestPayment():
            pending = replace(facts.subscription, pending_reference=effect.reference)
            pending = replace(pending, pending_amount=effect.amount, pending_currency=effect.currency)
            return replace(facts, subscription=pending)
        case SubmitHomework():
            return replace(facts, homework=HandedIn(facts.homework.total + 1, facts.homework.open + 1))
        case _:
            return facts
