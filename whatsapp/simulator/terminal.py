"""A chat in words: what a message looks like in a terminal, and what a typed line means. Pure."""

from __future__ import annotations

import mimetypes
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from whatsapp.simulator import shown
from whatsapp.simulator.models import Bubble
from whatsapp.simulator.phones import Upload

HELP = """\
Type what the student would type. The number of a button or list row taps it.
  /photo FILE [CAPTION]   send a photo
  /file FILE [CAPTION]    send a document
  /voice FILE             send a voice note
  /text WORDS             send words as they are, even a number or a slash
  /help                   this
  /quit                   leave (so does the end of the input)"""


class InputError(Exception):
    """A line that means nothing; the message is for the person at the keyboard."""


@dataclass(frozen=True, slots=True)
class Say:
    """Send a text."""

    words: str


@dataclass(frozen=True, slots=True)
class Tap:
    """Tap a choice of a message."""

    wamid: str
    choice: shown.Choice


@dataclass(frozen=True, slots=True)
class Send:
    """Send a file."""

    upload: Upload


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """Say what can be typed."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave."""


Wish = Say | Tap | Send | ShowHelp | Quit


def lines(bubble: Bubble, brand: str) -> list[str]:
    """A message of ours as a terminal shows it: indented under the name, with numbered choices."""
    if bubble.kind == "reaction":
        return [f"{brand} reacted with {bubble.content.get('emoji') or 'nothing any more'}"]
    words = shown.text(bubble) or f"[{bubble.kind}]"
    first, *rest = words.split("\n")
    indent = " " * (len(brand) + 2)
    options = [_option(number, choice) for number, choice in enumerate(shown.choices(bubble), 1)]
    if label := shown.list_label(bubble):
        options.insert(0, f"{label}:")
    return [f"{brand}: {first}", *(f"{indent}{line}".rstrip() for line in [*rest, *options])]


def _option(number: int, choice: shown.Choice) -> str:
    return f"  [{number}] {choice.title}" + (f" – {choice.description}" if choice.description else "")


def understand(line: str, tappable: Bubble | None) -> Wish:
    """What a typed line asks for. `tappable` is the newest message with choices. Raises InputError."""
    command, _, rest = line.strip().partition(" ")
    if command in _COMMANDS:
        return _COMMANDS[command](rest.strip())
    if command.startswith("/"):
        raise InputError(f"There is no {command}. Type /help.")
    choices: Sequence[shown.Choice] = shown.choices(tappable) if tappable else ()
    if tappable and line.strip().isascii() and line.strip().isdigit() and 1 <= int(line) <= len(choices):
        return Tap(tappable.wamid, choices[int(line) - 1])
    if not line.strip():
        raise InputError("Type a message, or /help.")
    return Say(line)


def _sends(kind: str) -> Callable[[str], Wish]:
    def read_file(rest: str) -> Wish:
        try:
            name, *caption = shlex.split(rest)
            path = Path(name).expanduser()
            data = path.read_bytes()
        except (ValueError, OSError) as error:
            raise InputError(f"This file cannot be read: {rest or 'name one'}.") from error
        mime_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return Send(Upload(kind, data, mime_type, path.name, " ".join(caption), voice=kind == "audio"))

    return read_file


_COMMANDS: dict[str, Callable[[str], Wish]] = {
    "/photo": _sends("image"),
    "/file": _sends("document"),
    "/voice": _sends("audio"),
    "/text": Say,
    "/help": lambda _: ShowHelp(),
    "/quit": lambda _: Quit(),
}
