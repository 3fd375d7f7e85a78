"""What stands open in each state: the question, or the menu where nothing is asked.

Whoever interrupts a question (help, a foreign button, a voice note) ends with `open_question`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from conversations.bot import buttons
from conversations.bot.forms import QUESTIONS, REGISTRATION, Question
from conversations.bot.homework_draft import IMAGE, MOST_FILES, Draft
from conversations.bot.types import Content, Facts, Memory, Offer, State
from conversations.texts import Phrase, phrase, written_day

_CURRENCY_SIGNS = {"NGN": "₦", "USD": "$", "EUR": "€", "GBP": "£", "GHS": "GH₵"}


def open_question(memory: Memory, facts: Facts) -> Content:
    """The question that is open, with its buttons; in the states that ask nothing, the main menu."""
    return _OPEN.get(memory.state, main_menu)(memory, facts)


def main_menu(memory: Memory, facts: Facts) -> Content:
    """The main menu under its usual words."""
    return buttons.main_menu(phrase("main_menu"), memory, facts)


def form_question(question: Question, facts: Facts) -> Content:
    """A question of a form; where it changes something stored, with the present value in it."""
    current = {"current": getattr(facts, question.key) or "–"} if question.shows_current else {}
    return Content(phrase(question.ask, **current), buttons.buttons_of(question.state))


def greeting(facts: Facts, purpose: Phrase | None = None) -> Content:
    """The first words to somebody new, who is asked for the name at once. `purpose` says why they must register."""
    hello = phrase("hello_newcomer", brand=facts.brand)
    return Content(paragraphs(hello, purpose, phrase(REGISTRATION[0].ask), phrase("language_hint")))


def paragraphs(*parts: Phrase | None) -> Phrase:
    """Phrases with a blank line between them; None is left out."""
    said = [part for part in parts if part is not None]
    whole = said[-1]
    for part in reversed(said[:-1]):
        whole = phrase("paragraphs", first=part, rest=whole)
    return whole


def active_until(facts: Facts) -> datetime | None:
    """Until when the person's subscription runs; None when it does not run now."""
    until = facts.subscription.active_until
    return until if until and until > facts.now else None


def price(offer: Offer) -> str:
    """The price of an offer: "₦5,000", "$12.50", "KES 700"."""
    whole = offer.amount == offer.amount.to_integral_value()
    sign = _CURRENCY_SIGNS.get(offer.currency, f"{offer.currency} ")
    return f"{sign}{offer.amount:,.{0 if whole else 2}f}"


def _form(memory: Memory, facts: Facts) -> Content:
    return form_question(QUESTIONS[memory.state], facts)


def _homework_type(memory: Memory, _facts: Facts) -> Content:
    subject = Draft.read(memory.answers).subject
    return Content(phrase("ask_homework_type", subject=subject), buttons.buttons_of(memory.state))


def _homework_content(memory: Memory, _facts: Facts) -> Content:
    draft = Draft.read(memory.answers)
    if draft.files:
        so_far = phrase("homework_files_so_far", count=len(draft.files), most=MOST_FILES)
        text = phrase("homework_files_all", most=MOST_FILES) if draft.is_full else so_far
        return Content(text, buttons.choices(buttons.COLLECTING))
    key = "ask_homework_photos" if draft.kind == IMAGE else "ask_homework_text"
    return Content(phrase(key, subject=draft.subject), buttons.buttons_of(memory.state))


def _offer(memory: Memory, facts: Facts) -> Content:
    offer, until = facts.offer, active_until(facts)
    plan = phrase("payment_offer", plan=offer.plan, price=price(offer), days=offer.days)
    running = phrase("payment_extends", day=written_day(until, facts.language)) if until else None
    return Content(paragraphs(running, plan), buttons.buttons_of(memory.state))


def _in_chat(memory: Memory, _facts: Facts) -> Content:
    return Content(phrase("chat_tap_end_chat"), buttons.buttons_of(memory.state))


_OPEN: Mapping[State, Callable[[Memory, Facts], Content]] = {
    **dict.fromkeys(QUESTIONS, _form),
    State.HOMEWORK_TYPE: _homework_type,
    State.HOMEWORK_CONTENT: _homework_content,
    State.PAYMENT_PENDING: _offer,
    State.CHAT_SUPPORT_ACTIVE: _in_chat,
}
