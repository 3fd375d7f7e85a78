"""The live chat as the student meets it. What they write reaches the team by itself; here is only what the bot says."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from conversations.bot import buttons
from conversations.bot.flows.menu import what_next
from conversations.bot.flows.replies import LIVE_CHAT, Reply, idle, say, say_at_length
from conversations.bot.flows.set_aside import FOR_A_CHAT, REGISTERING, step_out
from conversations.bot.keywords import Intent
from conversations.bot.questions import paragraphs
from conversations.bot.rules import Rule
from conversations.bot.types import (
    AgentLeft,
    AskRatingLater,
    ChatAbandoned,
    Content,
    Effect,
    Event,
    Facts,
    HandOff,
    LeaveChat,
    Memory,
    Pressed,
    Say,
)
from conversations.texts import Phrase, phrase, verbatim, written_hours


def hand_over(memory: Memory, facts: Facts) -> Reply:
    """A person is wanted: the chat is on at once; a flow that was interrupted is offered again afterwards."""
    hello = phrase("chat_hello", name=facts.first_name) if facts.first_name else phrase("chat_hello_stranger")
    text = paragraphs(hello, phrase("chat_welcome"), _waiting_line(facts))
    return Reply(Rule.CHAT_STARTED, _in_chat(memory), (HandOff(), _say(text)))


def _waiting_line(facts: Facts) -> Phrase | None:
    """When an answer may be expected: not on a holiday; the opening hours while closed, else the place in the queue."""
    if facts.chat.holiday:
        return phrase("chat_closed_today", holiday=facts.chat.holiday)
    if facts.chat.opening_hours:
        return phrase("chat_closed_now", hours=written_hours(facts.chat.opening_hours, facts.language))
    return phrase("chat_queue_place", place=facts.chat.queue_place) if facts.chat.queue_place else None


def pass_on(memory: Memory, _event: Event, facts: Facts) -> Reply:
    """Anything said in a live chat goes to the team; now and then the person is told so."""
    if not facts.chat.acknowledge:
        return Reply(Rule.CHAT_PASSED_ON, memory)
    return Reply(Rule.CHAT_ACKNOWLEDGED, memory, (_say(phrase("chat_acknowledged")),))


def foreign_tap(memory: Memory, event: Pressed, facts: Facts) -> Reply:
    """A button of another state changes nothing in a live chat; the first time the person is told how to leave."""
    if memory.told_to_leave:
        return pass_on(memory, event, facts)
    return Reply(Rule.CHAT_FOREIGN_BUTTON, replace(memory, told_to_leave=True), (_say(phrase("chat_tap_end_chat")),))


def leave(memory: Memory, facts: Facts) -> Reply:
    """The person ends the chat: "What would you like to do?"; a lead is invited to register."""
    after = _out_of_chat(memory)
    waiting = after.set_aside
    if waiting and waiting.state in REGISTERING:
        # The invitation's own Register button goes on where registration was left.
        after = replace(after, set_aside=replace(waiting, owed=""))
    effects: tuple[Effect, ...] = (LeaveChat(by="user"), Say(what_next(after, facts)))
    return Reply(Rule.CHAT_LEFT, after, (*effects, *_rating(facts)))


def closed_by_staff(memory: Memory, event: AgentLeft, facts: Facts) -> Reply:
    """The team closed the ticket: their closing words, or the usual ones."""
    words, whose = (verbatim(event.words), event.staff) if event.words else (phrase("chat_closed_by_staff"), None)
    return _over(_End(Rule.CHAT_CLOSED_BY_STAFF, "staff", words, whose), memory, facts)


def joined_by_staff(memory: Memory) -> Reply:
    """Staff opened the chat: their own words are the greeting."""
    return Reply(Rule.CHAT_JOINED_BY_STAFF, memory if memory.state is LIVE_CHAT else _in_chat(memory))


def abandoned(memory: Memory, event: ChatAbandoned, facts: Facts) -> Reply:
    """The person has not answered for long: they are asked, and in the end the chat is closed with a message."""
    if event.final:
        return _over(_End(Rule.CHAT_ABANDONED, "silence", phrase("chat_abandoned")), memory, facts)
    if memory.state is not LIVE_CHAT:
        return Reply(Rule.NO_CHAT, memory)
    return Reply(Rule.CHAT_STILL_THERE, memory, (_say(phrase("chat_still_there")),))


class _End(NamedTuple):
    """An end from the other side: by whom, and in which words; `whose` they are, if not the bot's."""

    rule: Rule
    by: str
    words: Phrase
    whose: int | None = None


def _over(end: _End, memory: Memory, facts: Facts) -> Reply:
    """The end from the other side. Where the person was faster there is nothing left to end."""
    if memory.state is not LIVE_CHAT:
        return Reply(Rule.NO_CHAT, memory)
    closing = say_at_length(Content(end.words, buttons.choices((Intent.MAIN_MENU,))), facts, staff=end.whose)
    asked = _rating(facts, own_words=end.whose is not None)
    after = replace(_out_of_chat(memory), unheard_end=not facts.reachable)
    return Reply(end.rule, after, (LeaveChat(by=end.by), *closing, *asked))


def tell(reply: Reply) -> Reply:
    """The reply after the word that the chat is over, which nobody could be told when it ended.

    Who answers the team's question a day later would else meet a bot that does not understand.
    """
    if not reply.memory.unheard_end or not any(isinstance(effect, Say) for effect in reply.effects):
        return reply
    told = replace(reply.memory, unheard_end=False)
    return replace(reply, memory=told, effects=(say(phrase("chat_abandoned")), *reply.effects))


def _in_chat(memory: Memory) -> Memory:
    return replace(step_out(memory, FOR_A_CHAT), state=LIVE_CHAT, told_to_leave=False, unheard_end=False)


def _out_of_chat(memory: Memory) -> Memory:
    return replace(idle(memory), told_to_leave=False)


def _rating(facts: Facts, *, own_words: bool = False) -> tuple[Effect, ...]:
    """Only a chat in which somebody answered is worth a question; closing words of staff's own are an answer."""
    return (AskRatingLater(),) if own_words or facts.chat.staff_wrote else ()


def _say(text: Phrase) -> Say:
    return say(text, buttons.buttons_of(LIVE_CHAT))
