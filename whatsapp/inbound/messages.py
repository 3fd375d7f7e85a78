"""What a person's message says: one small function per message type, one table.

A reader gets the whole message and answers with what that type carries. Objects may lack anything Meta promises, and
have been seen to (an `interactive` message without `interactive`, a tap without `context`), so no reader insists.
See "messages webhook reference" in Meta's WhatsApp documentation.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conversations.received import MediaRef
from whatsapp.inbound import body
from whatsapp.inbound.values import identifier, listed, mapping, text

MIME_TYPE_LENGTH = 128
FILENAME_LENGTH = 255

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """The part of a `Received` that depends on the message's type."""

    kind: str
    text: str = ""
    pressed: tuple[str, str] | None = None
    media: MediaRef | None = None
    target: str | None = None


def content(message: Fields) -> Content:
    """What `message` says. A type that is missing or new to us is `unknown`."""
    return READERS.get(text(message.get("type")), _unknown)(message)


def payload(message: Fields, kind: str) -> Fields:
    """What the type carries besides its text, and what Meta says beside it (an advertisement, forwarding, errors)."""
    if kind == "unknown":
        return {name: value for name, value in message.items() if name not in _COMMON}
    name = text(message.get("type"))
    own = message.get(name)
    fields = dict(own) if isinstance(own, dict) else {name: own} if own is not None else {}
    if kind == "text":
        fields.pop("body", None)  # it is the message's text already, and may be 65,536 characters long
    return fields | {name: message[name] for name in _BESIDE if name in message}


_BESIDE = ("context", "referral", "errors", "identity", "unsupported")
_COMMON = frozenset({"id", "from", "from_user_id", "from_parent_user_id", "timestamp"})


def _unknown(_message: Fields) -> Content:
    return Content("unknown")


def _text(message: Fields) -> Content:
    words = mapping(message.get("text")).get("body")
    return Content("text", words) if isinstance(words, str) else Content("unknown")


# --- files ------------------------------------------------------------------------------------------------------------


def _file(kind: str) -> Callable[[Fields], Content]:
    def read(message: Fields) -> Content:
        name = text(message.get("type"))
        own = mapping(message.get(name))
        media_id = identifier(own.get("id"))
        if media_id is None:
            return Content(kind, text=text(own.get("caption")))
        media = MediaRef(
            media_id=media_id,
            mime_type=text(own.get("mime_type"), MIME_TYPE_LENGTH),
            sha256=_sha256(own.get("sha256")),
            filename=text(own.get("filename"), FILENAME_LENGTH),
            caption=text(own.get("caption")),
            voice=own.get("voice") is True or name == "voice",  # the type `voice` is older than the flag
            animated=own.get("animated") is True,
        )
        return Content(kind, media=media)

    return read


def _sha256(value: object) -> str:
    """A digest in hexadecimal; webhooks carry it in base64. Empty where it is no SHA-256."""
    encoded = text(value)
    try:
        digest = bytes.fromhex(encoded) if len(encoded) == 64 else base64.b64decode(encoded)
    except ValueError:
        return ""
    return digest.hex() if len(digest) == 32 else ""


# --- taps -------------------------------------------------------------------------------------------------------------


def _interactive(message: Fields) -> Content:
    own = mapping(message.get("interactive"))
    kind = text(own.get("type"))
    reply = mapping(own.get(kind))
    return _INTERACTIVE.get(kind, _no_reply)(reply)


def _no_reply(_reply: Fields) -> Content:
    return Content("interactive")


def _choice(reply: Fields) -> Content:
    return _tap("interactive", reply.get("id"), reply.get("title"))


def _form(reply: Fields) -> Content:
    """A filled-in form: `response_json` is JSON inside a string, written by whoever designed the form."""
    try:
        answers = mapping(body.parse(text(reply.get("response_json")).encode("utf-8", "replace")))
    except body.UnreadableError:
        answers = {}
    lines = [f"{name}: {value}" for name, value in answers.items() if name != "flow_token" and _is_plain(value)]
    return Content("interactive", "\n".join(lines) or text(reply.get("body")))


def _call_permission(reply: Fields) -> Content:
    answer = text(reply.get("response"))
    return Content("interactive", f"📞 {answer}" if answer else "")


_INTERACTIVE: dict[str, Callable[[Fields], Content]] = {
    "button_reply": _choice,
    "list_reply": _choice,
    "nfm_reply": _form,
    "call_permission_reply": _call_permission,
}


def _template_button(message: Fields) -> Content:
    """A quick reply of a template. Where its sender set no payload, as we never do, WhatsApp puts its words there."""
    own = mapping(message.get("button"))
    payload, words = own.get("payload"), own.get("text")
    return _tap("button", None if payload == words else payload, words)


def _tap(kind: str, tapped: object, words: object) -> Content:
    """What was tapped, by its id; without one its title is as good as typed."""
    pressed, title = identifier(tapped), text(words)
    if pressed is None:
        return Content("text" if title else kind, title)
    return Content(kind, title, pressed=(pressed, title))


# --- places, people, goods: a summary that staff can read -------------------------------------------------------------


def _location(message: Fields) -> Content:
    own = mapping(message.get("location"))
    latitude, longitude = own.get("latitude"), own.get("longitude")
    point = f"({latitude}, {longitude})" if _is_plain(latitude) and _is_plain(longitude) else ""
    words = [text(own.get("name")), text(own.get("address")), point]
    return Content("location", _line("📍", *words))


def _contacts(message: Fields) -> Content:
    cards = map(mapping, listed(message.get("contacts")))
    return Content("contacts", "\n".join(map(_card, cards)))


def _card(card: Fields) -> str:
    name = mapping(card.get("name"))
    phones = map(mapping, listed(card.get("phones")))
    numbers = [text(phone.get("phone")) or text(phone.get("wa_id")) for phone in phones]
    return _line("👤", text(name.get("formatted_name")) or text(name.get("first_name")), *numbers)


def _order(message: Fields) -> Content:
    own = mapping(message.get("order"))
    items = map(mapping, listed(own.get("product_items")))
    return Content("order", "\n".join(filter(None, [*map(_product, items), text(own.get("text"))])))


def _product(item: Fields) -> str:
    words = [item.get(name) for name in ("quantity", "product_retailer_id", "item_price", "currency")]
    quantity, product, price, currency = (str(word) if _is_plain(word) else "" for word in words)
    return _line("🛒", f"{quantity} × {product}", f"{price} {currency}".strip())


def _line(sign: str, *words: str) -> str:
    said = ", ".join(filter(None, words))
    return f"{sign} {said}" if said else ""


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


# --- about other messages ---------------------------------------------------------------------------------------------


def _reaction(message: Fields) -> Content:
    """A reaction; without an emoji, or with an empty one, it was taken back."""
    own = mapping(message.get("reaction"))
    return Content("reaction", text(own.get("emoji")), target=identifier(own.get("message_id")))


def _edit(message: Fields) -> Content:
    own = mapping(message.get("edit"))
    now = content(mapping(own.get("message")))
    said = now.media.caption if now.media else now.text
    return Content("edit", said, target=identifier(own.get("original_message_id")))


def _revoke(message: Fields) -> Content:
    own = mapping(message.get("revoke"))
    return Content("revoke", target=identifier(own.get("original_message_id")))


def _system(message: Fields) -> Content:
    return Content("system", text(mapping(message.get("system")).get("body")))


def _unsupported(message: Fields) -> Content:
    """Something Cloud API does not carry. Edits and reactions among it are never answered, so they keep their names."""
    kind = text(mapping(message.get("unsupported")).get("type"))
    return Content(kind if kind in {"edit", "reaction"} else "unsupported")


READERS: dict[str, Callable[[Fields], Content]] = {
    "text": _text,
    "image": _file("image"),
    "video": _file("video"),
    "audio": _file("audio"),
    "voice": _file("audio"),
    "document": _file("document"),
    "sticker": _file("sticker"),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _template_button,
    "reaction": _reaction,
    "order": _order,
    "system": _system,
    "unsupported": _unsupported,
    "edit": _edit,
    "revoke": _revoke,
}
