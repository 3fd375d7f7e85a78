"""What a flow answers with, and the few shapes of answer that all flows share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from conversations.bot.questions import greeting, open_question, paragraphs
from conversations.bot.rules import Rule
from conversations.bot.types import NOTHING, Choice, Content, Effect, Facts, Memory, Say, State
from conversations.texts import Phrase, phrase, render

LONGEST_BODY = 1024  # characters of a message with buttons or a list (Meta)

MEETING = frozenset({State.INITIAL, State.IDENTIFYING})
LIVE_CHAT = State.CHAT_SUPPORT_ACTIVE

# States in which something is half-finished: they are set aside rather than lost.
FLOWS = frozenset(
    {
        *(State.REGISTERING_NAME, State.REGISTERING_EMAIL, State.REGISTERING_CLASS),
        *(State.UPDATING_NAME, State.UPDATING_EMAIL, State.UPDATING_CLASS),
        *(State.HOMEWORK_SUBJECT, State.HOMEWORK_TYPE, State.HOMEWORK_CONTENT),
        State.PAYMENT_PENDING,
    }
)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a flow. `decide` adds the explanation and makes it a `Turn`; `passed` as there."""

    rule: Rule
    memory: Memory
    effects: tuple[Effect, ...] = ()
    passed: State | None = None


def is_newcomer(memory: Memory, facts: Facts) -> bool:
    """Whether this is the first contact of somebody who is not registered."""
    return memory.state in MEETING and not facts.registered


def idle(memory: Memory) -> Memory:
    """Ready for the menu, nothing half-finished."""
    return replace(memory, state=State.IDLE, answers=NOTHING)


def say(text: Phrase, choices: tuple[Choice, ...] = ()) -> Say:
    """One message, with reply buttons or without."""
    return Say(Content(text, choices))


def say_at_length(
    content: Content, facts: Facts, *, promise: bool = False, staff: int | None = None
) -> tuple[Say, ...]:
    """A message whose words may be long (an FAQ answer, bank instructions, closing words of user `staff`).

    WhatsApp allows 1,024 characters above buttons: longer words go first, and the buttons follow under a short line.
    """
    if len(render(content.text, facts.language)) <= LONGEST_BODY:
        return (Say(content, promise, staff),)
    return Say(Content(content.text), promise, staff), Say(replace(content, text=phrase("choose_below")))


def again(rule: Rule, memory: Memory, facts: Facts, first: Phrase | None = None) -> Reply:
    """What is open stands there again, after a sentence that says why; where nothing is open, the main menu."""
    if is_newcomer(memory, facts):
        return Reply(rule, replace(memory, state=State.REGISTERING_NAME), (Say(greeting(facts)),))
    question = open_question(memory, facts)
    after = memory if memory.state in FLOWS | {LIVE_CHAT} else idle(memory)
    return Reply(rule, after, (Say(replace(question, text=paragraphs(first, question.text))),))


def inform(rule: Rule, memory: Memory, facts: Facts, content: Content, *before: Effect) -> Reply:
    """An answer that leads nowhere: given with its buttons at the menu; inside a flow the open question follows.

    A list keeps its rows inside a flow as well, for they are the answer; reply buttons would only compete with the
    question.
    """
    if memory.state not in FLOWS and not is_newcomer(memory, facts):
        return Reply(rule, idle(memory), (*before, *say_at_length(content, facts)))
    shown = content if content.list_label else Content(content.text)
    question = again(rule, memory, facts)
    return replace(question, effects=(*before, Say(shown), *question.effects))
