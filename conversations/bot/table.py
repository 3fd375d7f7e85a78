"""The whole bot on one screen: for each state who answers, which words break out, and what its own buttons do.

Read a row as: a typed message goes to `text`, unless a word of `anywhere` stands in it, or it is as a whole a word of
`alone`; then the intent decides, just as a tap on the button of the same name. `own` says what intents and buttons mean
in this state only; `common` those that mean the same everywhere. A tap on any other button goes to `stray`.
The buttons under each question stand in `buttons.BUTTONS`, the words in `keywords.KEYWORDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import assert_never

from conversations.bot.buttons import MORE_TOPICS_PREFIX, RATING_PREFIX, TOPIC_PREFIX
from conversations.bot.flows import answers, chat, homework, menu, payment, rating, registration, set_aside
from conversations.bot.flows.replies import Reply, is_newcomer
from conversations.bot.intents import Match, find
from conversations.bot.keywords import Intent
from conversations.bot.rules import Rule
from conversations.bot.types import (
    AgentJoined,
    AgentLeft,
    AskRatingLater,
    ChatAbandoned,
    Effect,
    Event,
    Facts,
    FloodOver,
    Media,
    MediaRefused,
    Memory,
    Pressed,
    RatingDue,
    Say,
    State,
    Text,
    TimedOut,
    TooFast,
    Turn,
    Unanswerable,
    Unsupported,
    Why,
)

Step = Callable[[Memory, Facts], Reply]
_Notice = (
    Unanswerable | TooFast | FloodOver | MediaRefused | TimedOut | AgentJoined | AgentLeft | ChatAbandoned | RatingDue
)

COMMON: Mapping[Intent, Step] = {
    Intent.MAIN_MENU: menu.show,
    Intent.CANCEL: menu.cancel,
    Intent.END_CHAT: menu.no_chat_to_end,
    Intent.SUPPORT: chat.hand_over,
    Intent.REGISTER: registration.start,
    Intent.UPDATE: registration.start_update,
    Intent.HOMEWORK: homework.start,
    Intent.PAY: payment.offer,
    Intent.CHECK: menu.status,
    Intent.FAQ: menu.faq,
    Intent.HELP: menu.help_,
    Intent.RESUME: set_aside.resume,
    Intent.LANGUAGE_EN: menu.speak_english,
    Intent.LANGUAGE_FR: menu.speak_french,
    Intent.GREETING: menu.greet,
    Intent.THANKS: menu.thanks,
}

MENU = frozenset(
    {
        *(Intent.MAIN_MENU, Intent.END_CHAT, Intent.CANCEL, Intent.SUPPORT, Intent.REGISTER, Intent.UPDATE),
        *(Intent.HOMEWORK, Intent.PAY, Intent.CHECK, Intent.FAQ, Intent.HELP),
    }
)
ESCAPES = frozenset({Intent.MAIN_MENU, Intent.CANCEL, Intent.SUPPORT})
ASKING = frozenset({Intent.HELP, Intent.FAQ})
LANGUAGES = frozenset({Intent.LANGUAGE_EN, Intent.LANGUAGE_FR})
SMALL_TALK = LANGUAGES | {Intent.RESUME, Intent.GREETING, Intent.THANKS}
NONE: frozenset[Intent] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """What happens in one state (the columns are explained on top of this file)."""

    text: Callable[[Memory, Text, Facts], Reply]
    media: Callable[[Memory, Media, Facts], Reply] = menu.file_not_expected
    stray: Callable[[Memory, Pressed, Facts], Reply] = menu.foreign_button
    anywhere: frozenset[Intent] = NONE
    alone: frozenset[Intent] = NONE
    own: Mapping[Intent, Step] = field(default_factory=dict)
    common: Mapping[Intent, Step] = field(default_factory=lambda: COMMON)


# fmt: off
AT_THE_MENU = Row(text=menu.unknown, media=homework.file_at_the_menu, anywhere=MENU, alone=SMALL_TALK)
BEFORE_MENU = Row(text=menu.welcome_back, media=homework.file_at_the_menu, anywhere=MENU, alone=SMALL_TALK)
REGISTERING = Row(text=answers.answer, alone=ESCAPES | ASKING)
UPDATING    = Row(text=answers.answer, alone=ESCAPES | ASKING | {Intent.SKIP}, own={Intent.SKIP: answers.skip})

TABLE: Mapping[State, Row] = {
    State.INITIAL:             BEFORE_MENU,  # of a registered person; anybody else is MEETING
    State.IDENTIFYING:         BEFORE_MENU,
    State.REGISTERING_NAME:    Row(text=answers.answer, alone=ESCAPES | ASKING | LANGUAGES | {Intent.GREETING},
                                   own={Intent.GREETING: answers.greeted_again}),
    State.REGISTERING_EMAIL:   REGISTERING,
    State.REGISTERING_CLASS:   REGISTERING,
    State.REGISTERED:          AT_THE_MENU,
    State.IDLE:                AT_THE_MENU,
    State.HOMEWORK_SUBJECT:    Row(text=answers.answer, alone=ESCAPES),
    State.HOMEWORK_TYPE:       Row(text=menu.unknown, media=homework.take_file,
                                   anywhere=ESCAPES | {Intent.TEXT, Intent.IMAGE}, alone=MENU,
                                   own={Intent.TEXT: homework.choose_text, Intent.IMAGE: homework.choose_image}),
    State.HOMEWORK_CONTENT:    Row(text=homework.take_text, media=homework.take_file, alone=ESCAPES,
                                   own={Intent.HOMEWORK_DONE: homework.done}),
    State.HOMEWORK_SUBMITTED:  AT_THE_MENU,
    State.PAYMENT_PENDING:     Row(text=menu.unknown, anywhere=MENU, alone=frozenset({Intent.CONFIRM}),
                                   own={Intent.CONFIRM: payment.confirm}),
    State.PAYMENT_CONFIRMED:   AT_THE_MENU,
    State.CHAT_SUPPORT_ACTIVE: Row(text=chat.pass_on, media=chat.pass_on, stray=chat.foreign_tap,
                                   alone=frozenset({Intent.END_CHAT}), own={Intent.END_CHAT: chat.leave}, common={}),
    State.ALREADY_REGISTERED:  AT_THE_MENU,
    State.UPDATING_NAME:       UPDATING,
    State.UPDATING_EMAIL:      UPDATING,
    State.UPDATING_CLASS:      UPDATING,
}

# Two rows depend on more than the state: see `row_for`.
MEETING = Row(text=registration.meet_with_words, media=registration.meet_with_words,
              stray=registration.meet_with_words, anywhere=MENU, alone=SMALL_TALK,
              own=dict.fromkeys((Intent.CANCEL, Intent.REGISTER, Intent.UPDATE, Intent.RESUME, Intent.GREETING,
                                 Intent.THANKS), registration.meet)
              | dict.fromkeys((Intent.MAIN_MENU, Intent.END_CHAT), registration.meet_at_the_menu))
COLLECTING_FILES = replace(TABLE[State.HOMEWORK_CONTENT], alone=ESCAPES | {Intent.HOMEWORK_DONE})
# fmt: on

# Buttons that come in families: the rest of the id says which one.
FAMILIES: Mapping[str, Callable[[Memory, Pressed, Facts], Reply]] = {
    TOPIC_PREFIX: menu.topic,
    MORE_TOPICS_PREFIX: menu.more_topics,
    RATING_PREFIX: rating.tapped,
}

# Ids of buttons that are honoured outside their state, too.
_TAPPABLE: Mapping[str, Intent] = {intent.value: intent for intent in MENU | {Intent.RESUME}}


def decide(memory: Memory, event: Event, facts: Facts) -> Turn:
    """The whole bot: what is remembered, what happens and what is true give one turn. Pure and total."""
    fitting = set_aside.fitting(memory, facts)
    reply, match = _heard(fitting, event, facts)
    reply = _spoken(_settled(fitting, event, reply), event, facts)
    why = Why(reply.rule.value, memory.state, match.keyword if match else None)
    return Turn(reply.memory, reply.effects, why=why, passed=reply.passed)


def row_for(memory: Memory, facts: Facts) -> Row:
    """The row that answers now. A first contact is nobody's menu yet, and words between photos may mean "done"."""
    if is_newcomer(memory, facts):
        return MEETING
    return COLLECTING_FILES if homework.is_collecting_files(memory) else TABLE[memory.state]


def _heard(memory: Memory, event: Event, facts: Facts) -> tuple[Reply, Match | None]:
    """The reply to an event, and the keyword that decided it if one did."""
    match event:
        case Text():
            return _typed(memory, event, facts)
        case Pressed():
            return _tapped(memory, event, facts), None
        case Media():
            return row_for(memory, facts).media(memory, event, facts), None
        case Unsupported():
            return menu.unreadable(memory, event, facts), None
        case _:
            return _told(memory, event, facts), None


def _told(memory: Memory, event: _Notice, facts: Facts) -> Reply:
    """The reply to what the person did not say: the clock, the team, the fetching of a file, a flood."""
    match event:
        case Unanswerable():
            return Reply(Rule.NEVER_ANSWERED, memory)
        case TooFast():
            return menu.too_fast(memory, event)
        case FloodOver():
            return menu.flood_over(memory, event, facts)
        case TimedOut():
            return set_aside.time_out(memory)
        case MediaRefused():
            return homework.unusable(memory, event, facts)
        case AgentJoined():
            return chat.joined_by_staff(memory)
        case AgentLeft():
            return chat.closed_by_staff(memory, event, facts)
        case ChatAbandoned():
            return chat.abandoned(memory, event, facts)
        case RatingDue():
            return rating.due(memory, event, facts)
        case _:
            assert_never(event)


def _typed(memory: Memory, event: Text, facts: Facts) -> tuple[Reply, Match | None]:
    row = row_for(memory, facts)
    stars = rating.by_digit(memory, event, facts)
    if stars is not None:
        return stars, None
    match = find(
        event.body,
        facts.language,
        anywhere=row.anywhere,
        alone=row.alone - _not_meant(memory, facts),
        newcomer=not facts.registered,
    )
    if match is None:
        return row.text(memory, event, facts), None
    step = row.own.get(match.intent) or row.common[match.intent]
    return step(memory, facts), match


def _not_meant(memory: Memory, facts: Facts) -> AbstractSet[Intent]:
    """The languages that nobody asks for: the one spoken already, and just after a time-out those that were answers."""
    spoken = {intent for intent in LANGUAGES if intent == f"language_{facts.language}"}
    waiting = memory.set_aside
    if waiting is None or waiting.owed != set_aside.TIMED_OUT:
        return spoken
    return spoken | (LANGUAGES - TABLE[waiting.state].alone)


def _tapped(memory: Memory, event: Pressed, facts: Facts) -> Reply:
    row = row_for(memory, facts)
    own = {intent.value: step for intent, step in row.own.items()}
    intent = _TAPPABLE.get(event.id)
    step = own.get(event.id) or (row.common.get(intent) if intent else None)
    if step is not None:
        return step(memory, facts)
    family = next((family for prefix, family in FAMILIES.items() if event.id.startswith(prefix)), None)
    if family is not None and row.common:
        return family(memory, event, facts)
    return row.stray(memory, event, facts)


def _settled(before: Memory, event: Event, reply: Reply) -> Reply:
    """What holds after every event, whoever answered: the count, and the rating's claim to a digit."""
    memory = reply.memory
    if isinstance(event, Text | Pressed | Media) and reply.rule is not Rule.UNKNOWN_TEXT:
        memory = replace(memory, unknown_in_a_row=0)
    heard = isinstance(event, Text | Pressed | Media | Unsupported | FloodOver | AgentJoined)
    if heard and memory.rating is not None and memory.rating is before.rating:
        memory = replace(memory, rating=replace(memory.rating, is_last_word=False))
    return replace(reply, memory=memory)


def _spoken(reply: Reply, event: Event, facts: Facts) -> Reply:
    """The reply with the words still owed; where words cannot arrive, without the bot's and what would follow them.

    What staff wrote stays theirs to decide about: it fails where they see it.
    """
    if facts.reachable:
        return reply if isinstance(event, RatingDue) else chat.tell(set_aside.tell(reply))
    return replace(reply, effects=tuple(effect for effect in reply.effects if not _is_for_nobody(effect)))


def _is_for_nobody(effect: Effect) -> bool:
    return isinstance(effect, AskRatingLater) or (isinstance(effect, Say) and effect.staff is None)
