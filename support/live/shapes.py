"""What a console is told: rows as the API shows them, as Server-Sent Events (WHATWG HTML, "Server-sent events").

An event's data is what the row says when the event is told, read once for all consoles. So two events about one row may
say the same; what a console keeps by id is right whatever it missed or saw twice.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from conversations import outbox, selectors
from conversations.admin.thread import trouble_of
from conversations.events import Happened, Kind
from conversations.models import Attachment, Conversation, DeliveryStatus, Message, Sender
from support.models import PRESENT, EntryKind, SupportMessage, SupportTicket

Data = dict[str, Any]

LONGEST = 1000  # characters of a text; `truncated` says that the thread has more
PIECE = 64 * 1024  # bytes
LAST_WORDS = 200  # characters of the last message in a list
SAID = (EntryKind.MESSAGE, EntryKind.REPORTED)  # notes are not counted


def frame(kind: str, data: Mapping[str, Any], event_id: int | None = None) -> bytes:
    """One event as bytes. Without an id the client's last one stays: such an event is a state, not a happening."""
    head = "" if event_id is None else f"id: {event_id}\n"
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"{head}event: {kind}\ndata: {text}\n\n".encode("utf-8", "backslashreplace")


def heartbeat(now: datetime, event_id: int | None = None) -> bytes:
    """A sign of life. At the beginning of a stream it carries the id from which a client can go on."""
    return frame("heartbeat", {"time": _utc(now)}, event_id)


def reset(event_id: int) -> bytes:
    """Look at the lists again: what happened cannot be told one by one. From `event_id` on it can."""
    return frame("reset", {}, event_id)


def notifications(figures: Mapping[str, int | bool]) -> bytes:
    """The banner's figures."""
    return frame("notifications", figures)


EXPIRED = frame("expired", {})


def frames(events: Iterable[Happened]) -> list[bytes]:
    """These events with what their rows say now: a few statements, however many there are."""
    found = list(events)
    subjects = defaultdict(set)
    for event in found:
        subjects[event.kind].add(event.subject)
    shown = {kind: _SHOW[kind](ids) for kind, ids in subjects.items()}
    return [frame(event.kind, _told(event, shown[event.kind]), event.id) for event in found]


def packed(frames_: Iterable[bytes]) -> list[bytes]:
    """Frames in pieces of about PIECE bytes: one write for a burst, and a slow client holds up little at a time."""
    pieces = [b""]
    for one in frames_:
        if len(pieces[-1]) + len(one) > PIECE and pieces[-1]:
            pieces.append(one)
        else:
            pieces[-1] += one
    return [piece for piece in pieces if piece]


def _told(event: Happened, shown: Mapping[int, Data]) -> Data:
    data = shown.get(event.subject) or _gone(event)
    return data | (event.data or {}) | {"at": _utc(event.at)}


def _gone(event: Happened) -> Data:
    """A row that is no more (a merge of two records, an erasure) is told by its name alone."""
    if event.kind in {Kind.CONVERSATION, Kind.PRESENCE}:
        return {"gone": True, "conversation_id": event.subject}
    return {"gone": True, "id": event.subject if event.kind == Kind.TICKET else f"msg_{event.subject}"}


# --- Rows -------------------------------------------------------------------------------------------------------------


def with_people(tickets: QuerySet[SupportTicket]) -> QuerySet[SupportTicket]:
    """The tickets with all that a list shows of each."""
    said = SupportMessage.objects.filter(ticket=OuterRef("pk"), kind__in=SAID).order_by().values("ticket")
    number = Subquery(said.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
    found = tickets.select_related("conversation__contact", "assigned_admin", "category")
    return found.annotate(message_count=Coalesce(number, 0))


def _messages(ids: set[int]) -> dict[int, Data]:
    rows = Message.objects.filter(pk__in=ids).select_related("conversation__contact", "staff")
    return {row.pk: message(row) for row in rows.prefetch_related("attachments") if _is_of_somebody(row.conversation)}


def _deliveries(ids: set[int]) -> dict[int, Data]:
    rows = Message.objects.filter(pk__in=ids).select_related("conversation__contact")
    return {row.pk: _who(row.conversation) | delivery(row) for row in rows if _is_of_somebody(row.conversation)}


def _conversations(ids: set[int]) -> dict[int, Data]:
    rows = Conversation.objects.filter(pk__in=ids).select_related("contact", "last_message")
    tickets = SupportTicket.objects.filter(PRESENT, conversation__in=ids).select_related("assigned_admin")
    present = {ticket.conversation_id: ticket for ticket in tickets}
    return {row.pk: conversation(row, present.get(row.pk)) for row in rows if _is_of_somebody(row)}


def _tickets(ids: set[int]) -> dict[int, Data]:
    rows = with_people(SupportTicket.objects.filter(pk__in=ids))
    return {row.pk: ticket(row) | {"message_count": row.message_count} for row in rows}  # type: ignore[attr-defined]


def _people(ids: set[int]) -> dict[int, Data]:
    rows = Conversation.objects.filter(pk__in=ids).select_related("contact")
    return {row.pk: _who(row) for row in rows if _is_of_somebody(row)}


def _is_of_somebody(row: Conversation) -> bool:
    """Whether the person is still known: what stays of an erased one is nothing to be shown."""
    return not row.contact.is_erased


_SHOW: dict[Kind, Callable[[set[int]], dict[int, Data]]] = {
    Kind.MESSAGE: _messages,
    Kind.DELIVERY: _deliveries,
    Kind.CONVERSATION: _conversations,
    Kind.TICKET: _tickets,
    Kind.PRESENCE: _people,
}


def message(row: Message) -> Data:
    """A message as it stands in a thread; a text is cut at LONGEST."""
    return {
        **_who(row.conversation),
        **delivery(row),
        "text": row.text[:LONGEST],
        "truncated": len(row.text) > LONGEST,
        "timestamp": _utc(row.created_at),
        "sender": row.sender,
        "sender_type": row.sender,
        "sender_name": _speaker(row),
        "message_type": row.kind,
        "buttons": row.buttons,
        "media": media(row),
        "reply_to": f"msg_{row.reply_to_id}" if row.reply_to_id else None,
        "explanation": row.explanation,
        "revoked_at": _utc(row.revoked_at),
    }


def conversation(row: Conversation, present: SupportTicket | None) -> Data:
    """A conversation as it stands in the list; `present` is the ticket in which something goes on."""
    last = row.last_message
    return {
        **_who(row),
        "student_name": row.contact.display_name,
        "type": "student" if row.contact.is_registered else "lead",
        "state": row.state,
        "is_active": row.is_chat_support or _heard_lately(row),
        "is_chat_support": row.is_chat_support,
        "last_message": last.text[:LAST_WORDS] if last else "",
        "last_message_type": last.kind if last else None,
        "last_message_sender": last.sender if last else None,
        "last_message_time": _utc(row.last_message_at),
        "message_count": row.message_count,
        "unread_count": row.unread_count,
        "labels": row.labels,
        "ticket_id": present.pk if present else None,
        "assigned_to": _username(present),
        "waiting_since": _utc(present.waiting_since) if present else None,
        "window_expires_at": _utc(row.window_expires_at),
    }


def ticket(row: SupportTicket) -> Data:
    """A ticket as it stands in the list, but for the number of its messages."""
    contact = row.conversation.contact
    return {
        **_who(row.conversation),
        "id": row.pk,
        "ticket_id": row.pk,
        "sender_name": row.sender_name,
        "student_id": contact.pk if contact.is_registered else None,
        "student_name": contact.display_name,
        "issue_description": row.issue_description[:LONGEST],
        "status": row.status,
        "priority": row.priority,
        "category": row.category.name if row.category else None,
        "assigned_admin_id": row.assigned_admin_id,
        "assigned_to": _username(row),
        "waiting_since": _utc(row.waiting_since),
        "created_at": _utc(row.created_at),
        "updated_at": _utc(row.updated_at),
        "first_response_at": _utc(row.first_response_at),
        "resolved_at": _utc(row.resolved_at),
    }


def _heard_lately(row: Conversation) -> bool:
    return row.last_inbound_at is not None and row.last_inbound_at > timezone.now() - selectors.ACTIVE_FOR


def _who(row: Conversation) -> Data:
    contact = row.contact
    return {"conversation_id": row.pk, "phone_number": contact.phone, "contact_id": contact.phone or contact.user_id}


def delivery(row: Message) -> Data:
    """How far a message has come, and what can be done about it."""
    return {
        "id": f"msg_{row.pk}",
        "delivery_status": row.delivery_status,
        "error": _trouble(row),
        "retry_possible": outbox.retry_possible(row),
    }


def _trouble(row: Message) -> Data | None:
    """What went wrong; of an unknown outcome the hint says whether evidence is waited for, or a person."""
    is_unknown = row.delivery_status == DeliveryStatus.UNKNOWN
    if not row.error and not is_unknown:
        return None
    hint = trouble_of(row) if is_unknown else outbox.hint(row)
    return {"code": row.error_code, "message": row.error, "hint": hint}


def media(row: Message) -> Data | None:
    """A message's file, if it has one."""
    return next((_file(file) for file in row.attachments.all()), None)


def _file(file: Attachment) -> Data:
    return {
        "url": f"/api/admin/media/{file.pk}",
        "mime_type": file.mime_type,
        "filename": file.filename,
        "size": file.size,
        "caption": file.message.text,
        "status": file.status,
    }


def _speaker(row: Message) -> str:
    if row.sender == Sender.USER:
        return row.conversation.contact.display_name
    return row.staff.get_username() if row.staff else row.get_sender_display()


def _username(row: SupportTicket | None) -> str | None:
    return row.assigned_admin.get_username() if row and row.assigned_admin else None


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
