"""What today's bot would have decided: a stored conversation played again, without writing or sending anything.

What the bot knew then is rebuilt as far as the thread tells. Approximated are:

- events without words (staff opened or closed a chat, a file was refused): where the stored state before a message is
  another than ours, ours follows it, but what the bot remembered besides (answers given so far) may differ;
- the person: registered since their registration, with today's name, e-mail and class; the language starts as the
  default one and changes where today's bot would change it;
- a file's type: the sniffed one, where the bot saw what the sender declared;
- FAQ topics and settings: today's. What only changes the wording of a reply (place in the queue, counts) is left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from conversations import facts, thread, wording
from conversations.bot.buttons import RATING_PREFIX
from conversations.bot.rules import Rule
from conversations.bot.table import decide
from conversations.bot.types import (
    ChatFacts,
    Event,
    Facts,
    Memory,
    RatingDue,
    SpeakLanguage,
    State,
    Subscription,
    TimedOut,
    TooFast,
    Turn,
    Unsupported,
)
from conversations.models import Conversation, Message, Policy, Sender
from conversations.received import QUIET, MediaRef, Person, Received
from conversations.runner import event_of, fell_silent

_STATES = {state.value: state for state in State}
_MINUTE = timedelta(minutes=1)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Decision:
    """What the bot made of a message: the rule, and the state it led to (None where that was not stored)."""

    rule: str
    to_state: str | None


@dataclass(frozen=True, slots=True)
class Played:
    """One message of the person: what was decided then (None where nothing was stored), and what would be now."""

    message: Message
    then: Decision | None
    now: Decision

    @property
    def differs(self) -> bool:
        """Whether today's decision is another one."""
        return self.then is not None and self.then != self.now


def heard(conversation: Conversation) -> QuerySet[Message]:
    """The person's own messages: those that `play` plays."""
    return conversation.messages.filter(sender=Sender.USER)


def play(conversation: Conversation) -> Iterator[Played]:
    """Play the person's messages through today's bot, in order."""
    past = _Past(conversation)
    thread = conversation.messages.order_by("id").prefetch_related("attachments")
    for message in thread.iterator(chunk_size=_CHUNK):
        if message.is_inbound:
            yield past.hear(message)
        else:
            past.overhear(message)


class _Past:
    """The bot's memory and the person, as they stand at one point of the thread."""

    def __init__(self, conversation: Conversation) -> None:
        self._contact = conversation.contact
        self._payments = list(self._contact.payments.order_by("-id"))
        self._memory = Memory()
        self._language = settings.BOT_LANGUAGE
        self._polite_at: datetime | None = None
        self._chat_began: datetime | None = None
        self._last_said: Message | None = None  # by the person or the team
        self._last_minute: deque[datetime] = deque()
        self._heard_at: datetime | None = None
        self._spoke_at: datetime | None = None  # where the last word was the bot's
        self._ratings_asked = 0

    def hear(self, message: Message) -> Played:
        """The person said something: decide anew, compare, and go on from where the bot really stood afterwards."""
        stored: Mapping[str, Any] = message.explanation or {}
        self._follow(stored.get("from_state") or stored.get("state"))
        self._let_time_pass(message)
        before = self._memory
        turn = self._turn(self._event(message), message.created_at)
        rule = stored.get("rule") or turn.why.rule
        if rule == Rule.TOO_FAST.value:
            self._last_minute.pop()  # as in floods: what is kept takes nobody's place
        if rule not in facts.UNACKNOWLEDGED and message.kind not in QUIET:
            self._last_said = message
        to_state = stored.get("to_state")
        now = Decision(turn.why.rule, to_state if to_state in _ends(turn) else turn.memory.state.value)
        if not stored:
            return Played(message, None, now)
        if to_state is None:  # the bot failed on this message and remembered nothing of it
            self._memory = before
            return Played(message, Decision(stored["rule"], None), now)
        if to_state != now.to_state:
            self._follow(to_state)
        return Played(message, Decision(stored["rule"], to_state), now)

    def overhear(self, message: Message) -> None:
        """The bot or the team said something: it may have been the question how the chat went."""
        asks = message.sender == Sender.BOT and message.policy == Policy.RESEND  # as in runner.fell_silent
        self._spoke_at = max(message.created_at, message.sent_at or message.created_at) if asks else None
        if message.sender == Sender.ADMIN:
            self._last_said = message
        if any(button["id"].startswith(RATING_PREFIX) for button in message.buttons):
            self._ratings_asked += 1
            self._turn(RatingDue(self._ratings_asked), message.created_at)

    def _follow(self, state: str | None) -> None:
        """Stand where the bot stood; something that is no message brought it there."""
        known = _STATES.get(state or "")
        if known and known != self._memory.state:
            self._memory = replace(self._memory, state=known)
            self._chat_began = None

    def _let_time_pass(self, message: Message) -> None:
        if fell_silent(message, self._heard_at, self._spoke_at) and not self._in_chat:
            self._turn(TimedOut(), message.created_at)
        self._spoke_at = None
        if message.kind not in QUIET:
            self._heard_at = max(self._heard_at or thread.moment(message), thread.moment(message))
        self._last_minute.append(message.created_at)
        while self._last_minute[0] <= message.created_at - _MINUTE:
            self._last_minute.popleft()

    def _event(self, message: Message) -> Event:
        count, most = len(self._last_minute), settings.BOT_MESSAGES_PER_MINUTE
        if count > most and not self._in_chat:
            return TooFast(first=count == most + 1)
        attachment = next(iter(message.attachments.all()), None)
        pressed = message.payload.get("pressed")
        received = Received(
            provider_id=message.provider_id or "",
            person=Person(),
            kind=message.kind,
            text=message.text,
            pressed=(pressed["id"], pressed["title"]) if pressed else None,
            media=MediaRef(attachment.media_id, attachment.mime_type, caption=message.text) if attachment else None,
        )
        return event_of(received, attachment)

    def _turn(self, event: Event, at: datetime) -> Turn:
        turn = decide(self._memory, event, self._facts(at))
        if turn.memory.state == State.CHAT_SUPPORT_ACTIVE and not self._in_chat:
            self._chat_began = at
        self._memory = turn.memory
        for effect in turn.effects:
            if isinstance(effect, SpeakLanguage):
                self._language = effect.language
        if isinstance(event, Unsupported) and turn.effects:
            self._polite_at = at
        return turn

    @property
    def _in_chat(self) -> bool:
        return self._memory.state == State.CHAT_SUPPORT_ACTIVE

    def _facts(self, at: datetime) -> Facts:
        contact = self._contact
        registered = contact.registered_at is not None and contact.registered_at < at
        return Facts(
            now=at,
            reference="REPLAY",
            brand=settings.BOT_NAME,
            language=self._language,
            name=contact.name or None if registered else None,
            email=contact.email or None if registered else None,
            class_grade=contact.class_grade or None if registered else None,
            registered=registered,
            subscription=Subscription(pending_reference=self._pending_payment(at)),
            offer=facts.offer(),
            topics=wording.topics(self._language),
            chat=ChatFacts(acknowledge=self._acknowledge(at)),
            polite_due=self._polite_at is None or at - self._polite_at >= facts.POLITE_PAUSE,
        )

    def _pending_payment(self, at: datetime) -> str | None:
        pending = (
            payment.reference
            for payment in self._payments
            if payment.created_at < at and (payment.decided_at is None or payment.decided_at > at)
        )
        return next(pending, None)

    def _acknowledge(self, at: datetime) -> bool:
        """As facts.collect has it: the first of the chat, the first after a staff answer, or after a silence."""
        last = self._last_said
        if last is None or last.sender == Sender.ADMIN:
            return True
        if self._chat_began and last.created_at <= self._chat_began:
            return True
        return at - last.created_at >= timedelta(seconds=settings.SUPPORT_ACK_PAUSE)


def _ends(turn: Turn) -> set[str]:
    """The states that a record of this turn may name: where it ended, and one that it passed through."""
    return {state.value for state in (turn.memory.state, turn.passed) if state}
