"""What Meta refuses: the documented limits of `POST /{phone_number_id}/messages` and of media uploads. Pure.

Written without a look at `whatsapp.outbound`: the two must agree, and only an independent second reading can show where
they do not. Lengths count UTF-16 units, the strictest of the readings Meta leaves open (an emoji counts two): what
passes here passes on WhatsApp.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from whatsapp.simulator.errors import GraphError

MIB = 1024 * 1024

# What may be uploaded and then sent as what: kind -> (largest size in bytes, types).
UPLOADS: dict[str, tuple[int, frozenset[str]]] = {
    "image": (5 * MIB, frozenset({"image/jpeg", "image/png"})),
    "video": (16 * MIB, frozenset({"video/mp4", "video/3gpp"})),
    "audio": (16 * MIB, frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})),
    "sticker": (500 * 1024, frozenset({"image/webp"})),
    "document": (
        100 * MIB,
        frozenset(
            {
                "text/plain",
                "application/pdf",
                "application/msword",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/vnd.ms-excel",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.ms-powerpoint",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            }
        ),
    ),
}
CAPTIONED = frozenset({"image", "video", "document"})

_TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4})?")
_TEMPLATE_SPACES = re.compile(r"[\n\t]| {5,}")


def length(text: str) -> int:
    """How long Meta counts a text, at worst: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check(body: Mapping[str, Any]) -> None:
    """Let a message pass, or raise the GraphError with which Meta would refuse it."""
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    if not (body.get("to") or body.get("recipient")):
        raise GraphError(100, "The parameter to is required.")
    if body.get("recipient_type", "individual") != "individual":
        raise GraphError(100, "Param recipient_type must be one of {INDIVIDUAL}.")
    _optional_text(body, "biz_opaque_callback_data", 512)
    if "context" in body:
        _text(_object(body, "context"), "message_id", 512)
    KINDS[_one_of({"type": "text", **body}, "type", KINDS, code=100)](body)


def check_upload(kind: str, size: int, mime_type: str) -> None:
    """Let a file pass that is to be sent as `kind`, or raise GraphError. `mime_type` may carry parameters."""
    largest, types = UPLOADS[kind]
    if mime_type.partition(";")[0].strip().lower() not in types:
        raise GraphError(131053, f"Unsupported {kind.capitalize()} mime type {mime_type}.")
    if not 0 < size <= largest:
        raise GraphError(131053, f"{kind.capitalize()} file of {size} bytes; at most {largest} bytes are allowed.")


def kind_of_upload(mime_type: str) -> str:
    """As what a file of this type can be sent. Raises GraphError for a type Meta does not take."""
    bare = mime_type.partition(";")[0].strip().lower()
    for kind, (_, types) in UPLOADS.items():
        if bare in types:
            return kind
    known = ", ".join(sorted(each for _, types in UPLOADS.values() for each in types))
    raise GraphError(100, f"Param file must be a file with one of the following types: {known}. Received {bare}.")


# --- one check per message type ---------------------------------------------------------------------------------------


def _check_text(body: Mapping[str, Any]) -> None:
    content = _object(body, "text")
    _text(content, "body", 4096)
    if not isinstance(content.get("preview_url", False), bool):
        raise GraphError(100, "Param text['preview_url'] must be a boolean.")


def _check_reaction(body: Mapping[str, Any]) -> None:
    content = _object(body, "reaction")
    _text(content, "message_id", 512)
    emoji = content.get("emoji")
    if not isinstance(emoji, str) or length(emoji) > 32 or re.search(r"\w\w|[A-Za-z ]", emoji):
        raise GraphError(131009, "reaction.emoji must be one emoji, or empty to take the reaction back.")


def _media(kind: str) -> Callable[[Mapping[str, Any]], None]:
    """The check of one media type; the file behind an id is looked at by `check_upload`."""

    def check_media(body: Mapping[str, Any]) -> None:
        content = _object(body, kind)
        if ("id" in content) == ("link" in content):
            raise GraphError(100, f"Param {kind} must have exactly one of id and link.")
        _text(content, "id" if "id" in content else "link", 2048)
        if kind in CAPTIONED:
            _optional_text(content, "caption", 1024)
        elif "caption" in content:
            raise GraphError(100, f"Unexpected key caption on param {kind}.")
        if "filename" in content and kind != "document":
            raise GraphError(100, f"Unexpected key filename on param {kind}.")
        _optional_text(content, "filename", 240)

    return check_media


def _check_template(body: Mapping[str, Any]) -> None:
    content = _object(body, "template")
    if not _TEMPLATE_NAME.fullmatch(_text(content, "name", 512)):
        raise GraphError(132001, "Template name does not exist in the translation.")
    if not _LANGUAGE_CODE.fullmatch(_text(_object(content, "language"), "code", 16)):
        raise GraphError(132001, "Template language does not exist.")
    for component in _list(content, "components", most=20) if "components" in content else ():
        _one_of(component, "type", ("header", "body", "button"), code=132012)
        for parameter in _list(component, "parameters", most=100) if "parameters" in component else ():
            _check_template_parameter(parameter)


def _check_template_parameter(parameter: Mapping[str, Any]) -> None:
    kind = parameter.get("type")
    if not isinstance(kind, str) or kind not in parameter:
        raise GraphError(132012, "Each template parameter needs a type and the field that the type names.")
    if kind == "text" and _TEMPLATE_SPACES.search(_text(parameter, "text", 32768)):
        raise GraphError(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces.")


def _check_location(body: Mapping[str, Any]) -> None:
    content = _object(body, "location")
    for name, most in (("latitude", 90.0), ("longitude", 180.0)):
        value = content.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > most:
            raise GraphError(131009, f"location.{name} must be a number from {-most} to {most}.")


def _check_contacts(body: Mapping[str, Any]) -> None:
    for card in _list(body, "contacts", most=5):
        _text(_object(card, "name"), "formatted_name", 1024)


# --- interactive messages ---------------------------------------------------------------------------------------------


def _check_interactive(body: Mapping[str, Any]) -> None:
    content = _object(body, "interactive")
    kind = _one_of(content, "type", INTERACTIVE)
    _text(_object(content, "body"), "text", 1024)
    if "footer" in content:
        _text(_object(content, "footer"), "text", 60)
    if "header" in content:
        _check_header(_object(content, "header"), ("text", *CAPTIONED) if kind == "button" else ("text",))
    INTERACTIVE[kind](_object(content, "action"))


def _check_header(header: Mapping[str, Any], kinds: Collection[str]) -> None:
    kind = _one_of(header, "type", kinds)
    if kind == "text":
        _text(header, "text", 60)
    else:
        _media(kind)(header)


def _check_buttons(action: Mapping[str, Any]) -> None:
    replies = [_object(button, "reply") for button in _list(action, "buttons", most=3)]
    ids = [_text(reply, "id", 256) for reply in replies]
    if any(each != each.strip() for each in ids):
        raise GraphError(131009, "Button ids must not begin or end with a space.")
    titles = [_text(reply, "title", 20) for reply in replies]
    _all_different("Button reply ids", ids)
    _all_different("Button titles", titles)


def _check_list(action: Mapping[str, Any]) -> None:
    _text(action, "button", 20)
    sections = _list(action, "sections", most=10)
    rows = [row for section in sections for row in _list(section, "rows", most=10)]
    if len(rows) > 10:
        raise GraphError(131009, f"Total row count {len(rows)} exceeds the maximum of 10.")
    for section in sections:
        if len(sections) > 1 or "title" in section:
            _text(section, "title", 24)
    _all_different("Row ids", [_text(row, "id", 200) for row in rows])
    for row in rows:
        _text(row, "title", 24)
        _optional_text(row, "description", 72)


def _check_cta_url(action: Mapping[str, Any]) -> None:
    parameters = _object(action, "parameters")
    _text(parameters, "display_text", 20)
    if not _text(parameters, "url", 2000).startswith(("https://", "http://")):
        raise GraphError(131009, "action.parameters.url must be a web address.")


def _named(name: str) -> Callable[[Mapping[str, Any]], None]:
    def check_name(action: Mapping[str, Any]) -> None:
        if action.get("name") != name:
            raise GraphError(131009, f"action.name must be {name}.")

    return check_name


INTERACTIVE: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "button": _check_buttons,
    "list": _check_list,
    "cta_url": _check_cta_url,
    "location_request_message": _named("send_location"),
    "request_contact_info": _named("request_contact_info"),
}
KINDS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "text": _check_text,
    "interactive": _check_interactive,
    "reaction": _check_reaction,
    "template": _check_template,
    "location": _check_location,
    "contacts": _check_contacts,
} | {kind: _media(kind) for kind in UPLOADS}


# --- reading fields ---------------------------------------------------------------------------------------------------


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A field that must be a JSON object (interactive.action as a JSON string is a well-known mistake)."""
    if name not in holder:
        raise GraphError(131008, f"Required parameter {name} is missing.")
    value = holder[name]
    if not isinstance(value, Mapping):
        raise GraphError(100, f"Param {name} must be a JSON object.")
    return value


def _list(holder: Mapping[str, Any], name: str, *, most: int) -> Sequence[Mapping[str, Any]]:
    """A field that must be a list of 1 to `most` JSON objects."""
    if name not in holder:
        raise GraphError(131008, f"Required parameter {name} is missing.")
    value = holder[name]
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise GraphError(100, f"Param {name} must be an array of objects.")
    if not 1 <= len(value) <= most:
        raise GraphError(131009, f"Invalid {name} count {len(value)}. Min: 1, max: {most}.")
    return value


def _text(holder: Mapping[str, Any], name: str, most: int) -> str:
    """A field that must be a text of 1 to `most` characters, not all of them blank."""
    if name not in holder:
        raise GraphError(131008, f"Required parameter {name} is missing.")
    value = holder[name]
    if not isinstance(value, str):
        raise GraphError(100, f"Param {name} must be a string.")
    if not value.strip() or length(value) > most:
        raise GraphError(131009, f"{name} length invalid. Min length: 1, max length: {most}, got {length(value)}.")
    return value


def _one_of(holder: Mapping[str, Any], name: str, allowed: Collection[str], *, code: int = 131009) -> str:
    """A field that must be one of a few words."""
    value = holder.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise GraphError(code, f"Param {name} must be one of {{{', '.join(sorted(allowed))}}}.")
    return value


def _optional_text(holder: Mapping[str, Any], name: str, most: int) -> None:
    if name in holder:
        _text(holder, name, most)


def _all_different(what: str, values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise GraphError(131009, f"{what} must be unique.")
