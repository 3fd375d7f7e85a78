"""Leaving a half-finished flow without losing it, and taking it up again."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from conversations.bot import buttons
from conversations.bot.flows.replies import FLOWS, LIVE_CHAT, MEETING, Reply, again, idle, say
from conversations.bot.forms import FOLLOWING, PROFILE, QUESTIONS, REGISTRATION
from conversations.bot.homework_draft import Draft
from conversations.bot.keywords import Intent
from conversations.bot.rules import Rule
from conversations.bot.types import NOTHING, Facts, Memory, Say, SetAside, State
from conversations.texts import Phrase, phrase

REGISTERING = frozenset(question.state for question in REGISTRATION)
UPDATING = frozenset(question.state for question in PROFILE)
HOMEWORK_FLOW = frozenset({State.HOMEWORK_SUBJECT, State.HOMEWORK_TYPE, State.HOMEWORK_CONTENT})
PAYING = frozenset({State.PAYMENT_PENDING})

# `SetAside.owed`: why it was set aside, as long as the person has not been told.
TIMED_OUT = "timed_out"
FOR_A_CHAT = "chat"


def step_out(memory: Memory, owed: str = "") -> Memory:
    """The memory outside any flow, with what was half-finished kept.

    Who leaves on their own (nothing `owed`) before having said anything leaves nothing behind.
    """
    return replace(idle(memory), set_aside=_kept(memory, owed))


def _kept(memory: Memory, owed: str) -> SetAside | None:
    """What waits from now on. There is room for one: a flow without answers takes the place of none that has some."""
    waiting = memory.set_aside
    if memory.state not in FLOWS or not (owed or memory.answers):
        return waiting
    if waiting and waiting.answers and not memory.answers:
        return replace(waiting, owed=owed)
    return SetAside(memory.state, memory.answers, owed)


def start_over(memory: Memory, flow: AbstractSet[State]) -> Memory:
    """The memory outside any flow, for one that begins anew: an earlier run of it would bring back what it replaces."""
    left = step_out(memory)
    return replace(left, set_aside=None) if left.set_aside and left.set_aside.state in flow else left


def fitting(memory: Memory, facts: Facts) -> Memory:
    """The memory as far as it fits the person.

    Staff may have registered or erased the person in between, or a stored memory was unreadable in part: a flow that
    makes no sense any more gives way to a first contact.
    """
    waiting = memory.set_aside
    if waiting and not (waiting.state in FLOWS and _fits(waiting, facts)):
        memory = replace(memory, set_aside=None)
    if _fits(SetAside(memory.state, memory.answers), facts):
        return memory
    return replace(memory, state=State.INITIAL, answers=NOTHING, then=None)


def _fits(flow: SetAside, facts: Facts) -> bool:
    if flow.state in REGISTERING:
        return not facts.registered and set(_asked_before(flow.state)) <= set(flow.answers)
    if flow.state in {State.HOMEWORK_TYPE, State.HOMEWORK_CONTENT}:
        return facts.registered and bool(Draft.read(flow.answers).subject)
    return facts.registered or flow.state in MEETING | {State.IDLE, LIVE_CHAT}


def _asked_before(state: State) -> tuple[str, ...]:
    """The keys that must have been answered when this question of a form is open."""
    before = next((one for one, following in FOLLOWING.items() if following.state is state), None)
    return () if before is None else (*_asked_before(before), QUESTIONS[before].key)


def time_out(memory: Memory) -> Reply:
    """Nothing was heard for long: the flow is set aside without a word; the next reply says so."""
    if memory.state in FLOWS:
        return Reply(Rule.SET_ASIDE, step_out(memory, TIMED_OUT))
    if memory.state is State.ALREADY_REGISTERED:
        return Reply(Rule.NOTHING_TO_SET_ASIDE, idle(memory))
    return Reply(Rule.NOTHING_TO_SET_ASIDE, memory)


def resume(memory: Memory, facts: Facts) -> Reply:
    """Continue with what was set aside: its open question stands there again. A flow that is on takes its place."""
    if memory.set_aside is None:
        return again(Rule.FOREIGN_BUTTON, memory, facts)
    return again(Rule.RESUMED, take_up(memory, memory.set_aside), facts)


def take_up(memory: Memory, waiting: SetAside) -> Memory:
    """The memory back in the flow that was set aside."""
    left = step_out(replace(memory, set_aside=None))
    return replace(left, state=waiting.state, answers=waiting.answers)


def tell(reply: Reply) -> Reply:
    """The reply with the sentence that is still owed about a flow set aside.

    It takes the place of a greeting or an "I do not understand", follows other answers of the menu, and stands before
    a question that was just asked, so that the question stays the last word. In a live chat it waits.
    """
    waiting = reply.memory.set_aside
    speaks = any(isinstance(effect, Say) for effect in reply.effects)
    if waiting is None or not waiting.owed or not speaks or reply.memory.state is LIVE_CHAT:
        return reply
    offer = say(
        phrase(f"set_aside_{waiting.owed}", flow=_name_of(waiting.state)),
        buttons.choices((Intent.RESUME, Intent.MAIN_MENU)),
    )
    told = replace(reply.memory, set_aside=replace(waiting, owed=""))
    if reply.rule in {Rule.UNKNOWN_TEXT, Rule.GREETING}:
        return replace(reply, memory=told, effects=(offer,))
    asks = reply.memory.state in FLOWS
    return replace(reply, memory=told, effects=(offer, *reply.effects) if asks else (*reply.effects, offer))


def _name_of(state: State) -> Phrase:
    """What a flow is called in "Your … is not finished"."""
    if state in REGISTERING:
        return phrase("flow_registration")
    if state in UPDATING:
        return phrase("flow_profile")
    return phrase("flow_payment" if state is State.PAYMENT_PENDING else "flow_homework")
