"""Finding a phone or an id in other words: by itself, not inside a longer number."""

from __future__ import annotations

import re

from django.db.models import Q


def pattern(word: str) -> str:
    """PostgreSQL's regular expression for a word that touches no digit: +4791234567 does not stand in +14791234567.

    Zeros before it are how it is dialled. Of bytes shown as text (`encode(…, 'escape')`) a backslash and three digits
    are one byte.
    """
    return rf"(?:(?<![0-9])0*|(?<=\\[0-3][0-7][0-7])){re.escape(word)}(?![0-9])"


def mentions(field: str, word: str) -> Q:
    """The rows in whose `field` the word stands; the expression, which is slow, is tried where it may match."""
    return Q(**{f"{field}__contains": word}) & Q(**{f"{field}__regex": pattern(word)})
