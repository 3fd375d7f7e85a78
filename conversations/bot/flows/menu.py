"""The menu and everything that is answered at once: help, FAQ, status, small talk, and what no rule knows."""

from __future__ import annotations

import re
from dataclasses import replace

from conversations.bot import buttons
from conversations.bot.flows.replies import (
    FLOWS,
    LIVE_CHAT,
    MEETING,
    Reply,
    again,
    idle,
    inform,
    is_newcomer,
    say,
)
from conversations.bot.flows.set_aside import step_out
from conversations.bot.keywords import Intent
from conversations.bot.questions import active_until, main_menu, open_question, paragraphs
from conversations.bot.rules import Rule
from conversations.bot.types import (
    Content,
    Event,
    Facts,
    FloodOver,
    Media,
    Memory,
    Pressed,
    Say,
    SpeakLanguage,
    State,
    TooFast,
    Unsupported,
)
from conversations.texts import Phrase, phrase, verbatim, written_day

# After so many helpful replies in a row to words that no rule knows, the next one offers a person.
HELPFUL_BEFORE_OFFER = 2
FILES = frozenset({"image", "video", "audio", "document"})  # kinds of messages that are files, in earnest


def show(memory: Memory, facts: Facts) -> Reply:
    """The main menu; a flow that is left keeps what was said in it."""
    after = step_out(memory)
    return Reply(Rule.MAIN_MENU, after, (Say(main_menu(after, facts)),))


def cancel(memory: Memory, facts: Facts) -> Reply:
    """What is open is dropped for good; with nothing open, the main menu.

    What was set aside stays: at the menu the word may stand in a sentence about something else.
    """
    if memory.state not in FLOWS:
        return show(memory if memory.set_aside else replace(memory, then=None), facts)
    after = replace(idle(memory), then=None)
    return Reply(Rule.CANCELLED, after, (say(phrase("cancelled"), buttons.buttons_of(after.state)),))


def no_chat_to_end(memory: Memory, facts: Facts) -> Reply:
    """End Chat where no chat is on: the present question or the menu again."""
    return again(Rule.NO_CHAT_TO_END, memory, facts)


def foreign_button(memory: Memory, _event: Event, facts: Facts) -> Reply:
    """A button of another state, of a template, or of nobody: it changes nothing."""
    return again(Rule.FOREIGN_BUTTON, memory, facts)


def welcome_back(memory: Memory, _event: Event, facts: Facts) -> Reply:
    """The first words of somebody who is registered already (by staff, say): the main menu."""
    after = idle(memory)
    text = phrase("welcome_back", name=facts.first_name or facts.brand, brand=facts.brand)
    return Reply(Rule.WELCOME_BACK, after, (Say(buttons.main_menu(text, after, facts)),))


def greet(memory: Memory, facts: Facts) -> Reply:
    """A greeting returned; somebody who is not registered is invited to register."""
    after = idle(memory)
    return Reply(Rule.GREETING, after, (Say(what_next(after, facts)),))


def what_next(memory: Memory, facts: Facts) -> Content:
    """ "What would you like to do?" with the main menu; for a lead the welcome with the invitation to register."""
    if not facts.registered:
        return Content(phrase("invitation", brand=facts.brand), buttons.choices(buttons.INVITATION))
    hey = phrase("hey", name=facts.first_name) if facts.first_name else phrase("hey_stranger")
    return buttons.main_menu(hey, memory, facts)


def thanks(memory: Memory, _facts: Facts) -> Reply:
    """ "Thank you" and "OK" are answered, not misunderstood."""
    after = idle(memory)
    return Reply(Rule.THANKS, after, (say(phrase("you_are_welcome"), buttons.buttons_of(after.state)),))


def speak_english(memory: Memory, facts: Facts) -> Reply:
    """The person wrote "English"."""
    return _speak("en", memory, facts)


def speak_french(memory: Memory, facts: Facts) -> Reply:
    """The person wrote "français"."""
    return _speak("fr", memory, facts)


def _speak(language: str, memory: Memory, facts: Facts) -> Reply:
    """Effects are carried out in order: what is said after `SpeakLanguage` is said in that language."""
    content = Content(phrase("language_changed"), buttons.buttons_of(State.IDLE))
    return inform(Rule.LANGUAGE_CHANGED, memory, facts, content, SpeakLanguage(language))


def help_(memory: Memory, facts: Facts) -> Reply:
    """What can be done here."""
    return inform(Rule.HELP, memory, facts, Content(phrase("help", brand=facts.brand), buttons.buttons_of(State.IDLE)))


def faq(memory: Memory, facts: Facts) -> Reply:
    """The topics as a list."""
    return inform(Rule.FAQ_TOPICS, memory, facts, _topics(facts))


def more_topics(memory: Memory, event: Pressed, facts: Facts) -> Reply:
    """The next page of topics; a page that is no more leads back to the first."""
    digits = re.fullmatch(r"[0-9]{1,4}", event.id.removeprefix(buttons.MORE_TOPICS_PREFIX))
    start = int(digits[0]) if digits else 0
    return inform(Rule.FAQ_TOPICS, memory, facts, _topics(facts, start if start < len(facts.topics) else 0))


def _topics(facts: Facts, start: int = 0) -> Content:
    if not facts.topics:
        return Content(phrase("no_topics"), buttons.choices((Intent.SUPPORT, Intent.MAIN_MENU)))
    return buttons.topics(phrase("ask_topic"), facts.topics, start)


def topic(memory: Memory, event: Pressed, facts: Facts) -> Reply:
    """The answer to a topic; one that staff have removed meanwhile leads back to the list."""
    answer = next((topic.answer for topic in facts.topics if topic.id == event.id), None)
    if not answer:
        return faq(memory, facts)
    return inform(Rule.FAQ_ANSWER, memory, facts, Content(verbatim(answer), buttons.buttons_of(State.IDLE)))


def status(memory: Memory, facts: Facts) -> Reply:
    """The person's account and subscription."""
    if not facts.registered:
        content = Content(phrase("status_lead"), buttons.choices(buttons.INVITATION))
        return inform(Rule.STATUS, memory, facts, content)
    text = paragraphs(details(facts), _homework_line(facts), *_subscription_lines(facts))
    return inform(Rule.STATUS, memory, facts, Content(text, buttons.buttons_of(State.IDLE)))


def details(facts: Facts) -> Phrase:
    """Name, e-mail and class as stored."""
    return phrase("details", name=facts.name or "–", email=facts.email or "–", class_grade=facts.class_grade or "–")


def _homework_line(facts: Facts) -> Phrase:
    return phrase("status_homework", total=facts.homework.total, open=facts.homework.open)


def _subscription_lines(facts: Facts) -> tuple[Phrase, ...]:
    until, pending = active_until(facts), facts.subscription.pending_reference
    running = phrase("status_active", day=written_day(until, facts.language)) if until else phrase("status_inactive")
    return (running, phrase("status_payment", reference=pending)) if pending else (running,)


def unknown(memory: Memory, _event: Event, facts: Facts) -> Reply:
    """Words that no rule knows: a helpful answer with buttons; after the second in a row a person is offered."""
    times = memory.unknown_in_a_row + 1
    offers = times > HELPFUL_BEFORE_OFFER
    text = phrase("unknown_offer_person" if offers else "unknown")
    if memory.state not in FLOWS:
        after = replace(idle(memory), unknown_in_a_row=times)
        return Reply(Rule.UNKNOWN_TEXT, after, (say(text, buttons.buttons_of(after.state)),))
    question = open_question(memory, facts)
    choices = question.choices
    if offers and len(choices) < buttons.MOST_BUTTONS:
        choices += buttons.choices((Intent.SUPPORT,))
    content = Content(paragraphs(text, question.text), choices)
    return Reply(Rule.UNKNOWN_TEXT, replace(memory, unknown_in_a_row=times), (Say(content),))


def file_not_expected(memory: Memory, event: Media, facts: Facts) -> Reply:
    """A photo or voice note where nothing asked for one."""
    if memory.state in FLOWS or is_newcomer(memory, facts):
        return again(Rule.FILE_NOT_EXPECTED, memory, facts, phrase("words_please"))
    after = idle(memory)
    if event.kind not in {"image", "document"}:
        return Reply(Rule.FILE_NOT_EXPECTED, after, (say(phrase("no_voice"), buttons.buttons_of(after.state)),))
    first = Intent.HOMEWORK if facts.registered else Intent.REGISTER
    content = say(phrase("what_is_this_file"), buttons.choices((first, Intent.SUPPORT, Intent.MAIN_MENU)))
    return Reply(Rule.FILE_NOT_EXPECTED, after, (content,))


def too_fast(memory: Memory, event: TooFast) -> Reply:
    """A flood of messages is kept, but not answered one by one; said once, when it begins."""
    return Reply(Rule.TOO_FAST, memory, (say(phrase("too_fast")),) if event.first else ())


def flood_over(memory: Memory, event: FloodOver, facts: Facts) -> Reply:
    """One answer for everything that was only kept: what is open stands there again, for nothing was taken in."""
    kept = "chat_flood_over" if memory.state is LIVE_CHAT else "flood_over"
    return again(Rule.FLOOD_OVER, memory, facts, phrase(kept, count=event.count))


def unreadable(memory: Memory, event: Unsupported, facts: Facts) -> Reply:
    """A sticker, a location, an unknown kind: one polite line at most once in 24 hours, none in a live chat.

    A file that WhatsApp announces and does not have (131052) is answered like every file: it may be homework.
    """
    if event.kind in FILES and memory.state is not LIVE_CHAT:
        return again(Rule.HOMEWORK_FILE_UNUSABLE, memory, facts, phrase("file_expired"))
    if memory.state is LIVE_CHAT or not facts.polite_due:
        return Reply(Rule.NOT_READABLE, memory)
    line = say(phrase("cannot_read"))
    if is_newcomer(memory, facts):
        greeted = again(Rule.POLITE_LINE, memory, facts)
        return replace(greeted, effects=(line, *greeted.effects))
    after = idle(memory) if memory.state in MEETING else memory
    return Reply(Rule.POLITE_LINE, after, (line,))
