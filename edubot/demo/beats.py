"""What a recording is made of: lines (messages) and marks (what happened besides), with the pauses between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edubot.demo.scripts import Script, Verb

TICKET = 800_000_001  # stands for the id of the recording's ticket
FILE = 900_000_001  # and for that of its first file; the next one has the next number

PAUSES: Mapping[Verb, float] = {
    Verb.SAYS: 25,
    Verb.TAPS: 6,
    Verb.SENDS: 35,
    Verb.REACTS: 20,
    Verb.SENDS_OTHER: 15,
    Verb.JOINS: 60,
    Verb.STAFF: 240,
    Verb.NOTE: 30,
    Verb.HANDS_OVER: 40,
    Verb.RESOLVES: 60,
    Verb.CLOSES: 180,
    Verb.IS_SILENT: 7200,
    Verb.STARTS_HOMEWORK: 5400,
    Verb.CANCELS_HOMEWORK: 5400,
    Verb.ANSWERS: 1800,
    Verb.IS_PAID: 7200,
    Verb.IS_NOT_PAID: 7200,
}


@dataclass(slots=True)
class Line:
    """One message. JSON columns are written already; `quotes` is the place of the quoted line in the recording."""

    sender: str
    kind: str
    text: str
    pause: float
    buttons: str = "[]"
    list_label: str = ""
    payload: str = "{}"
    explanation: str | None = None
    quotes: int | None = None
    file: str = ""
    staffed: bool = False
    in_ticket: bool = False
    parks: bool = False
    fate: str = ""
    has_slots: bool = False


@dataclass(slots=True)
class Mark:
    """Something that is no message: a ticket is opened, homework handed in, a payment received."""

    what: str
    pause: float = 0.0
    value: str = ""
    words: str = ""
    subject: str = ""
    files: int = 0


@dataclass(frozen=True, slots=True)
class Recording:
    """A script as it was played for a lead or a student. `memory` is what the bot remembers at its end."""

    script: Script
    registered: bool
    beats: tuple[Line | Mark, ...]
    length: int  # messages
    seconds: float  # from its first beat to its last
    state: str
    memory: str
    registers: bool
