"""Registration and changes of the profile, up to their first question; the answers are read in `answers`."""

from __future__ import annotations

from dataclasses import replace

from conversations.bot.buttons import buttons_of, main_menu
from conversations.bot.flows.menu import details
from conversations.bot.flows.replies import Reply, again, is_newcomer, say
from conversations.bot.flows.set_aside import REGISTERING, UPDATING, start_over, step_out, take_up
from conversations.bot.forms import PROFILE, REGISTRATION
from conversations.bot.keywords import Intent
from conversations.bot.questions import form_question, greeting, paragraphs
from conversations.bot.rules import Rule
from conversations.bot.types import Event, Facts, Memory, Say, State
from conversations.texts import phrase


def meet(memory: Memory, facts: Facts) -> Reply:
    """The first contact: a greeting by name that asks for the person's."""
    return again(Rule.FIRST_CONTACT, memory, facts)


def meet_at_the_menu(memory: Memory, facts: Facts) -> Reply:
    """The first contact of somebody whose first word asks for the menu (an end_chat word does): the greeting over it.

    The name is asked for all the same, so that the next message may be the answer or a choice.
    """
    met = replace(memory, state=REGISTRATION[0].state)
    return Reply(Rule.FIRST_CONTACT, met, (Say(main_menu(greeting(facts).text, met, facts)),))


def meet_with_words(memory: Memory, _event: Event, facts: Facts) -> Reply:
    """The first contact, whatever was written or sent."""
    return meet(memory, facts)


def start(memory: Memory, facts: Facts) -> Reply:
    """Registration; who is registered already sees their details."""
    if facts.registered:
        return _already_registered(memory, facts)
    after = _asking(memory)
    return again(Rule.REGISTRATION_STARTED, after, facts, phrase("lets_register"))


def first(memory: Memory, facts: Facts, then: Intent) -> Reply:
    """Registration on the way to homework or payment, which goes on afterwards."""
    purpose = phrase(f"register_first_{then}")
    if is_newcomer(memory, facts):
        met = replace(memory, state=REGISTRATION[0].state, then=then.value)
        return Reply(Rule.REGISTER_FIRST, met, (Say(greeting(facts, purpose)),))
    after = replace(_asking(memory), then=then.value)
    return again(Rule.REGISTER_FIRST, after, facts, purpose)


def _asking(memory: Memory) -> Memory:
    """In registration: where it stands, where it was left, or at its first question."""
    if memory.state in REGISTERING:
        return memory
    if memory.set_aside and memory.set_aside.state in REGISTERING:
        return take_up(memory, memory.set_aside)
    return replace(step_out(memory), state=REGISTRATION[0].state)


def _already_registered(memory: Memory, facts: Facts) -> Reply:
    after = replace(step_out(memory), state=State.ALREADY_REGISTERED)
    text = paragraphs(phrase("already_registered"), details(facts))
    return Reply(Rule.ALREADY_REGISTERED, after, (say(text, buttons_of(after.state)),))


def start_update(memory: Memory, facts: Facts) -> Reply:
    """Changes of the profile, question by question; a lead registers instead."""
    if not facts.registered:
        return start(memory, facts)
    if memory.state in UPDATING:
        return again(Rule.PROFILE_UPDATE_STARTED, memory, facts)
    after = replace(start_over(memory, UPDATING), state=PROFILE[0].state)
    return Reply(Rule.PROFILE_UPDATE_STARTED, after, (Say(form_question(PROFILE[0], facts)),))
