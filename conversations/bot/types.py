"""The vocabulary of the bot: what it remembers, what it knows, what happens to it, what it wishes.

Everything here is a frozen value. The bot turns one event into one `Turn` and touches nothing: it says what it
*wishes* (effects) and `conversations.effects` carries the wishes out. Time comes in through `Facts.now`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from conversations.texts import Phrase

NOTHING: Mapping[str, object] = MappingProxyType({})


class State(StrEnum):
    """Where a conversation stands. The stored value is the lower-case name."""

    INITIAL = "initial"
    IDENTIFYING = "identifying"
    REGISTERING_NAME = "registering_name"
    REGISTERING_EMAIL = "registering_email"
    REGISTERING_CLASS = "registering_class"
    REGISTERED = "registered"
    IDLE = "idle"
    HOMEWORK_SUBJECT = "homework_subject"
    HOMEWORK_TYPE = "homework_type"
    HOMEWORK_CONTENT = "homework_content"
    HOMEWORK_SUBMITTED = "homework_submitted"
    PAYMENT_PENDING = "payment_pending"
    PAYMENT_CONFIRMED = "payment_confirmed"
    CHAT_SUPPORT_ACTIVE = "chat_support_active"
    ALREADY_REGISTERED = "already_registered"
    UPDATING_NAME = "updating_name"
    UPDATING_EMAIL = "updating_email"
    UPDATING_CLASS = "updating_class"


# --- what the bot remembers -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetAside:
    """A half-finished flow that waits for "Continue": its state and the answers given so far.

    `owed` says why it was interrupted as long as the person has not been told: `timed_out`, `chat`, or "" once told.
    """

    state: State
    answers: Mapping[str, object] = field(default_factory=dict)
    owed: str = ""


@dataclass(frozen=True, slots=True)
class RatingAsked:
    """The latest question "How did we do?": for which ticket, since when, whether it was the last word.

    It is kept after the answer, so that no ticket is ever asked about or rated twice.
    """

    ticket: int
    asked_at: datetime
    is_last_word: bool = True
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """What the bot remembers between two messages of a person. Stored with the conversation as JSON.

    `answers` holds what the present flow collected (only str, int, bool, None and lists of them);
    `then` is the intent to go on with once registration is done; `unknown_in_a_row` counts replies to words that no
    rule knew; `told_to_leave` says that a tap inside a live chat was already answered with "tap End Chat to leave";
    `unheard_end` that a chat ended when no words would arrive, and that is still to be said.
    """

    state: State = State.INITIAL
    answers: Mapping[str, object] = field(default_factory=dict)
    then: str | None = None
    set_aside: SetAside | None = None
    unknown_in_a_row: int = 0
    told_to_leave: bool = False
    unheard_end: bool = False
    rating: RatingAsked | None = None


# --- what is true now -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Topic:
    """One FAQ topic: `id` is what its list row carries (`faq_<slug>`)."""

    id: str
    title: str
    answer: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """The person's subscription: `active_until` is None without one.

    `pending_reference` names a payment on its way; `pending_amount` and `pending_currency` are what was asked for then
    (None: what is asked for today).
    """

    active_until: datetime | None = None
    pending_reference: str | None = None
    pending_amount: Decimal | None = None
    pending_currency: str | None = None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The person's homework: all of it, and how much of it waits for an answer."""

    total: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What is sold and how it is paid. `pay_link` (it may hold `{reference}`) is None without
    a payment provider; then `instructions` apply."""

    plan: str = "Monthly"
    amount: Decimal = Decimal(5000)
    currency: str = "NGN"
    days: int = 30
    instructions: str = ""
    pay_link: str | None = None


@dataclass(frozen=True, slots=True)
class ChatFacts:
    """The desk as the student meets it.

    `queue_place`: place among the waiting when a chat starts now (None when the person's ticket is already taken);
    `opening_hours`: the hours when the desk is closed now, with English days ("Mon-Fri 08:00-18:00"), else None;
    `holiday`: the name of today's holiday, on which the desk is closed, else None;
    `acknowledge`: this message gets the "has been sent to support" line;
    `staff_wrote`: a person has answered in this chat;
    """

    queue_place: int | None = 1
    opening_hours: str | None = None
    acknowledge: bool = True
    staff_wrote: bool = False
    holiday: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of the person and the service at this moment; read-only, collected by the runner.

    `reference` is a fresh short code for whatever this turn creates; `polite_due` says that the one polite line for
    things the bot cannot read was not said in the last 24 hours; `answer_hours` is the promised homework answer time.
    `reachable`: words arrive, though nothing was said just now (WhatsApp takes them for 24 hours after the last words).
    """

    now: datetime
    reference: str
    brand: str = "EduBot"
    language: str = "en"
    name: str | None = None
    email: str | None = None
    class_grade: str | None = None
    registered: bool = False
    homework: HandedIn = HandedIn()
    subscription: Subscription = Subscription()
    offer: Offer = Offer()
    topics: tuple[Topic, ...] = ()
    chat: ChatFacts = ChatFacts()
    polite_due: bool = True
    answer_hours: int = 24
    reachable: bool = True

    @property
    def first_name(self) -> str | None:
        """The first word of the registered name, for greetings; None for a lead."""
        return first_name(self.name or "")


def first_name(name: str) -> str | None:
    """The first word of a name that has letters, without the signs around it: Ada of "👑 Ada 👑", Obi of "Obi, Ada"."""
    words = (word.strip("".join(filter(_is_sign, word))) for word in name.split())
    return next((word for word in words if any(map(str.isalpha, word))), None)


def _is_sign(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


# --- what happens -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """The person typed something."""

    body: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """The person tapped a button or a list row; `id` is taken at its word."""

    id: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """The person sent a file. `attachment` is its row's id; `mime_type` is what the sender declared, unchecked."""

    kind: str  # image | document | audio | video
    attachment: int
    mime_type: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something the bot cannot read but may say one polite line to: sticker, location, contacts, order, unknown, …"""

    kind: str


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """Something that never gets a reply: reaction, system, edit, revoke, echo."""

    kind: str


@dataclass(frozen=True, slots=True)
class MediaRefused:
    """A file that was accepted at first could not be fetched or is not what it claimed to be."""

    attachment: int
    reason: str  # too_large | wrong_type | unreadable | expired


@dataclass(frozen=True, slots=True)
class TooFast:
    """More messages than are answered in a minute; `first` is the one at which that is said, the rest are only kept."""

    first: bool


@dataclass(frozen=True, slots=True)
class FloodOver:
    """The person writes at an ordinary pace again: `count` messages were kept without an answer of their own."""

    count: int


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Nothing was heard for the idle time (30 minutes by default): set a half-finished flow aside, silently."""


@dataclass(frozen=True, slots=True)
class AgentJoined:
    """Staff opened a chat (or answered a ticket outside one)."""


@dataclass(frozen=True, slots=True)
class AgentLeft:
    """Staff closed the ticket. `words` are the closing words of user `staff`, None for the default ones."""

    words: str | None = None
    staff: int | None = None


@dataclass(frozen=True, slots=True)
class ChatAbandoned:
    """The student has not answered the last staff message for long. `final` closes the chat, else they are asked."""

    final: bool = False


@dataclass(frozen=True, slots=True)
class RatingDue:
    """Time to ask how the chat of this ticket went."""

    ticket: int


Event = (
    Text
    | Pressed
    | Media
    | Unsupported
    | Unanswerable
    | MediaRefused
    | TooFast
    | FloodOver
    | TimedOut
    | AgentJoined
    | AgentLeft
    | ChatAbandoned
    | RatingDue
)


# --- what the bot says and wishes -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A button or list row: the id is the contract, the title is a text that staff may change."""

    id: str
    title: Phrase
    description: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """One message to the student. `choices` are rows of a list that `list_label` opens, else up to three buttons."""

    text: Phrase
    choices: tuple[Choice, ...] = ()
    list_label: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """Send this to the student. `promise` marks words about money: never repeated without a person's decision.

    `staff`: the words are not the bot's but this user's.
    """

    content: Content
    promise: bool = False
    staff: int | None = None


@dataclass(frozen=True, slots=True)
class SaveProfile:
    """Store the person's details; `registers` marks the end of a registration. None keeps what is there."""

    name: str | None = None
    email: str | None = None
    class_grade: str | None = None
    registers: bool = False


@dataclass(frozen=True, slots=True)
class SpeakLanguage:
    """From now on speak this language (`en`, `fr`)."""

    language: str


@dataclass(frozen=True, slots=True)
class SubmitHomework:
    """Hand in homework: text, files, or both, under this reference."""

    reference: str
    subject: str
    text: str = ""
    attachments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestPayment:
    """Record that a subscription was asked for; nothing is paid yet."""

    reference: str
    amount: Decimal
    currency: str
    plan: str
    days: int


@dataclass(frozen=True, slots=True)
class HandOff:
    """Bring a person: open a ticket, or go on with the conversation's active one."""


@dataclass(frozen=True, slots=True)
class LeaveChat:
    """The live chat is over: close its ticket. `by` is `user`, `staff` or `silence`."""

    by: str


@dataclass(frozen=True, slots=True)
class AskRatingLater:
    """Ask how the chat went, 30 seconds from now, once per ticket."""


@dataclass(frozen=True, slots=True)
class Rate:
    """The student rated the chat of this ticket with 1 to 5 stars."""

    ticket: int
    stars: int


Effect = (
    Say | SaveProfile | SpeakLanguage | SubmitHomework | RequestPayment | HandOff | LeaveChat | AskRatingLater | Rate
)


@dataclass(frozen=True, slots=True)
class Why:
    """The explanation of a decision: which rule, which keyword, in which state. Stored with the message."""

    rule: str
    state: State
    keyword: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """The answer to one event: what to remember, what to do (in this order), and why.

    `passed` names a state that lasted for this turn only (REGISTERED on the way to homework, HOMEWORK_SUBMITTED,
    PAYMENT_CONFIRMED): the record of the turn may show it, `memory.state` is already the next one.
    """

    memory: Memory
    effects: tuple[Effect, ...]
    why: Why = field(kw_only=True)
    passed: State | None = field(default=None, kw_only=True)
