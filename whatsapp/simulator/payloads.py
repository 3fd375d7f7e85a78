"""Webhooks as Meta builds them: the JSON of every message type, of statuses and of identity changes. Pure.

Source: Meta's webhook reference and example payloads, as of Graph API v25.0. What Meta leaves out is left out here too:
a person who hides their number has no `wa_id`, `from` and `recipient_id` anywhere (keys absent, never empty), and a
`failed` status carries no `contacts`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """Our own number at Meta: the account it belongs to, its id, and how it is displayed (digits)."""

    account_id: str
    number_id: str
    display_number: str


@dataclass(frozen=True, slots=True)
class Sender:
    """A person as Meta presents them to us. `number` is digits without `+`; `user_id` is business-scoped."""

    number: str
    user_id: str
    name: str
    username: str = ""
    hides_number: bool = False


def new_wamid() -> str:
    """A message id: long, opaque, and with the `/`, `+` and `=` that real ones may hold."""
    return "wamid." + base64.b64encode(b"\x1d\x11" + secrets.token_bytes(34)).decode()


# --- whole webhooks ---------------------------------------------------------------------------------------------------


def messages(line: Line, pairs: Iterable[tuple[Sender, JSON]]) -> JSON:
    """A webhook with one or more messages, each beside who sent it."""
    senders, items = zip(*pairs, strict=True)
    contacts = [_contact(sender) for sender in dict.fromkeys(senders)]
    return _envelope(line, "messages", {**_head(line), "contacts": contacts, "messages": list(items)})


def statuses(line: Line, sender: Sender, items: Iterable[JSON]) -> JSON:
    """A webhook with delivery reports about messages to one person."""
    listed = list(items)
    value = {**_head(line), "statuses": listed}
    if any(item["status"] != "failed" for item in listed):
        contact = _contact(sender)
        if all(item["status"] == "sent" for item in listed):
            contact["profile"].pop("username", None)
        value["contacts"] = [contact]
    return _envelope(line, "messages", value)


def number_changed(line: Line, old: Sender, new: Sender, wamid: str, at: datetime) -> JSON:
    """The system message of somebody who moved to another number. Meta sends it without `contacts`."""
    body = f"User {old.name} changed from {old.number} to {new.number}"
    system = {"type": "user_changed_number", "body": body, "wa_id": new.number, "user_id": new.user_id}
    return _envelope(line, "messages", {**_head(line), "messages": [message(old, wamid, at, "system", system)]})


def user_id_changed(line: Line, old: Sender, new: Sender, at: datetime) -> JSON:
    """The account-level notice that a business-scoped user id was replaced; a number change brings one as well."""
    change = {
        **_visible("wa_id", new),
        "detail": f"User {new.name} has a new user id",
        "user_id": {"previous": old.user_id, "current": new.user_id},
        "timestamp": _seconds(at),
    }
    return _envelope(line, "user_id_update", {**_head(line), "user_id_update": [change]})


def _envelope(line: Line, field: str, value: JSON) -> JSON:
    changes = [{"value": value, "field": field}]
    return {"object": "whatsapp_business_account", "entry": [{"id": line.account_id, "changes": changes}]}


def _head(line: Line) -> JSON:
    metadata = {"display_phone_number": line.display_number, "phone_number_id": line.number_id}
    return {"messaging_product": "whatsapp", "metadata": metadata}


def _contact(sender: Sender) -> JSON:
    profile = {"name": sender.name} | ({"username": f"@{sender.username}"} if sender.username else {})
    return {"profile": profile, **_visible("wa_id", sender), "user_id": sender.user_id}


def _visible(name: str, sender: Sender) -> JSON:
    return {} if sender.hides_number else {name: sender.number}


def _seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


# --- single items -----------------------------------------------------------------------------------------------------


def message(
    sender: Sender, wamid: str, at: datetime, kind: str, content: object, *, context: Mapping[str, Any] | None = None
) -> JSON:
    """One inbound message. `content` is the object named after the type (an `unsupported` one carries `errors`)."""
    item: JSON = {**({"context": dict(context)} if context else {}), **_visible("from", sender)}
    item |= {"from_user_id": sender.user_id, "id": wamid, "timestamp": _seconds(at)}
    item |= {"type": kind, kind: content}
    if kind == "unsupported":
        details = {"details": "Message type is currently not supported."}
        item["errors"] = [
            {"code": 131051, "title": "Message type unknown", "message": "Message type unknown", "error_data": details}
        ]
    return item


def status(
    sender: Sender, wamid: str, word: str, at: datetime, *, ref: str = "", error: Mapping[str, Any] | None = None
) -> JSON:
    """One delivery report. `word` is sent, delivered, read, played or failed; `ref` our own reference, echoed."""
    item: JSON = {"id": wamid, "status": word, "timestamp": _seconds(at), **_visible("recipient_id", sender)}
    if word != "failed" or sender.hides_number:
        item["recipient_user_id"] = sender.user_id
    if ref:
        item["biz_opaque_callback_data"] = ref
    if error:
        item["errors"] = [dict(error)]
    if word in {"sent", "delivered"}:
        item["pricing"] = {
            "billable": False,
            "pricing_model": "PMP",
            "category": "service",
            "type": "free_customer_service",
        }
    return item


def button_reply(button_id: str, title: str) -> JSON:
    """The `interactive` object of a tapped reply button."""
    return {"type": "button_reply", "button_reply": {"id": button_id, "title": title}}


def list_reply(row_id: str, title: str, description: str = "") -> JSON:
    """The `interactive` object of a chosen list row."""
    row = {"id": row_id, "title": title} | ({"description": description} if description else {})
    return {"type": "list_reply", "list_reply": row}


def file(
    media_id: str, mime_type: str, sha256: bytes, *, caption: str = "", filename: str = "", voice: bool | None = None
) -> JSON:
    """The object of an image, video, audio, document or sticker. `sha256` goes out in base64, as Meta sends it."""
    content: JSON = {"mime_type": mime_type, "sha256": base64.b64encode(sha256).decode(), "id": media_id}
    optional = {"caption": caption or None, "filename": filename or None, "voice": voice}
    return content | {name: value for name, value in optional.items() if value is not None}


# --- on the wire ------------------------------------------------------------------------------------------------------


def encode(payload: Mapping[str, Any]) -> bytes:
    r"""The bytes that travel and are signed: ASCII JSON, other characters as \uXXXX and `/` as `\/`, as Meta does."""
    return json.dumps(payload, ensure_ascii=True, separators=(",", ":")).replace("/", r"\/").encode("ascii")


def signature(secret: str, body: bytes) -> str:
    """The value of `X-Hub-Signature-256` for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
