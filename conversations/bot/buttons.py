"""Buttons and lists as data: which ids stand under the words of which state, and what they are called.

Ids are the contract (they come back in `Pressed`); titles are texts: `button_<id>` on buttons, `row_<id>` in lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conversations.bot.keywords import Intent
from conversations.bot.types import Choice, Content, Facts, Memory, State, Topic
from conversations.texts import Phrase, phrase, verbatim

ROW_TITLE = 24  # characters; the limits of Meta's reply buttons and lists
ROW_DESCRIPTION = 72
MOST_BUTTONS = 3
MOST_ROWS = 10

_MENU = (Intent.FAQ, Intent.SUPPORT, Intent.MAIN_MENU)
_UPDATING = (Intent.SKIP, Intent.MAIN_MENU)

BUTTONS: Mapping[State, tuple[Intent, ...]] = {
    State.INITIAL: _MENU,
    State.IDENTIFYING: _MENU,
    State.REGISTERING_NAME: (),
    State.REGISTERING_EMAIL: (),
    State.REGISTERING_CLASS: (),
    State.REGISTERED: (Intent.HOMEWORK, Intent.PAY, Intent.HELP),
    State.IDLE: _MENU,
    State.HOMEWORK_SUBJECT: (Intent.MAIN_MENU,),
    State.HOMEWORK_TYPE: (Intent.TEXT, Intent.IMAGE, Intent.MAIN_MENU),
    State.HOMEWORK_CONTENT: (Intent.MAIN_MENU,),  # after a photo: COLLECTING
    State.HOMEWORK_SUBMITTED: _MENU,
    State.PAYMENT_PENDING: (Intent.CONFIRM, Intent.MAIN_MENU),
    State.PAYMENT_CONFIRMED: (Intent.MAIN_MENU,),
    State.CHAT_SUPPORT_ACTIVE: (Intent.END_CHAT,),
    State.ALREADY_REGISTERED: (Intent.UPDATE, Intent.MAIN_MENU),
    State.UPDATING_NAME: _UPDATING,
    State.UPDATING_EMAIL: _UPDATING,
    State.UPDATING_CLASS: _UPDATING,
}
COLLECTING = (Intent.HOMEWORK_DONE, Intent.MAIN_MENU)
INVITATION = (Intent.REGISTER, Intent.FAQ, Intent.SUPPORT)

TOPIC_PREFIX = "faq_"
MORE_TOPICS_PREFIX = "more_faq_"
RATING_PREFIX = "rate_"
STARS = (1, 2, 3, 4, 5)


def choices(intents: Iterable[Intent]) -> tuple[Choice, ...]:
    """Reply buttons for these ids."""
    return tuple(Choice(intent.value, phrase(f"button_{intent}")) for intent in intents)


def buttons_of(state: State) -> tuple[Choice, ...]:
    """The reply buttons of a state."""
    return choices(BUTTONS[state])


def main_menu(text: Phrase, memory: Memory, facts: Facts) -> Content:
    """The main menu under these words. Something set aside can be continued from its first row."""
    profile = Intent.UPDATE if facts.registered else Intent.REGISTER
    first = (Intent.RESUME,) if memory.set_aside else ()
    rows = (
        *first,
        *(Intent.HOMEWORK, Intent.PAY, Intent.CHECK, Intent.FAQ),
        *(profile, Intent.SUPPORT, Intent.HELP),
    )
    return Content(text, tuple(map(_row, rows)), phrase("list_main_menu"))


def _row(intent: Intent) -> Choice:
    return Choice(intent.value, phrase(f"row_{intent}"), phrase(f"row_{intent}_about"))


def topics(text: Phrase, known: tuple[Topic, ...], start: int = 0) -> Content:
    """FAQ topics from `start` on, a list however few; where they do not fit into one its last row leads to the next."""
    rows = tuple(map(_topic_row, known[start:]))
    if len(rows) > MOST_ROWS:
        following = Choice(f"{MORE_TOPICS_PREFIX}{start + MOST_ROWS - 1}", phrase("row_more_topics"))
        rows = (*rows[: MOST_ROWS - 1], following)
    return Content(text, rows, phrase("list_topics"))


def _topic_row(topic: Topic) -> Choice:
    """A title too long for a row is cut there and stands in full (or as far as it goes) below."""
    title = shorten(topic.title, ROW_TITLE)
    whole = None if title == topic.title else verbatim(shorten(topic.title, ROW_DESCRIPTION))
    return Choice(topic.id, verbatim(title), whole)


def ratings(text: Phrase) -> Content:
    """One to five stars as a list."""
    rows = tuple(
        Choice(f"{RATING_PREFIX}{stars}", verbatim("⭐" * stars), phrase(f"row_rate_{stars}")) for stars in STARS
    )
    return Content(text, rows, phrase("list_rating"))


def shorten(words: str, longest: int) -> str:
    """Words cut to a length, with an ellipsis where something is missing."""
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"
