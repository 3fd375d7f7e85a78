"""Meta's side of the stand-in: taking a message for a phone, reporting what became of it, marking as read."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from whatsapp.simulator import callbacks, limits, payloads, webhooks
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.faults import ANSWERS, Answer, Faults
from whatsapp.simulator.models import Bubble, Callback, MediaFile, Phone, Switchboard, faults_of, lock

WINDOW = timedelta(hours=24)
PAIR_INTERVAL = timedelta(seconds=6)  # one message to one person in 6 s …
PAIR_BURST = 45  # … and up to 45 at once, borrowed from the future
TYPING = timedelta(seconds=25)
LADDER = ("accepted", "sent", "delivered", "read")
AFTER = {"sent": 0.0, "delivered": 0.2, "read": 0.6, "played": 0.0, "failed": 0.3}  # seconds
LATE = 20.0  # seconds by which the switch `statuses: late` holds each report back


# --- sending to a phone -----------------------------------------------------------------------------------------------


def recipient(body: Mapping[str, Any]) -> Phone:
    """The phone a message is for: `to` wins over `recipient`. Raises GraphError(131026) where there is none."""
    if to := str(body.get("to") or ""):
        number = _digits(to)
        if number == webhooks.DISPLAY_NUMBER:
            raise GraphError(131021, "Recipient phone number cannot be the same as the sender phone number.")
        phone = Phone.objects.filter(number=number).first()
    else:
        phone = Phone.objects.filter(user_id=str(body["recipient"])).first()
    if phone is None:
        raise GraphError(131026, "The recipient is not a phone of the simulator.")
    return phone


def _digits(to: str) -> str:
    """The number somebody wrote, as Meta reads it: without `+` it is taken for one of our own country."""
    digits = re.sub(r"[^0-9]", "", to)
    return digits if to.lstrip().startswith("+") else webhooks.DISPLAY_NUMBER[:1] + digits


def strike(phone: Phone) -> tuple[Faults, Answer]:
    """The switches of a phone and how this send is to be answered; a switch that counts is counted down."""
    faults = faults_of(phone)
    answer = faults.struck
    if answer is not ANSWERS["ok"] and faults.times and not _count_down(phone):
        answer = ANSWERS["ok"]
    return faults, answer


@transaction.atomic
def _count_down(phone: Phone) -> bool:
    """Use up one of the `times` that a fault strikes; False when somebody else had the last one."""
    holder = Phone.objects.select_for_update() if "times" in phone.faults else Switchboard.objects.select_for_update()
    row = holder.get(pk=phone.pk if "times" in phone.faults else 1)
    left = row.faults.get("times", 0)
    if left > 0:
        row.faults["times"] = left - 1
    if left <= 1:
        row.faults = {name: value for name, value in row.faults.items() if name not in {"times", "answer"}}
    row.save(update_fields=["faults"])
    return bool(left > 0)


@transaction.atomic
def accept(phone: Phone, body: Mapping[str, Any], faults: Faults, failure: int | None = None) -> Bubble:
    """Take a message for a phone: it stands in the thread, and its statuses are on their way.

    `failure` is the code with which it fails later. Raises GraphError when the 24-hour window is closed (131047), this
    person got too much (131056), or a file cannot be sent so.
    """
    phone, kind, now = lock(phone.pk), str(body.get("type", "text")), timezone.now()
    if kind != "template":
        _check_window(phone, now)
    if faults.pair_limit:
        _check_pair(phone, now)
    content = body[kind]
    if kind in limits.UPLOADS:
        _check_file(kind, content)
    if kind == "reaction":
        phone.bubbles.filter(wamid=content["message_id"]).update(our_reaction=content["emoji"], version=phone.version)
    bubble = Bubble.objects.create(
        phone=phone,
        wamid=payloads.new_wamid(),
        from_person=False,
        kind=kind,
        content=content,
        quotes=body.get("context", {}).get("message_id", ""),
        ref=body.get("biz_opaque_callback_data", ""),
        status="accepted",
        version=phone.version,
    )
    phone.typing_until = None
    phone.save(update_fields=["typing_until", "pair_free_at"])
    if failure is None:
        report(phone, bubble, due_words(bubble, phone), faults)
    else:
        report(phone, bubble, ("sent", "failed"), faults, GraphError(failure))
    return bubble


def _check_window(phone: Phone, now: datetime) -> None:
    if phone.last_inbound_at is None or now - phone.last_inbound_at >= WINDOW:
        raise GraphError(
            131047, "Message failed to send because more than 24 hours have passed since the customer last replied."
        )


def _check_pair(phone: Phone, now: datetime) -> None:
    """The leaky bucket, kept as the moment at which it will be empty."""
    phone.pair_free_at = max(phone.pair_free_at or now, now) + PAIR_INTERVAL
    if phone.pair_free_at - now > PAIR_BURST * PAIR_INTERVAL:
        raise GraphError(131056, "Too many messages sent from this phone number to the same phone number.")


def _check_file(kind: str, content: Mapping[str, Any]) -> None:
    if "id" not in content:
        return  # a link: Meta would fetch it later; the phone shows the address
    file = MediaFile.objects.filter(media_id=content["id"]).first()
    if file is None:
        raise GraphError(131009, f"Media ID {content['id']} does not exist.")
    limits.check_upload(kind, len(file.data), file.mime_type)


# --- statuses ---------------------------------------------------------------------------------------------------------


def due_words(bubble: Bubble, phone: Phone) -> Sequence[str]:
    """The statuses that a message still has to get on a phone that is offline, online, or has our chat open."""
    if bubble.status not in LADDER:
        return ()
    reached = "sent" if not phone.online else "read" if phone.reading else "delivered"
    return LADDER[LADDER.index(bubble.status) + 1 : LADDER.index(reached) + 1]


def report(phone: Phone, bubble: Bubble, words: Sequence[str], faults: Faults, error: GraphError | None = None) -> None:
    """Queue a status webhook for each word, inside the transaction that holds the phone's lock."""
    if not words:
        return
    Bubble.objects.filter(pk=bubble.pk).update(status=words[-1], version=phone.version)
    if faults.statuses == "none":
        return
    for word in words:
        reason = error.in_status() if error and word == "failed" else None
        item = payloads.status(phone.sender, bubble.wamid, word, timezone.now(), ref=bubble.ref, error=reason)
        payload = payloads.statuses(webhooks.line(), phone.sender, [item])
        after = AFTER[word] + (LATE if faults.statuses == "late" else 0)
        callbacks.enqueue(phone, payload, lane=callbacks.STATUS, faults=faults, after=after)


def wait_until_reported(phone: Phone, limit: float = 3.0) -> None:
    """Wait, at most `limit` seconds, until a phone's statuses have been posted: they then arrive before the answer."""
    waiting = Callback.objects.filter(phone=phone, lane__startswith=f"{callbacks.STATUS}:")
    deadline = time.monotonic() + limit
    while waiting.exists() and time.monotonic() < deadline:
        time.sleep(0.02)


def mark_read(wamid: str, *, typing: bool) -> None:
    """We have read the person's messages up to this one, and may be typing. Raises GraphError for an unknown one."""
    bubble = Bubble.objects.filter(wamid=wamid, from_person=True).first()
    if bubble is None:
        raise GraphError(131009, "The message_id is not one of a message that was received.")
    with transaction.atomic():
        phone = lock(bubble.phone_id)
        earlier = Q(pk__lte=bubble.pk, from_person=True, status__in=["sent", "delivered"])
        phone.bubbles.filter(earlier).update(status="read", version=phone.version)
        if typing:
            Phone.objects.filter(pk=phone.pk).update(typing_until=timezone.now() + TYPING)
