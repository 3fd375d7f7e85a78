"""The person's side: what somebody does on a phone. Each verb is one transaction; webhooks leave after it."""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import phonenumbers
from django.db import transaction
from django.utils import timezone

from whatsapp.simulator import callbacks, network, payloads, shown, webhooks
from whatsapp.simulator.limits import MIB
from whatsapp.simulator.models import Bubble, MediaFile, Phone, faults_of, lock

LARGEST_FILE = 19 * MIB  # Meta takes 100 MB; enough here to meet every limit of ours, and what our server lets in
OPENS_NO_WINDOW = frozenset({"reaction", "revoke", "edit", "system"})
EDITABLE = timedelta(minutes=15)  # for so long does the app let people change what they wrote


class PhoneError(Exception):
    """Something a person cannot do on this phone; the message is for the person at the page."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a person sends. `kind` is image, video, audio, document or sticker."""

    kind: str
    data: bytes
    mime_type: str
    filename: str = ""
    caption: str = ""
    voice: bool = False


# --- phones -----------------------------------------------------------------------------------------------------------


def add(number: str, name: str) -> Phone:
    """A new phone. `number` is written with country code, `+` and spaces as one likes. Raises PhoneError."""
    digits, name = _number(number), clean(name).strip()
    if not 1 <= len(name) <= 120:
        raise PhoneError("The name must have 1 to 120 characters.")
    if Phone.objects.filter(number=digits).exists():
        raise PhoneError(f"There is a phone with the number +{digits} already.")
    return Phone.objects.create(number=digits, name=name, user_id=_new_user_id(digits))


def find_or_add(number: str, name: str) -> Phone:
    """The phone with this number, or a new one. Raises PhoneError."""
    return Phone.objects.filter(number=_number(number)).first() or add(number, name)


def clean(text: str) -> str:
    """A text as a phone would send it: PostgreSQL keeps neither NUL nor half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(number: str) -> str:
    digits = re.sub(r"[^0-9]", "", number)
    try:
        phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException as error:
        raise PhoneError("The number must begin with a country code, such as +234 803 000 0001.") from error
    if not 7 <= len(digits) <= 15:
        raise PhoneError("The number must have 7 to 15 digits.")
    return digits


def _new_user_id(digits: str) -> str:
    """A business-scoped user id: the country, a dot, and letters and digits without meaning."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(f"+{digits}")) or "US"
    alphabet = string.ascii_uppercase + string.digits
    return f"{region if region.isalpha() else 'US'}." + "".join(secrets.choice(alphabet) for _ in range(20))


# --- what a person says -----------------------------------------------------------------------------------------------


@transaction.atomic
def say(phone_id: int, kind: str, content: Any, *, quotes: str = "") -> Bubble:
    """Send a message of any type: `content` is the object under the type's name in Meta's JSON, `quotes` a wamid.

    A phone that is offline keeps it until it is online again. Raises Phone.DoesNotExist.
    """
    phone = lock(phone_id)
    bubble = Bubble.objects.create(
        phone=phone,
        wamid=payloads.new_wamid(),
        from_person=True,
        kind=kind,
        content=content,
        quotes=quotes,
        status="sent" if phone.online else "waiting",
        version=phone.version,
    )
    item = payloads.message(
        phone.sender, bubble.wamid, timezone.now(), kind, content, context=_context(phone, quotes) if quotes else None
    )
    _send(phone, payloads.messages(webhooks.line(), [(phone.sender, item)]), bubble)
    if phone.online and kind not in OPENS_NO_WINDOW:
        Phone.objects.filter(pk=phone.pk).update(last_inbound_at=timezone.now())
    return bubble


def _context(phone: Phone, quotes: str) -> Mapping[str, str]:
    """Who said the quoted message, and its id."""
    own = phone.bubbles.filter(wamid=quotes, from_person=True).exists()
    return {"from": phone.number if own else webhooks.DISPLAY_NUMBER, "id": quotes}


def _send(phone: Phone, payload: Mapping[str, Any], bubble: Bubble | None = None) -> None:
    callbacks.enqueue(
        phone, payload, lane=callbacks.MESSAGE, faults=faults_of(phone), bubble=bubble, held=not phone.online
    )


def say_text(phone_id: int, body: str, *, quotes: str = "") -> Bubble:
    """Type a text. Raises PhoneError when it is blank or longer than the app lets people type."""
    return say(phone_id, "text", {"body": _words(body)}, quotes=quotes)


def _words(body: str) -> str:
    body = clean(body)
    if not body.strip() or len(body) > 65_536:
        raise PhoneError("A text must have 1 to 65,536 characters.")
    return body


def tap(phone_id: int, wamid: str, choice_id: str) -> Bubble:
    """Tap a button or choose a list row of a message. Raises PhoneError when the message does not have it."""
    bubble = _bubble(phone_id, wamid)
    choice = next((each for each in shown.choices(bubble) if each.id == choice_id), None)
    if choice is None:
        raise PhoneError("This message has no such button.")
    if shown.list_label(bubble):
        return say(
            phone_id, "interactive", payloads.list_reply(choice.id, choice.title, choice.description), quotes=wamid
        )
    return say(phone_id, "interactive", payloads.button_reply(choice.id, choice.title), quotes=wamid)


@transaction.atomic
def send_file(phone_id: int, upload: Upload, *, quotes: str = "") -> Bubble:
    """Send a photo, a voice note, a document … Raises PhoneError for an empty or very large one."""
    if not 0 < len(upload.data) <= LARGEST_FILE:
        raise PhoneError(f"A file must have 1 byte to {LARGEST_FILE // MIB} MB.")
    sha256 = hashlib.sha256(upload.data).digest()
    file = MediaFile.objects.create(
        media_id=new_media_id(),
        phone_id=phone_id,
        mime_type=clean(upload.mime_type)[:128] or "application/octet-stream",
        filename=clean(upload.filename)[:240],
        data=upload.data,
        sha256=sha256,
    )
    content = payloads.file(
        file.media_id,
        file.mime_type,
        sha256,
        caption=clean(upload.caption),
        filename=file.filename if upload.kind == "document" else "",
        voice=upload.voice if upload.kind == "audio" else None,
    )
    return say(phone_id, upload.kind, content, quotes=quotes)


def new_media_id() -> str:
    """A media id, of digits as Meta's are."""
    return str(10**15 + secrets.randbelow(9 * 10**15))


@transaction.atomic
def react(phone_id: int, wamid: str, emoji: str) -> Bubble:
    """Put an emoji on a message, or with "" take it back (the key is then absent in the webhook). Raises PhoneError."""
    bubble, emoji = _bubble(phone_id, wamid), clean(emoji)[:32]
    said = say(phone_id, "reaction", {"message_id": wamid} | ({"emoji": emoji} if emoji else {}))
    Bubble.objects.filter(pk=bubble.pk).update(their_reaction=emoji, version=said.version)
    return said


@transaction.atomic
def revoke(phone_id: int, wamid: str) -> Bubble:
    """Take one of the person's own messages back. Raises PhoneError."""
    bubble = _bubble(phone_id, wamid)
    if not bubble.from_person:
        raise PhoneError("Only your own messages can be deleted for everyone.")
    said = say(phone_id, "revoke", {"original_message_id": wamid})
    Bubble.objects.filter(pk=bubble.pk).update(revoked=True, version=said.version)
    return said


@transaction.atomic
def edit(phone_id: int, wamid: str, body: str) -> Bubble:
    """Change the words of one of the person's own texts, within 15 minutes. Raises PhoneError."""
    bubble, body = _bubble(phone_id, wamid), _words(body)
    if not bubble.from_person or bubble.kind != "text" or bubble.revoked:
        raise PhoneError("Only your own texts can be edited.")
    if timezone.now() - bubble.created_at > EDITABLE:
        raise PhoneError("A text can be edited for 15 minutes.")
    text = {"body": body}
    said = say(phone_id, "edit", {"original_message_id": wamid, "message": {"type": "text", "text": text}})
    Bubble.objects.filter(pk=bubble.pk).update(content=text, edited=True, version=said.version)
    return said


def _bubble(phone_id: int, wamid: str) -> Bubble:
    bubble = Bubble.objects.filter(phone=phone_id, wamid=clean(wamid)).first()
    if bubble is None:
        raise PhoneError("This message is not on the phone.")
    return bubble


# --- what happens to a phone ------------------------------------------------------------------------------------------


@transaction.atomic
def set_presence(phone_id: int, *, online: bool | None = None, reading: bool | None = None) -> Phone:
    """Go on or offline, open or leave our chat. What waited is sent, delivered and read accordingly."""
    phone = lock(phone_id)
    came_back = online is True and not phone.online
    phone.online = phone.online if online is None else online
    phone.reading = phone.reading if reading is None else reading
    if came_back:
        _send_waiting(phone)
    phone.save(update_fields=["online", "reading", "last_inbound_at"])
    faults = faults_of(phone)
    for bubble in phone.bubbles.filter(from_person=False, status__in=network.LADDER[:-1]).order_by("pk"):
        network.report(phone, bubble, network.due_words(bubble, phone), faults)
    return phone


def _send_waiting(phone: Phone) -> None:
    waiting = phone.bubbles.filter(status="waiting")
    if waiting.exclude(kind__in=OPENS_NO_WINDOW).exists():
        phone.last_inbound_at = timezone.now()
    waiting.update(status="sent", version=phone.version)
    callbacks.release(phone)


@transaction.atomic
def played(phone_id: int, wamid: str) -> None:
    """The person listened to a voice message of ours; reported once. Raises PhoneError."""
    phone, bubble = lock(phone_id), _bubble(phone_id, wamid)
    if bubble.kind == "audio" and not bubble.from_person and bubble.status in network.LADDER:
        network.report(phone, bubble, (*network.due_words(bubble, phone), "played"), faults_of(phone))


@transaction.atomic
def set_profile(phone_id: int, *, name: str | None = None, hides_number: bool | None = None) -> Phone:
    """Change the profile name, or hide the number from businesses (a user name takes its place). Raises PhoneError."""
    phone = lock(phone_id)
    if name is not None:
        phone.name = clean(name).strip()
        if not 1 <= len(phone.name) <= 120:
            raise PhoneError("The name must have 1 to 120 characters.")
    if hides_number is not None:
        phone.hides_number = hides_number
        phone.username = f"{re.sub('[^a-z0-9]+', '.', phone.name.lower())[:40]}.{phone.pk}" if hides_number else ""
    phone.save(update_fields=["name", "hides_number", "username"])
    return phone


@transaction.atomic
def change_number(phone_id: int, number: str) -> Phone:
    """Move to a new number: Meta tells us by a system message and by a notice of the new user id. Raises PhoneError."""
    phone, digits = lock(phone_id), _number(number)
    if Phone.objects.filter(number=digits).exists():
        raise PhoneError(f"There is a phone with the number +{digits} already.")
    old = phone.sender
    phone.number, phone.user_id = digits, _new_user_id(digits)
    phone.save(update_fields=["number", "user_id"])
    now, line = timezone.now(), webhooks.line()
    _send(phone, payloads.number_changed(line, old, phone.sender, payloads.new_wamid(), now))
    _send(phone, payloads.user_id_changed(line, old, phone.sender, now))
    return phone
