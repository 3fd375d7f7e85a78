"""Numbers of two forms: a Brazilian or Mexican mobile is dialled otherwise than WhatsApp may know it.

Brazil put a 9 before its mobile numbers, Mexico dropped the 1 behind its country code; whoever has an account of before
is still known to WhatsApp by the old form.
"""

from __future__ import annotations

import re

_OTHER_FORM: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(\+55[1-9]{2})9([6-9][0-9]{7})"), r"\1\2"),
    (re.compile(r"(\+55[1-9]{2})([6-9][0-9]{7})"), r"\g<1>9\2"),  # one that begins lower is no mobile
    (re.compile(r"\+521([2-9][0-9]{9})"), r"+52\1"),
    (re.compile(r"\+52([2-9][0-9]{9})"), r"+521\1"),
)


def forms(phone: str) -> list[str]:
    """All forms of a phone (E.164 with `+`), as it is given first; nearly always there is no other."""
    return [phone, *(pattern.sub(other, phone) for pattern, other in _OTHER_FORM if pattern.fullmatch(phone))]
