"""Answers to the questions of `forms`: read, kept, the next question asked, and what the last one leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from conversations.bot.buttons import buttons_of
from conversations.bot.flows import homework, payment
from conversations.bot.flows.menu import details
from conversations.bot.flows.replies import Reply, again, idle, say
from conversations.bot.forms import FOLLOWING, QUESTIONS, InvalidAnswer
from conversations.bot.keywords import Intent
from conversations.bot.questions import form_question, paragraphs
from conversations.bot.rules import Rule
from conversations.bot.types import Facts, Memory, SaveProfile, Say, State, Text
from conversations.texts import Phrase, phrase

# What a registration may be on the way to (`Memory.then`).
_THEN: Mapping[str, Callable[[Memory, Facts], Reply]] = {
    Intent.HOMEWORK.value: homework.start,
    Intent.PAY.value: payment.offer,
}


def answer(memory: Memory, event: Text, facts: Facts) -> Reply:
    """The message is the answer to the open question, or is corrected in a friendly way."""
    question = QUESTIONS[memory.state]
    try:
        value = question.read(event.body)
    except InvalidAnswer as wrong:
        return Reply(Rule.ANSWER_REFUSED, memory, (say(wrong.correction, buttons_of(memory.state)),))
    answered = replace(memory, answers={**memory.answers, question.key: value})
    thanks = phrase(question.thanks, answer=value) if question.thanks else None
    return _go_on(Rule.ANSWER_TAKEN, answered, facts, thanks)


def skip(memory: Memory, facts: Facts) -> Reply:
    """The stored value is kept; on to the next question."""
    return _go_on(Rule.ANSWER_SKIPPED, memory, facts)


def greeted_again(memory: Memory, facts: Facts) -> Reply:
    """ "Hi" and "Good morning" often come as two messages: the second is not a name."""
    return again(Rule.GREETING, memory, facts)


def _go_on(rule: Rule, memory: Memory, facts: Facts, thanks: Phrase | None = None) -> Reply:
    following = FOLLOWING.get(memory.state)
    if following is None:
        return _LAST[memory.state](memory, facts)
    content = form_question(following, facts)
    asked = Say(replace(content, text=paragraphs(thanks, content.text)))
    return Reply(rule, replace(memory, state=following.state), (asked,))


def _register(memory: Memory, facts: Facts) -> Reply:
    """The person is registered; what they came for goes on."""
    name, email, class_grade = (str(memory.answers[key]) for key in ("name", "email", "class_grade"))
    profile = SaveProfile(name, email, class_grade, registers=True)
    student = replace(facts, registered=True, name=name, email=email, class_grade=class_grade)
    after = replace(idle(memory), then=None)
    words = phrase("registered", name=student.first_name or name)
    go_on = _THEN.get(memory.then or "")
    if go_on is None:
        registered = replace(after, state=State.REGISTERED)
        return Reply(Rule.REGISTERED, registered, (profile, say(words, buttons_of(registered.state))))
    next_step = go_on(after, student)
    return Reply(Rule.REGISTERED, next_step.memory, (profile, say(words), *next_step.effects), State.REGISTERED)


def _save_profile(memory: Memory, facts: Facts) -> Reply:
    """The details that changed are saved together."""
    new = SaveProfile(
        name=_if_new("name", memory, facts.name),
        email=_if_new("email", memory, facts.email),
        class_grade=_if_new("class_grade", memory, facts.class_grade),
    )
    after = idle(memory)
    if new == SaveProfile():
        return Reply(Rule.PROFILE_UNCHANGED, after, (say(phrase("profile_unchanged"), buttons_of(after.state)),))
    present = replace(
        facts,
        name=new.name or facts.name,
        email=new.email or facts.email,
        class_grade=new.class_grade or facts.class_grade,
    )
    text = paragraphs(phrase("profile_saved"), details(present))
    return Reply(Rule.PROFILE_SAVED, after, (new, say(text, buttons_of(after.state))))


def _if_new(key: str, memory: Memory, stored: str | None) -> str | None:
    answer = memory.answers.get(key)
    return str(answer) if answer and answer != stored else None


# What the last answer of each form leads to.
_LAST: Mapping[State, Callable[[Memory, Facts], Reply]] = {
    State.REGISTERING_CLASS: _register,
    State.UPDATING_CLASS: _save_profile,
    State.HOMEWORK_SUBJECT: homework.ask_type,
}
