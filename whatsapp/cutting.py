"""Texts made to fit: split into several where people would pause, titles cut short. Lengths in UTF-16 units."""

from __future__ import annotations

import re

from whatsapp.graphemes import border_before, is_border
from whatsapp.limits import units

ELLIPSIS = "…"

# Where to split, best first, and how full the piece must be at least for that: a share of its length.
_PAUSES: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"\n\s*\n\s*"), 0.4),
    (re.compile(r"\n\s*"), 0.5),
    (re.compile(r"(?<=[.!?…])[\"')\]»”’*_~]*\s+|(?<=[。！？])"), 0.5),
    (re.compile(r"\s+"), 0.0),
)
_UNSENDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean(text: str) -> str:
    """A text without what no JSON reader or screen takes: control characters, halves of characters, outer space."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _LONE_SURROGATE.sub("\ufffd", _UNSENDABLE.sub("", text)).strip()


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(clean(text).split())


def shorten(text: str, longest: int) -> str:
    """The text on one line, cut with an ellipsis where it is longer than `longest`."""
    line = one_line(text)
    if units(line) <= longest:
        return line
    reach = _reach(line, longest - 1)
    return line[: border_before(line, reach) or reach].rstrip() + ELLIPSIS


def split(text: str, longest: int) -> list[str]:
    """The text in pieces of at most `longest`: none where it is empty, one where it fits.

    Only the white space where a cut was made is dropped. `longest` is at least 2 (an emoji).
    """
    rest, pieces = text.strip(), []
    while units(rest) > longest:
        at = _pause(rest, _reach(rest, longest))
        pieces.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*pieces, rest] if rest else pieces


def split_before(text: str, last: int, others: int) -> list[str]:
    """Like `split` into pieces of at most `others`, but with the final one at most `last`."""
    *before, tail = split(text, others) or [""]
    ends = split(tail, last)
    if len(ends) < 2:
        return [*before, tail]
    return [*before, tail[: -len(ends[-1])].rstrip(), ends[-1]]


def _reach(text: str, longest: int) -> int:
    """How many characters of the text make at most `longest` units."""
    return len(text[:longest].encode("utf-16-le")[: 2 * longest].decode("utf-16-le", "ignore"))


def _pause(text: str, reach: int) -> int:
    """The best place at or before `reach` to cut; at worst inside a word, at the very worst inside a character."""
    end = reach + 1 if text[reach].isspace() else reach  # white space just behind the piece ends it as well
    for pause, share in _PAUSES:
        places = [match.end() for match in pause.finditer(text, 0, end) if is_border(text, match.end())]
        if places and places[-1] >= max(1, share * reach):
            return places[-1]
    return border_before(text, reach) or reach
