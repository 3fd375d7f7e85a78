"""The fault switches: what can be made to go wrong, as data. Pure.

A set of switches is a small JSON object that names only what differs from normal. There is one for everybody and one
for each phone; a phone's own switches win. The page builds its controls from `ANSWERS`, `STATUSES` and `FILES`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from whatsapp.simulator.errors import KNOWN


@dataclass(frozen=True, slots=True)
class Answer:
    """How a send is answered. `accepted`: did Meta take the message in truth, whatever the answer looks like.

    `kind` is what travels back: the regular answer (`ok`), an error with `code`, a bare HTTP 500 page (`page`), half a
    JSON document (`malformed`), a broken connection (`cut`) or a long silence and then a broken connection (`hang`).
    `status` is the HTTP status where it is another than the code's own.
    """

    label: str
    accepted: bool
    kind: str
    code: int | None = None
    status: int | None = None


ANSWERS: dict[str, Answer] = {
    "ok": Answer("Normal", accepted=True, kind="ok"),
    "error_500": Answer("HTTP 500, not sent", accepted=False, kind="page"),
    "error_500_accepted": Answer("HTTP 500, yet sent", accepted=True, kind="page"),
    "unavailable": Answer("Service unavailable (131016)", accepted=False, kind="error", code=131016),
    "throttled": Answer("Too fast (HTTP 429, 130429)", accepted=False, kind="error", code=130429, status=429),
    "pair": Answer("Too many to this person (131056)", accepted=False, kind="error", code=131056),
    "token_dead": Answer("Token no longer valid (190)", accepted=False, kind="error", code=190),
    "rejected": Answer("Refused with the code below", accepted=False, kind="error"),
    "failed_later": Answer("Taken, then failed with the code below", accepted=True, kind="ok"),
    "malformed": Answer("Sent, but the answer is garbled", accepted=True, kind="malformed"),
    "cut": Answer("Connection breaks, not sent", accepted=False, kind="cut"),
    "cut_accepted": Answer("Connection breaks, yet sent", accepted=True, kind="cut"),
    "hang": Answer("No answer at all, not sent", accepted=False, kind="hang"),
    "hang_accepted": Answer("No answer at all, yet sent", accepted=True, kind="hang"),
}
STATUSES: dict[str, str] = {
    "normal": "Normal",
    "none": "Never sent",
    "early": "Before the send is answered",
    "late": "20 seconds late",
}
FILES: dict[str, str] = {
    "normal": "Normal",
    "expired": "Link has expired (404)",
    "missing": "File is gone",
    "corrupt": "Bytes do not match the checksum",
    "redirect": "Redirects to a private address",
}


@dataclass(frozen=True, slots=True)
class Faults:
    """The switches of one phone, merged with those for everybody.

    `delay` seconds before any answer to a send; `hang_seconds` how long `hang` keeps silent; `share` percent of the
    sends that `answer` strikes; `times` how many more it strikes before it heals (0: until switched off); `duplicates`
    posts each webhook twice at about the same time; `reorder` posts webhooks up to two seconds late, in no order;
    `pair_limit` enforces Meta's limit of messages to one person (burst of 45, then one every 6 s).
    """

    answer: str = "ok"
    code: int = 131026
    delay: float = 0.0
    hang_seconds: float = 40.0
    share: int = 100
    times: int = 0
    statuses: str = "normal"
    files: str = "normal"
    duplicates: bool = False
    reorder: bool = False
    pair_limit: bool = True

    @property
    def struck(self) -> Answer:
        """The answer this very send gets: the chosen one, or the normal one when the dice spare it."""
        spared = self.share < 100 and secrets.randbelow(100) >= self.share
        return ANSWERS["ok" if spared else self.answer]


NORMAL = Faults()


def merge(everybody: Mapping[str, Any], phone: Mapping[str, Any]) -> Faults:
    """The switches that count for a phone: its own, else everybody's, else normal."""
    return Faults(**{**everybody, **phone})


def parse(data: object) -> dict[str, Any]:
    """A set of switches as it may be stored: known names, sane values, nothing that is normal anyway.

    Raises ValueError with a sentence that names the first wrong switch.
    """
    if not isinstance(data, Mapping):
        raise ValueError("The switches must be a JSON object.")  # noqa: TRY004  (bad input, not a bug of the caller)
    unknown = set(data) - set(_CHECKS)
    if unknown:
        raise ValueError(f"There is no switch named {min(map(str, unknown))}.")
    for name, value in data.items():
        if not _CHECKS[name](value):
            raise ValueError(f"{value!r} is not a value for {name}.")
    return dict(data)


def _number(least: float, most: float, *, whole: bool = False) -> Callable[[object], bool]:
    kinds = int if whole else (int, float)

    def check_number(value: object) -> bool:
        return isinstance(value, kinds) and not isinstance(value, bool) and least <= value <= most

    return check_number


def _word(words: Mapping[str, object]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in words


def _flag(value: object) -> bool:
    return isinstance(value, bool)


_CHECKS: dict[str, Callable[[object], bool]] = {
    "answer": _word(ANSWERS),
    "code": lambda value: isinstance(value, int) and value in KNOWN,
    "delay": _number(0, 60),
    "hang_seconds": _number(0, 120),
    "share": _number(0, 100, whole=True),
    "times": _number(0, 1_000_000, whole=True),
    "statuses": _word(STATUSES),
    "files": _word(FILES),
    "duplicates": _flag,
    "reorder": _flag,
    "pair_limit": _flag,
}
assert set(_CHECKS) == {field.name for field in fields(Faults)}  # noqa: S101
