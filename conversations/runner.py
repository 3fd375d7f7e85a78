"""One turn: collect the facts, let the bot decide, carry out its wishes, remember. All under the conversation's lock.

Nothing here decides what is said; that is the bot's (`conversations.bot`). Nothing here talks to the world; replies go
to the outbox, slow work becomes a job.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from psycopg.types.json import Jsonb

from conversations import courtesy, effects, facts, floods, gates, outbox, people, prepared, thread
from conversations.bot import memory as bot_memory
from conversations.bot.table import decide
from conversations.bot.types import (
    Event,
    Media,
    Memory,
    Pressed,
    State,
    Text,
    TimedOut,
    Turn,
    Unanswerable,
    Unsupported,
)
from conversations.channel import SendError, Verdict
from conversations.models import Attachment, Conversation, Message
from conversations.notices import raise_notice
from conversations.received import QUIET, Item, Notice, Received
from conversations.texts import phrase
from conversations.wording import say

# Sent under the lock with `message`: something was said in a live chat, by the student or by a colleague on the phone.
heard_in_chat = Signal()

FILES = frozenset({"image", "document", "audio", "voice", "video"})
PUT_ASIDE = "failed"  # the rule that stands with a message which could not be handled


def handle_received(conversation: Conversation, received: Received) -> str:
    """Store a person's message in the thread and answer it; returns what became of it, in a word.

    The caller holds the conversation's lock. A message that is already in the thread (its inbox item was purged long
    ago and the provider repeats it) changes nothing, unless it was put aside as failed and is now tried again.
    """
    known, is_in_trouble, spoke_at = _stored_before(received, conversation)
    if known and not _was_put_aside(known):
        return "seen before"
    now = timezone.now()
    heard_before, state_before = conversation.last_inbound_at, conversation.state
    message = known or thread.add_received(conversation, received, now)
    attachment = _attached(message, received)
    if is_in_trouble and received.kind not in QUIET:
        outbox.send_what_was_refused(conversation)
    if fell_silent(message, heard_before, spoke_at) and not conversation.is_chat_support:
        turn(conversation, TimedOut(), None, message.created_at)
    if conversation.is_chat_support:
        heard_in_chat.send(sender=Conversation, message=message)
    elif received.kind not in QUIET:  # what is none of the person's words may have no id of the provider's
        courtesy.has_read(received.provider_id)
    event = floods.instead_of(event_of(received, attachment), conversation, message)
    turn(conversation, event, message, now, state_before)
    return "handled"


def handle_echo(conversation: Conversation, said: Received) -> str:
    """Store what somebody of the team said elsewhere, as staff's words; the bot has nothing to say about it."""
    if _stored_before(said, conversation)[0]:
        return "seen before"
    message = thread.add_received(conversation, said, timezone.now(), echo=True)
    _attached(message, said)
    if conversation.is_chat_support:
        heard_in_chat.send(sender=Conversation, message=message)
    return "handled"


def _stored_before(received: Received, conversation: Conversation) -> tuple[Message | None, bool, datetime | None]:
    """The message, if it is in a thread already; whether something in this one failed; when the bot had the last word.

    Hardly ever anything but the third, so all are asked for at once, and cheaply.
    """
    found = prepared.row(_KNOWN, [received.provider_id, conversation.pk, conversation.last_message_id])
    assert found  # noqa: S101
    known, is_in_trouble, spoke_at = found
    return (Message.objects.get(pk=known) if known else None), is_in_trouble, spoke_at


_KNOWN = """
SELECT (SELECT id FROM conversations_message WHERE provider_id = %s), EXISTS (
    SELECT FROM conversations_message
    WHERE conversation_id = %s AND delivery_status IN ('failed', 'unknown') AND hold_until IS NULL
), (
    SELECT GREATEST(created_at, sent_at) FROM conversations_message
    WHERE id = %s AND sender = 'bot' AND policy = 'resend'
)
"""


def _was_put_aside(message: Message) -> bool:
    return (message.explanation or {}).get("rule") == PUT_ASIDE


def _attached(message: Message, received: Received) -> Attachment | None:
    if received.media is None:
        return None
    attachment = message.attachments.first() or thread.attach(message, received.media)
    effects.fetch_soon(attachment)
    return attachment


def event_of(received: Received, attachment: Attachment | None) -> Event:
    """The bot's view of a message."""
    if received.pressed:
        return Pressed(*received.pressed)
    if received.kind == "text":
        return Text(received.text)
    if attachment and received.media and received.kind in FILES:
        return Media(attachment.kind, attachment.pk, received.media.mime_type, received.media.caption)
    if received.kind in QUIET:
        return Unanswerable(received.kind)
    return Unsupported(received.kind)


def dispatch(conversation_id: int, event: Event) -> Conversation:
    """Give the bot an event that is no message (a chat was closed, a file was refused, a question is due)."""
    with transaction.atomic():
        conversation = people.lock(conversation_id)
        turn(conversation, event, None, timezone.now())
        return conversation


def turn(
    conversation: Conversation, event: Event, message: Message | None, now: datetime, came_from: str | None = None
) -> Turn:
    """Decide and act on one event, inside the caller's transaction and under its lock.

    `came_from` is the state in which the message found the conversation, before time itself may have moved it.
    """
    started = time.perf_counter()
    before = remembered(conversation)
    decided = decide(before, event, facts.collect(conversation, message, now))
    if message:
        message.explanation = _explanation(decided, came_from or before.state.value, started)
    _remember(conversation, decided.memory, message, now)
    for effect in decided.effects:
        effects.apply(effect, effects.Setting(conversation, message, now))
    if isinstance(event, Unsupported) and decided.effects:
        conversation.polite_at = now
        conversation.save(update_fields=["polite_at"])
    return decided


def remembered(conversation: Conversation) -> Memory:
    """What the bot remembers of this conversation."""
    return bot_memory.from_json({**conversation.memory, "state": conversation.state})


def _remember(conversation: Conversation, memory: Memory, message: Message | None, now: datetime) -> None:
    """Write down where the bot stands now, and with the message why."""
    explained = [Jsonb(message.explanation), message.pk] if message else []
    stored = bot_memory.to_json(memory)
    live = memory.state == State.CHAT_SUPPORT_ACTIVE
    known = {
        "state": str(stored.pop("state")),
        "memory": stored,
        "chat_started_at": (conversation.chat_started_at or now) if live else None,
    }
    if all(getattr(conversation, name) == value for name, value in known.items()):  # as after half of all turns
        if message:
            prepared.run(_EXPLAIN, explained)
        return
    for name, value in known.items():
        setattr(conversation, name, value)
    moved = [conversation.state, Jsonb(stored), conversation.chat_started_at, conversation.pk]
    prepared.run(_EXPLAIN_AND_MOVE if message else _MOVE, [*moved, *explained])


_MOVE = "UPDATE conversations_conversation SET state = %s, memory = %s, chat_started_at = %s WHERE id = %s"
_EXPLAIN = "UPDATE conversations_message SET explanation = %s WHERE id = %s"
_EXPLAIN_AND_MOVE = f"WITH moved AS ({_MOVE}) {_EXPLAIN}"


def _explanation(decided: Turn, from_state: str, started: float) -> dict[str, object]:
    """Why the bot answered as it did, for staff; `ms`: how long it took to decide."""
    return {
        **asdict(decided.why),
        "from_state": from_state,
        "to_state": decided.memory.state.value,
        "passed": decided.passed.value if decided.passed else None,
        "ms": round((time.perf_counter() - started) * 1000, 1),
    }


def fell_silent(message: Message, *words_before: datetime | None) -> bool:
    """Whether it was so long before this message that anybody said a word that a half-finished flow is set aside.

    What the bot said late (after an outage, say) counts from when it left: nobody can answer it earlier. Homework that
    is answered and money that arrived (Policy.PARK) ask nothing: a flow is as old afterwards as it was before.
    """
    last = max(filter(None, words_before), default=None)
    return last is not None and thread.moment(message) - last >= timedelta(minutes=settings.BOT_IDLE_MINUTES)


def account_notice(item: int, notice: Notice) -> None:
    """Put what the provider says about our account before staff; stop sending where it says that we must.

    It is named after the row of its item: the item's key may be a message's id, which holds a phone number in base64.
    """
    data = {**notice.data, "item": item}
    raise_notice(f"{notice.kind}-{item}", notice.kind, notice.severity, notice.title, **data)
    if notice.stops_sending:
        gates.stop(SendError(Verdict.ACCOUNT, notice.title))


def apologise(received: Item) -> None:
    """Keep a message that could not be handled visible in its thread, and tell the student that we have it."""
    if not isinstance(received, Received) or received.kind in QUIET:
        return
    conversation = people.lock(people.conversation_with(received.person).pk)
    if not Message.objects.filter(provider_id=received.provider_id).exists():
        message = thread.add_received(conversation, received, timezone.now())
        message.explanation = {"rule": PUT_ASIDE, "keyword": None, "state": conversation.state}
        message.save(update_fields=["explanation"])
        if conversation.is_chat_support:
            heard_in_chat.send(sender=Conversation, message=message)
    outbox.post(conversation, say(phrase("sorry_failed"), conversation.contact.language))
