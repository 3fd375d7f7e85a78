"""How WhatsApp names people: by phone, and since 2026 by a business-scoped user id (BSUID), which may stand alone.

A phone arrives as bare digits (`2348012345678`, the "wa_id") and is E.164 with `+` everywhere else. A BSUID is a
country code and up to 128 letters and digits (`NG.13491208655302741918`; a parent id: `NG.ENT.…`), opaque, used whole.
See "Business-scoped user IDs" in Meta's WhatsApp documentation.
"""

from __future__ import annotations

import re

from conversations.received import Person

_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")


def phone(value: object) -> str | None:
    """`value` as E.164 with `+`, or None where it is no phone number."""
    if not isinstance(value, str):
        return None
    digits = value.removeprefix("+")
    if 5 <= len(digits) <= 15 and digits.isascii() and digits.isdigit() and digits[0] != "0":
        return f"+{digits}"
    return None


def user_id(value: object) -> str | None:
    """`value` if it is a business-scoped user id, else None."""
    return value if isinstance(value, str) and _USER_ID.fullmatch(value) else None


def mailbox(person: Person) -> str:
    """Whose items are handled one at a time: the key of this person's mailbox."""
    return f"phone:{person.phone}" if person.phone else f"user:{person.user_id}"
