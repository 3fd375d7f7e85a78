"""The question "How did we do?" after a chat.

Asked once per ticket; answered by a tap within 24 hours, or by a bare digit as the very next message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from conversations.bot import buttons
from conversations.bot.flows.replies import FLOWS, LIVE_CHAT, Reply, again, inform
from conversations.bot.intents import normalise
from conversations.bot.rules import Rule
from conversations.bot.types import Content, Facts, Memory, Pressed, Rate, RatingAsked, RatingDue, Say, State, Text
from conversations.texts import phrase

VALID_FOR = timedelta(hours=24)

_STARS: Mapping[str, int] = {str(stars): stars for stars in buttons.STARS}


def due(memory: Memory, event: RatingDue, facts: Facts) -> Reply:
    """Ask, unless a live chat is on, this ticket was asked about before (they are numbered upwards), or nobody hears.

    While a question is open a bare digit is its answer ("Which class?" "5"): then only a tap rates.
    """
    asked_before = memory.rating is not None and event.ticket <= memory.rating.ticket
    if memory.state is LIVE_CHAT or asked_before or not facts.reachable:
        return Reply(Rule.RATING_NOT_ASKED, memory)
    asked = RatingAsked(event.ticket, facts.now, is_last_word=memory.state not in FLOWS)
    return Reply(Rule.RATING_ASKED, replace(memory, rating=asked), (Say(buttons.ratings(phrase("ask_rating"))),))


def by_digit(memory: Memory, event: Text, facts: Facts) -> Reply | None:
    """A bare digit as the very next message after the question rates the chat; None for anything else."""
    rating, stars = memory.rating, _STARS.get(normalise(event.body))
    if rating is None or stars is None or memory.state is LIVE_CHAT:
        return None
    if not rating.is_last_word or not _is_open(rating, facts):
        return None
    return _rate(memory, rating, stars, facts)


def tapped(memory: Memory, event: Pressed, facts: Facts) -> Reply:
    """A star was tapped."""
    stars = _STARS.get(event.id.removeprefix(buttons.RATING_PREFIX))
    if stars is None:
        return again(Rule.FOREIGN_BUTTON, memory, facts)
    if memory.rating is None or not _is_open(memory.rating, facts):
        return again(Rule.RATING_CLOSED, memory, facts, phrase("rating_closed"))
    return _rate(memory, memory.rating, stars, facts)


def _rate(memory: Memory, rating: RatingAsked, stars: int, facts: Facts) -> Reply:
    """The rating is kept, and the person thanked. It is not asked for or taken again."""
    answered = replace(memory, rating=replace(rating, answered=True, is_last_word=False))
    content = Content(phrase("thanks_for_rating"), buttons.buttons_of(State.IDLE))
    return inform(Rule.RATED, answered, facts, content, Rate(rating.ticket, stars))


def _is_open(rating: RatingAsked, facts: Facts) -> bool:
    return not rating.answered and facts.now - rating.asked_at <= VALID_FOR
