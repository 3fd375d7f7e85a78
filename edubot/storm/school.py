"""What students say, and what the bot must answer.

The answers come from the real bot, played here without database, processes and network. Every student changes their
details over and over: each question quotes what was answered before, so that one message lost, doubled or swapped
changes all answers that follow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from random import Random
from typing import Any
from uuid import UUID

from conversations.bot.memory import from_json, to_json
from conversations.bot.table import decide
from conversations.bot.types import Content, Facts, HandOff, Memory, SaveProfile, Say, Text
from conversations.channel import Button, Outgoing
from conversations.received import Person
from conversations.texts import phrase, render
from edubot.storm.plan import Phase
from whatsapp import outbound

FIRST_NUMBER = 2347000000000
POISONED = [str(2346000000000 + number) for number in range(50)]  # numbers of people whose messages nobody can read
LANGUAGE = "en"
SOON = 4  # lines after which somebody asks for support, while the others go on
_SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "zu", "ya")
# How many others wait for staff depends on who was faster.
_PLACE = re.compile(re.escape(r"\n\n" + render(phrase("chat_queue_place", place="#"), LANGUAGE)).replace(r"\#", r"\d+"))
_ASIDES = ("menu", "what is this", "thank you", "status")


@dataclass(frozen=True, slots=True)
class Student:
    """Somebody with a phone, all that they will say, and what they must be told after each line (see `said`).

    Who asks for support in the end is answered by staff, in the words of `replies`.
    """

    number: str
    lines: Sequence[str]
    answers: Sequence[Sequence[str]]
    replies: Sequence[str] = ()

    def due(self, lines: int, replies: int) -> list[str]:
        """What must be received once so many lines and staff's replies were taken."""
        words = [render(phrase("staff_message", text=reply), LANGUAGE) for reply in self.replies[:replies]]
        spoken = [said(outbound.render(replace(_outgoing(self.number), text=text))) for text in words]
        return [*chain.from_iterable(self.answers[:lines]), *spoken]


def enrol(phase: Phase, first: int = 0) -> list[Student]:
    """The students of a phase, repeatable by its seed. `first` keeps the numbers of two phases apart."""
    count, messages, seed = phase.students, phase.messages, phase.seed
    random = Random(seed)  # noqa: S311  (a schedule, no secret)
    shares = [messages // count + (number < messages % count) for number in range(count)]
    chats = round(count * phase.chats)
    shares[:chats] = [min(share, SOON) for share in shares[:chats]]
    scripts = [list(_lines(share, random)) for share in shares]
    numbers = [str(FIRST_NUMBER + first + number) for number in range(count)]
    asking = set(numbers[:chats])
    replies = [f"This is answer number {number}." for number in range(phase.replies)]
    return [
        Student(number, lines, list(answers_to(number, lines)), replies if number in asking else ())
        for number, script in zip(numbers, scripts, strict=True)
        for lines in [[*script, "support"] if number in asking else script]
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


def answers_to(number: str, lines: Sequence[str]) -> Iterator[list[str]]:
    """What the bot says to each of these lines."""
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
            elif not isinstance(effect, HandOff):
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
    words = replace(_outgoing(number), text=render(content.text, LANGUAGE), buttons=buttons, list_label=label)
    yield from (said(outbound.render(part)) for part in outbound.parts(words))


def _outgoing(number: str) -> Outgoing:
    return Outgoing(UUID(int=0), Person(phone=f"+{number}"))


def said(body: Mapping[str, Any]) -> str:
    """What a request to the Graph API says, without whom it is for, which try it is, and the place in the queue."""
    return _PLACE.sub("", json.dumps(body.get(str(body.get("type"))), sort_keys=True, ensure_ascii=False))
