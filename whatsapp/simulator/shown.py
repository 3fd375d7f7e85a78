"""What a phone shows: a stored message turned into the words, choices and files that a person sees. Pure but for times.

The page and the terminal chat both draw from this, so that they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from whatsapp.simulator.limits import UPLOADS
from whatsapp.simulator.models import Bubble

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """A button or list row that can be tapped."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a list, with its rows."""

    title: str
    rows: tuple[Choice, ...]


def buttons(bubble: Bubble) -> tuple[Choice, ...]:
    """The reply buttons under a message."""
    replies = _action(bubble, "button").get("buttons", [])
    return tuple(Choice(each["reply"]["id"], each["reply"]["title"]) for each in replies)


def sections(bubble: Bubble) -> tuple[Section, ...]:
    """The sections of a list message."""
    return tuple(
        Section(
            section.get("title", ""),
            tuple(Choice(row["id"], row["title"], row.get("description", "")) for row in section["rows"]),
        )
        for section in _action(bubble, "list").get("sections", [])
    )


def choices(bubble: Bubble) -> tuple[Choice, ...]:
    """Everything that can be tapped in a message, in the order in which it is shown."""
    return buttons(bubble) + tuple(row for section in sections(bubble) for row in section.rows)


def list_label(bubble: Bubble) -> str:
    """What the button that opens a list says; "" where there is no list."""
    return str(_action(bubble, "list").get("button", ""))


def _action(bubble: Bubble, kind: str) -> Content:
    if bubble.from_person or bubble.kind != "interactive" or bubble.content.get("type") != kind:
        return {}
    action: Content = bubble.content["action"]
    return action


def text(bubble: Bubble) -> str:
    """The words of a message: a body, a caption, a title, or what stands for something without words."""
    return _TEXTS.get(bubble.kind, _other)(bubble.content)


def _interactive(content: Content) -> str:
    for kind in ("button_reply", "list_reply"):
        if kind in content:
            return str(content[kind]["title"])
    return str(content.get("body", {}).get("text", ""))


def _template(content: Content) -> str:
    said = [
        parameter["text"]
        for component in content.get("components", [])
        for parameter in component.get("parameters", [])
        if "text" in parameter
    ]
    return "\n".join([f"[{content['name']}]", *said])


def _location(content: Content) -> str:
    place = f"{content['latitude']}, {content['longitude']}"
    return f"📍 {content['name']} ({place})" if content.get("name") else f"📍 {place}"


def place_on_map(bubble: Bubble) -> dict[str, str] | None:
    """Name, address and co-ordinates of a shared location; None for any other message."""
    if bubble.kind != "location":
        return None
    content = bubble.content
    where = f"{content['latitude']}, {content['longitude']}"
    return {"name": content.get("name", ""), "address": content.get("address", ""), "where": where}


def _contacts(cards: Sequence[Content]) -> str:
    return "\n".join(f"👤 {card['name']['formatted_name']}" for card in cards)


def _file(content: Content) -> str:
    return str(content.get("caption", "") or content.get("link", ""))


def _other(_: Content) -> str:
    return ""


_TEXTS: dict[str, Callable[[Any], str]] = {
    "text": lambda content: str(content["body"]),
    "interactive": _interactive,
    "template": _template,
    "location": _location,
    "contacts": _contacts,
    "system": lambda content: str(content.get("body", "")),
    "unsupported": lambda _: "A message that this service cannot read",
} | dict.fromkeys(UPLOADS, _file)
