"""Delivery reports: Meta's `statuses`, understood at once because each is a constant amount of work."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from conversations.received import Receipt
from whatsapp import addresses
from whatsapp.inbound.values import identifier, listed, mapping, text, timestamp

STATUS_LENGTH = 32
RECIPIENT_LENGTH = 160

# The first that is there: of a group's members each reports for themselves, and Meta spells them in two ways.
_RECIPIENTS = (
    "recipient_participant_id",
    "participant_recipient_id",
    "recipient_participant_user_id",
    "recipient_id",
    "recipient_user_id",
)


def receipt(status: object) -> Receipt | None:
    """The delivery report in one element of `statuses`; None where it names no message or no status."""
    report = mapping(status)
    provider_id, word = identifier(report.get("id")), report.get("status")
    if provider_id is None or not isinstance(word, str) or not 0 < len(word) <= STATUS_LENGTH:
        return None
    return Receipt(
        provider_id=provider_id,
        status=word,
        at=timestamp(report.get("timestamp")),
        recipient=_recipient(report),
        client_ref=_reference(report.get("biz_opaque_callback_data")),
        error=first_error(report),
        pricing=mapping(report.get("pricing")) or None,
    )


def first_error(holder: dict[str, Any]) -> dict[str, Any] | None:
    """The first of Meta's `errors` as `{code, title, details}`; None without one."""
    error = next((error for error in listed(holder.get("errors")) if isinstance(error, dict)), None)
    if error is None:
        return None
    return {
        "code": _code(error.get("code")),
        "title": text(error.get("title") or error.get("message"), 300),
        "details": text(mapping(error.get("error_data")).get("details"), 1000),
    }


def _code(value: object) -> int | None:
    """Meta's error code; numbers that fit no database column are none of Meta's."""
    if isinstance(value, str) and len(value) <= 9 and value.isascii() and value.isdigit():
        return int(value)
    return value if type(value) is int and 0 <= value < 10**9 else None


def _recipient(report: dict[str, Any]) -> str:
    value = next((text(report.get(name)) for name in _RECIPIENTS if report.get(name)), "")
    return (addresses.phone(value) or value)[:RECIPIENT_LENGTH]


def _reference(value: object) -> UUID | None:
    """Our own reference, if that is what came back: `UUID` alone also takes braces, underscores and foreign digits."""
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        reference = UUID(value)
    except ValueError:
        return None
    return reference if str(reference) == value.lower() else None
