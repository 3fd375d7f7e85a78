"""When one student writes faster than anybody can read: a minute's worth is answered, the rest is kept and answered
together once it is over.

Counted by when the messages were said, not by when we got to them: after an outage a whole day may come in at once,
and that is no flood.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import people, prepared, runner
from conversations.bot.intents import find
from conversations.bot.keywords import Intent
from conversations.bot.rules import Rule
from conversations.bot.types import Event, FloodOver, Pressed, Text, TooFast, Unanswerable
from conversations.models import Conversation, Message, Sender
from conversations.received import QUIET
from conversations.records import lock_owner

MINUTE = timedelta(minutes=1)
QUIET_FOR = timedelta(seconds=30)  # after which a flood is over


def instead_of(event: Event, conversation: Conversation, message: Message) -> Event:
    """`TooFast` where this message is one too many, else the event itself.

    In a live chat people read and the acknowledgement has its own pause; a call for a person is always heard.
    """
    if conversation.is_chat_support or _is_always_heard(event, conversation.contact.language):
        return event
    limit = settings.BOT_MESSAGES_PER_MINUTE
    if conversation.message_count <= limit:
        return event
    moments = [moment for (moment,) in prepared.rows(_MOMENTS, [conversation.pk, list(QUIET), limit + 1])]
    if len(moments) <= limit or moments[0] - moments[limit] >= MINUTE:
        return event
    first = not _is_awaited(conversation.pk)
    if first:
        _answer_later(conversation.pk, message.pk)
    return TooFast(first=first)


# When the student said what they said last (see thread.moment), without what was kept: whoever goes on and on is
# answered as often as we answer, rather than no more.
_MOMENTS = """
SELECT least(said_at, created_at) FROM conversations_message
WHERE conversation_id = %s AND sender = 'user' AND NOT kind = ANY(%s)
AND explanation ->> 'rule' IS DISTINCT FROM 'too_fast' ORDER BY id DESC LIMIT %s
"""


def _is_always_heard(event: Event, language: str) -> bool:
    if isinstance(event, Text):
        return find(event.body, language, alone={Intent.SUPPORT}) is not None
    return isinstance(event, Unanswerable) or (isinstance(event, Pressed) and event.id == Intent.SUPPORT.value)


def _is_awaited(conversation_id: int) -> bool:
    """Whether what was kept will be answered anyway."""
    jobs = ProcrastinateJob.objects.filter(task_name="answer_flood", status__in=("todo", "doing"))
    return jobs.filter(args__conversation_id=conversation_id).exists()


def _answer_later(conversation_id: int, since: int) -> None:
    from conversations.tasks import answer_flood

    answer_flood.configure(schedule_in={"seconds": int(MINUTE.total_seconds())}).defer(
        conversation_id=conversation_id, since=since
    )


def answer(conversation_id: int, since: int, now: datetime | None = None) -> None:
    """Answer what was kept of a flood that began with message `since`, or look again later while it goes on."""
    now = now or timezone.now()
    with transaction.atomic():
        conversation = _locked(conversation_id, since)
        said = conversation.messages.filter(sender=Sender.USER, pk__gte=since)
        if said.filter(created_at__gt=now - QUIET_FOR).exists():
            _answer_later(conversation.pk, since)
            return
        kept = said.filter(explanation__rule=Rule.TOO_FAST.value).count()
        if kept:
            runner.turn(conversation, FloodOver(kept), None, now)


def _locked(conversation_id: int, message_id: int) -> Conversation:
    """The conversation, or the one that it has become a part of meanwhile, with its messages."""
    try:
        return people.lock(conversation_id)
    except Conversation.DoesNotExist:
        return lock_owner(messages=message_id)
