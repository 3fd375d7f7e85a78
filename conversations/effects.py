"""Carrying out what the bot wishes. Each kind of wish has one registered function; the desk registers its own.

`apply` fails loudly for a wish nobody fulfils, and a test compares the registry with the closed union of effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch

from django.contrib.auth.models import User

from conversations import outbox, wording
from conversations.bot.types import RequestPayment, SaveProfile, Say, SpeakLanguage, SubmitHomework
from conversations.models import Attachment, Conversation, Homework, Message, Payment, Policy, Sender


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a turn takes place: the locked conversation, the message that caused it (if any), and the moment."""

    conversation: Conversation
    message: Message | None
    now: datetime


@singledispatch
def apply(effect: object, setting: Setting) -> None:
    """Carry out one wish in this setting, inside its transaction. Raises NotImplementedError for an unknown kind."""
    raise NotImplementedError(f"Nobody fulfils {type(effect).__name__}.")


@apply.register
def _say(effect: Say, setting: Setting) -> None:
    language = setting.conversation.contact.language
    content = effect.content
    outbox.post(
        setting.conversation,
        wording.say(content.text, language),
        buttons=wording.buttons(content, language),
        list_label=wording.say(content.list_label, language) if content.list_label else "",
        policy=Policy.PARK if effect.promise or effect.staff else Policy.RESEND,
        sender=Sender.ADMIN if effect.staff else Sender.BOT,
        staff=User.objects.filter(pk=effect.staff).first() if effect.staff else None,
    )


@apply.register
def _save_profile(effect: SaveProfile, setting: Setting) -> None:
    contact = setting.conversation.contact
    given: dict[str, object] = {"name": effect.name, "email": effect.email, "class_grade": effect.class_grade}
    if effect.registers:
        given["registered_at"] = contact.registered_at or setting.now
    changed = [name for name, value in given.items() if value is not None]
    for name in changed:
        setattr(contact, name, given[name])
    # Only these: what the provider says of the person is learnt without the conversation's lock.
    contact.save(update_fields=[*changed, "updated_at"])


@apply.register
def _speak_language(effect: SpeakLanguage, setting: Setting) -> None:
    setting.conversation.contact.language = effect.language
    setting.conversation.contact.save(update_fields=["language", "updated_at"])


@apply.register
def _submit_homework(effect: SubmitHomework, setting: Setting) -> None:
    homework = Homework.objects.create(
        reference=effect.reference,
        contact=setting.conversation.contact,
        subject=effect.subject,
        submission_type=Homework.IMAGE if effect.attachments else Homework.TEXT,
        content=effect.text,
    )
    mine = Attachment.objects.filter(message__conversation=setting.conversation)
    mine.filter(pk__in=effect.attachments).update(homework=homework)


@apply.register
def _request_payment(effect: RequestPayment, setting: Setting) -> None:
    Payment.objects.create(
        reference=effect.reference,
        contact=setting.conversation.contact,
        amount=effect.amount,
        currency=effect.currency,
        plan=effect.plan,
        days=effect.days,
    )


def fetch_soon(attachment: Attachment) -> None:
    """Queue the download of a received file, in the transaction that stored its message."""
    from conversations.tasks import fetch_attachment

    fetch_attachment.defer(attachment_id=attachment.pk)
