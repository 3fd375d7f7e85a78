"""What the page is told: phones and the messages that are new to it, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from whatsapp.simulator import shown
from whatsapp.simulator.limits import UPLOADS
from whatsapp.simulator.models import Bubble, MediaFile, Phone

JSON = dict[str, Any]
MOST = 300  # messages of a thread that a page gets at first
NOT_BUBBLES = frozenset({"reaction", "revoke", "edit"})  # they change another message instead of standing in the thread
BEFORE_ARRIVAL = frozenset({"accepted", "sent"})  # of our messages: the phone is offline and does not have them yet


def of_phone(phone: Phone) -> JSON:
    """A phone without its thread."""
    left = phone.typing_until - timezone.now() if phone.typing_until else None
    return {
        "id": phone.pk,
        "number": phone.number,
        "name": phone.name,
        "user_id": phone.user_id,
        "hides_number": phone.hides_number,
        "online": phone.online,
        "reading": phone.reading,
        "faults": phone.faults,
        "trouble": phone.trouble,
        "typing_seconds": max(0, round(left.total_seconds())) if left else 0,
        "version": phone.version,
    }


def news(seen: Mapping[int, int]) -> list[JSON]:
    """For each phone that has changed since the version a page has seen: the phone and its new or changed messages.

    A phone that is gone is told as `{"id", "gone": true}`.
    """
    found = {phone.pk: phone for phone in Phone.objects.filter(pk__in=seen)}
    changed = [phone for pk, phone in found.items() if phone.version > seen[pk]]
    gone = [{"id": pk, "gone": True} for pk in seen if pk not in found]
    return [of_phone(phone) | {"messages": _messages(phone, seen[phone.pk])} for phone in changed] + gone


def _messages(phone: Phone, after: int) -> list[JSON]:
    return messages(_newest(phone.bubbles.filter(version__gt=after)))


def earlier(phone: Phone, before: int) -> list[JSON]:
    """The messages of a thread that stand before a place in it, at most MOST of them, oldest first."""
    return messages(_newest(phone.bubbles.filter(pk__lt=before)))


def _newest(bubbles: QuerySet[Bubble]) -> Iterable[Bubble]:
    hidden = Q(kind__in=NOT_BUBBLES) | Q(from_person=False, status__in=BEFORE_ARRIVAL)
    return reversed(bubbles.exclude(hidden).order_by("-pk")[:MOST])


def messages(bubbles: Iterable[Bubble]) -> list[JSON]:
    """Messages as the page draws them, with their files' names and what they quote."""
    listed = list(bubbles)
    names = MediaFile.objects.filter(media_id__in=[each.content["id"] for each in listed if _has_file(each)])
    files = {file.media_id: file for file in names.defer("data")}
    quoted = Bubble.objects.filter(wamid__in=[each.quotes for each in listed if each.quotes])
    quotes = {each.wamid: each for each in quoted}
    return [_message(each, files, quotes) for each in listed]


def _has_file(bubble: Bubble) -> bool:
    return bubble.kind in UPLOADS and "id" in bubble.content


def _message(bubble: Bubble, files: Mapping[str, MediaFile], quotes: Mapping[str, Bubble]) -> JSON:
    header = bubble.content.get("header", {}) if bubble.kind == "interactive" else {}
    footer = bubble.content.get("footer", {}) if bubble.kind == "interactive" else {}
    return {
        "wamid": bubble.wamid,
        "place": bubble.pk,
        "mine": bubble.from_person,
        "kind": bubble.kind,
        "text": shown.text(bubble),
        "place_on_map": shown.place_on_map(bubble),
        "header": header.get("text", ""),
        "footer": footer.get("text", ""),
        "buttons": [asdict(button) for button in shown.buttons(bubble)],
        "list_label": shown.list_label(bubble),
        "sections": [asdict(section) for section in shown.sections(bubble)],
        "file": _file(bubble, files) if _has_file(bubble) else None,
        "quote": _quote(quotes.get(bubble.quotes)),
        "status": bubble.status,
        "our_reaction": bubble.our_reaction,
        "their_reaction": bubble.their_reaction,
        "revoked": bubble.revoked,
        "edited": bubble.edited,
        "at": bubble.created_at.isoformat(),
    }


def _file(bubble: Bubble, files: Mapping[str, MediaFile]) -> JSON:
    file = files.get(bubble.content["id"])
    return {
        "id": bubble.content["id"],
        "mime_type": file.mime_type if file else "",
        "filename": bubble.content.get("filename") or (file.filename if file else ""),
        "voice": bool(bubble.content.get("voice")),
    }


def _quote(bubble: Bubble | None) -> JSON | None:
    if bubble is None:
        return None
    return {"mine": bubble.from_person, "kind": bubble.kind, "text": shown.text(bubble)[:200], "wamid": bubble.wamid}
