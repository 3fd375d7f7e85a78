"""What students say, and what the bot must answer.

The answers come from the real bot, played here without database, processes and network. Every student changes their
details over and over: each question quotes what was answered before, so that one message lost, doubled or swapped
changes all answers that follow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from conversations.bot.memory import from_json, to_json
from conversations.bot.table import decide
from conversations.bot.types import Content, Facts, Memory, SaveProfile, Say, Text
from conversations.channel import Button, Outgoing
from conversations.received import Person
from conversations.texts import render
from whatsapp import outbound

FIRST_NUMBER = 2347000000000
POISONED_NUMBER = 2346000000000  # of people whose messages nobody can read
LANGUAGE = "en"
_SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "zu", "ya")
_ASIDES = ("menu", "what is this", "thank you", "status")


@dataclass(frozen=True, slots=True)
class Student:
    """Somebody with a phone, all that they will say, and what they must be told after each line (see `said`)."""

    number: str
    lines: Sequence[str]
    answers: Sequence[Sequence[str]]


def enrol(count: int, messages: int, seed: int, first: int = 0) -> list[Student]:
    """`count` students who share `messages`, repeatable by seed. `first` keeps the numbers of two phases apart."""
    random = Random(seed)  # noqa: S311  (a schedule, no secret)
    shares = [messages // count + (number < messages % count) for number in range(count)]
    scripts = [list(_lines(share, random)) for share in shares]
    numbers = [str(FIRST_NUMBER + first + number) for number in range(count)]
    return [
        Student(number, lines, list(_answers(number, lines))) for number, lines in zip(numbers, scripts, strict=True)
    ]


def _lines(count: int, random: Random) -> Iterator[str]:
    spoken = 0
    while spoken < count:
        name = f"{_word(random)} {_word(random)}"
        opening = "update" if spoken else "hi"
        form = [opening, name, f"{name.split(maxsplit=1)[0].lower()}{spoken}@example.com", f"SS{random.randint(1, 3)}"]
        lines = [*form, random.choice(_ASIDES)] if random.random() < 0.3 else form
        yield from lines[: count - spoken]
        spoken += len(lines)


def _word(random: Random) -> str:
    return "".join(random.choice(_SYLLABLES) for _ in range(3)).capitalize()


def _answers(number: str, lines: Sequence[str]) -> Iterator[list[str]]:
    facts, memory = Facts(now=datetime.now(UTC), reference="AAAAAA"), Memory()
    for line in lines:
        turn = decide(memory, Text(line), facts)
        memory = from_json(json.loads(json.dumps(to_json(turn.memory))))
        answers: list[str] = []
        for effect in turn.effects:
            if isinstance(effect, SaveProfile):
                facts = _known(facts, effect)
            elif isinstance(effect, Say):
                answers += _rendered(number, effect.content)
            else:
                raise TypeError(f"The storm's students ask for nothing like {type(effect).__name__}.")
        yield answers


def _known(facts: Facts, saved: SaveProfile) -> Facts:
    return replace(
        facts,
        name=saved.name or facts.name,
        email=saved.email or facts.email,
        class_grade=saved.class_grade or facts.class_grade,
        registered=facts.registered or saved.registers,
    )


def _rendered(number: str, content: Content) -> Iterator[str]:
    buttons = tuple(
        Button(
            choice.id,
            render(choice.title, LANGUAGE),
            render(choice.description, LANGUAGE) if choice.description else "",
        )
        for choice in content.choices
    )
    label = render(content.list_label, LANGUAGE) if content.list_label else ""
    words = Outgoing(UUID(int=0), Person(phone=f"+{number}"), render(content.text, LANGUAGE), buttons, list_label=label)
    yield from (said(outbound.render(part)) for part in outbound.parts(words))


def said(body: Mapping[str, Any]) -> str:
    """What a request to the Graph API says, without whom it is for and which try it is."""
    return json.dumps(body.get(str(body.get("type"))), sort_keys=True, ensure_ascii=False)
