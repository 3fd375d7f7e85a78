"""Writing a message that is to leave. `post` runs in the caller's transaction; `conversations.sender` does the rest.

Policy: what the bot says may be said twice when nobody can tell whether it arrived (a student left without an answer is
worse); what a person or money is behind waits for a person's decision.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from conversations import thread, wakeup
from conversations.channel import BY_ITSELF, GIVEN_UP, PASSING, Button, File, Outgoing, Template, Verdict, get_channel
from conversations.errors import NotRetryable
from conversations.models import (
    Attachment,
    AttachmentStatus,
    Contact,
    Conversation,
    DeliveryReport,
    DeliveryStatus,
    Message,
    Policy,
    Sender,
)
from conversations.received import Person
from conversations.records import lock_owner
from conversations.texts import phrase
from conversations.wording import say

GOES_BY_ITSELF = "It is sent by itself as soon as the person writes again."


def post(
    conversation: Conversation,
    text: str,
    *,
    sender: Sender = Sender.BOT,
    staff: User | None = None,
    buttons: tuple[Button, ...] = (),
    list_label: str = "",
    template: Template | None = None,
    attachment: Attachment | None = None,
    reply_to: Message | None = None,
    policy: Policy | None = None,
    client_id: str | None = None,
) -> Message:
    """Queue words for the person, a file with a caption, or a template; returns the message.

    What the provider does not take in one piece becomes several messages, of which the first is returned. The caller
    holds the conversation's lock, inside a transaction. Words of staff wait for a person where their outcome stays
    unknown, unless `policy` says otherwise. `attachment` is not saved yet, its bytes are (`attachment.file`).
    """
    draft = Outgoing(
        ref=uuid4(),
        to=Person(),
        text=text,
        buttons=buttons,
        list_label=list_label,
        template=template,
        file=_described(attachment) if attachment else None,
    )
    first, *others = get_channel().parts(draft)
    common = _Common(sender, staff, policy or _policy(sender, template))
    message = thread.add(conversation, _row(first, common, reply_to=reply_to, client_id=client_id))
    if attachment:
        attachment.message, attachment.status = message, AttachmentStatus.STORED
        attachment.save()
    for part in others:
        thread.add(conversation, _row(part, common))
    wakeup.call(wakeup.OUTBOX)
    return message


@dataclass(frozen=True, slots=True)
class _Common:
    """What all parts of one posting share."""

    sender: Sender
    staff: User | None
    policy: Policy


def _policy(sender: Sender, template: Template | None) -> Policy:
    return Policy.PARK if sender == Sender.ADMIN or template else Policy.RESEND


def _row(part: Outgoing, common: _Common, **first: Any) -> Message:
    return Message(
        sender=common.sender,
        staff=common.staff,
        policy=common.policy,
        kind=_kind(part),
        text=part.text,
        buttons=[asdict(button) for button in part.buttons],
        list_label=part.list_label,
        template=asdict(part.template) if part.template else None,
        client_ref=part.ref,
        delivery_status=DeliveryStatus.QUEUED,
        **first,
    )


WORDS = ("text", "interactive", "template")  # kinds of messages without a file


def _kind(part: Outgoing) -> str:
    if part.template:
        return "template"
    if part.file:
        return part.file.kind
    return "interactive" if part.buttons else "text"


def retry(message: Message) -> None:
    """Queue a failed message again, or one whose outcome a person was asked about. Raises NotRetryable for any other.

    Its reference stays the same: should the first try turn out to have arrived, the report still finds the message.
    """
    with transaction.atomic():
        lock_owner(messages=message.pk)
        again = Message.objects.filter(pk=message.pk, lease_until=None, hold_until=None).filter(
            delivery_status__in=[DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN]
        )
        changed = again.update(
            delivery_status=DeliveryStatus.QUEUED,
            provider_id=None,
            forgiven=F("attempts"),
            due_at=Now(),
            error="",
            error_code=None,
            failed_at=None,
        )
        if not changed:
            raise NotRetryable(message.pk)
        DeliveryReport.objects.filter(message=message.pk).update(superseded=True)
        wakeup.call(wakeup.OUTBOX)


def retry_possible(message: Message) -> bool:
    """Whether `retry` would take this message."""
    waits_for_a_person = message.delivery_status == DeliveryStatus.UNKNOWN and message.hold_until is None
    return message.delivery_status == DeliveryStatus.FAILED or waits_for_a_person


def send_what_was_refused(conversation: Conversation) -> None:
    """Queue again what was refused only because the person had not written for long: they have written now.

    The caller holds the conversation's lock.
    """
    failed = conversation.messages.filter(delivery_status=DeliveryStatus.FAILED, hold_until=None).order_by("pk")
    for message in failed:
        if waits_for_the_person(message):
            retry(message)


def waits_for_the_person(message: Message) -> bool:
    """Whether a refused message leaves by itself once the person writes: an answer to homework, money that arrived.

    That is as true then as before. About what they wrote in a chat staff decide themselves, and the bot's other words
    belong to a moment that is over.
    """
    is_lasting = message.sender == Sender.BOT and message.policy == Policy.PARK
    is_refused = is_lasting and message.delivery_status == DeliveryStatus.FAILED
    return is_refused and get_channel().verdict(message.error_code) is Verdict.WINDOW_CLOSED


def hint(message: Message) -> str:
    """What staff can do about a message's error, in plain words; "" where nothing is known."""
    channel = get_channel()
    known = channel.hint(message.error_code)
    if waits_for_the_person(message):
        return f"{known} {GOES_BY_ITSELF}".strip()
    if message.delivery_status == DeliveryStatus.FAILED:
        return when_given_up(known, channel.verdict(message.error_code))
    return known


def when_given_up(hint: str, verdict: Verdict | None) -> str:
    """The hint about an error once its message has failed: what would pass is not tried any more."""
    return f"{hint.removeprefix(BY_ITSELF)} {GIVEN_UP}".strip() if verdict in PASSING else hint


def outgoing(message: Message, contact: Contact, quotes: str | None) -> Outgoing:
    """The message as the channel sends it, but for its file (`file_of`).

    Staff's answers carry their prefix here; the stored text has none.
    """
    return Outgoing(
        ref=message.client_ref,
        to=Person(phone=contact.phone, user_id=contact.user_id),
        text=_spoken(message, contact),
        buttons=tuple(Button(**button) for button in message.buttons),
        list_label=message.list_label,
        template=_template(message.template),
        quotes=quotes,
    )


def _spoken(message: Message, contact: Contact) -> str:
    """Closing words need no prefix: they come with the buttons of what is next, which an answer never has."""
    if message.sender != Sender.ADMIN or message.template or message.buttons or not message.text:
        return message.text
    return say(phrase("staff_message", text=message.text), contact.language)


def _template(stored: dict[str, Any] | None) -> Template | None:
    if stored is None:
        return None
    return Template(stored["name"], stored["language"], tuple(stored["parameters"]))


def file_of(message_id: int) -> File | None:
    """The file of a message, with its bytes, which may be far away. Raises StoreError, FileNotFoundError."""
    attachment = Attachment.objects.filter(message=message_id).first()
    if attachment is None:
        return None
    with attachment.file.open("rb") as file:
        return replace(_described(attachment), data=file.read())


def _described(attachment: Attachment) -> File:
    """The file without its bytes."""
    return File(
        kind=attachment.kind,
        mime_type=attachment.mime_type,
        filename=attachment.filename,
        data=b"",
        key=attachment.sha256,
        voice=attachment.voice,
    )
