"""Adding to a conversation's thread: the one place that writes messages, and the figures repeated of them."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from django.db import transaction
from django.db.models import F

from conversations import courtesy, prepared
from conversations.models import Attachment, Conversation, DeliveryStatus, Message, Sender
from conversations.received import QUIET, MediaRef, Received


def add(conversation: Conversation, message: Message) -> Message:
    """Store a message at the end of the thread. The caller holds the conversation's lock.

    Raises RuntimeError outside a transaction: without the lock two writers would mix up the order.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A thread is written under its conversation's lock.")
    message.conversation = conversation
    conversation.last_message_at = message.created_at
    conversation.message_count += 1
    counted = ["last_message_at", "message_count"]
    if message.is_inbound:
        conversation.unread_count += 1
        counted += ["unread_count"]
        if message.kind not in QUIET:
            conversation.last_inbound_at = max(conversation.last_inbound_at or moment(message), moment(message))
            counted += ["last_inbound_at"]
    answers = message.sender == Sender.ADMIN and not is_overtaken(conversation, message)
    reads = answers and conversation.unread_count > 0
    if reads:
        conversation.unread_count = 0
        counted += ["unread_count"]
    _insert(message, {name: getattr(conversation, name) for name in counted}, reads=reads)
    conversation.last_message = message
    if reads:
        conversation.read_up_to = message.pk
        courtesy.staff_have_read(conversation)
    return message


def is_overtaken(conversation: Conversation, message: Message) -> bool:
    """Whether the person has written since this was said: what a colleague said on the phone may come late."""
    heard = conversation.last_inbound_at
    return heard is not None and message.said_at is not None and message.said_at < heard


def _insert(message: Message, counted: dict[str, object], *, reads: bool) -> None:
    """Write the message and what its conversation repeats of it, in one statement."""
    values = prepared.added(message, without=("id", "due_at"))
    found = prepared.row(
        _insertion(tuple(values), tuple(counted), reads=reads),
        [*values.values(), *counted.values(), message.conversation_id],
    )
    assert found  # noqa: S101
    message.pk, message.due_at = found
    message._state.adding, message._state.db = False, "default"  # noqa: SLF001  (as Model.save does)


@cache
def _insertion(columns: tuple[str, ...], counted: tuple[str, ...], *, reads: bool) -> str:
    set_to = [f"{name} = %s" for name in counted] + (["read_up_to = added.id"] if reads else [])
    return f"""
        WITH added AS (
            INSERT INTO conversations_message ({", ".join(columns)}) VALUES ({", ".join(["%s"] * len(columns))})
            RETURNING id, due_at
        ), counted AS (
            UPDATE conversations_conversation conversation SET {", ".join(set_to)}, last_message_id = added.id
            FROM added WHERE conversation.id = %s
        )
        SELECT id, due_at FROM added
    """  # noqa: S608  (names of columns)


def moment(message: Message) -> datetime:
    """When it was said: WhatsApp's 24 hours and every silence count from there, not from when we got to it."""
    return min(message.said_at or message.created_at, message.created_at)


def add_received(conversation: Conversation, received: Received, now: datetime, *, echo: bool = False) -> Message:
    """Store what a person sent, or (`echo`) what staff sent them elsewhere. A file is still to be fetched."""
    message = Message(
        sender=Sender.ADMIN if echo else Sender.USER,
        delivery_status=DeliveryStatus.SENT if echo else None,
        kind=received.kind,
        text=received.text or (received.media.caption if received.media else ""),
        payload=_payload(received) | ({"echo": True} if echo else {}),
        reply_to=known(conversation, received.quoted or received.target),
        provider_id=received.provider_id,
        said_at=received.at,
        created_at=now,
    )
    add(conversation, message)
    if received.kind == "revoke" and message.reply_to:
        Message.objects.filter(pk=message.reply_to.pk).update(revoked_at=now)
    return message


def attach(message: Message, media: MediaRef) -> Attachment:
    """Note that a message came with a file; `conversations.media` fetches it."""
    return Attachment.objects.create(
        message=message,
        kind="audio" if message.kind == "voice" else message.kind,
        media_id=media.media_id,
        mime_type=media.mime_type,
        filename=media.filename,
        voice=media.voice,
        sha256=media.sha256,
    )


def known(conversation: Conversation, provider_id: str | None) -> Message | None:
    """The message of this conversation that the provider calls `provider_id`."""
    return conversation.messages.filter(provider_id=provider_id).first() if provider_id else None


def mark_read(conversation: Conversation) -> None:
    """Staff have read everything up to now."""
    if conversation.unread_count:
        courtesy.staff_have_read(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(
        unread_count=0, read_up_to=F("last_message_id") if conversation.last_message_id else 0
    )


def _payload(received: Received) -> dict[str, object]:
    payload = dict(received.payload)
    if received.pressed:
        payload |= {"pressed": {"id": received.pressed[0], "title": received.pressed[1]}}
    return payload
