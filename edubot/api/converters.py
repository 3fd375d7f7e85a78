"""What stands for a person or a row in a path. What does not fit is 404 before the database hears of it."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django.urls import register_converter
from django.urls.converters import StringConverter

LARGEST = 2**63 - 1  # PostgreSQL's bigint


USER_ID = r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}"  # WhatsApp's, of somebody whose phone it withholds


class PhoneConverter:
    """A person's address: `+234…`, `%2B234…`, bare digits, or the user id of somebody whose phone Meta withholds.

    The view gets the address as it is stored: E.164 with `+`, or the user id.
    """

    regex = rf"\+?[0-9]{{5,20}}|{USER_ID}"

    def to_python(self, value: str) -> str:
        """The address as it is stored."""
        return f"+{value}" if value.isdigit() else value

    def to_url(self, value: str) -> str:
        """The address as it is stored."""
        return value


class IdConverter:
    """A row's id."""

    regex = r"[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        """The number. Raises ValueError, which means 404, where it is none of PostgreSQL's."""
        number = int(value)
        if number > LARGEST:
            raise ValueError(value)
        return number

    def to_url(self, value: object) -> str:
        """The digits."""
        return str(value)


class MessageIdConverter(IdConverter):
    """A message's id as the API writes it (`msg_41`), or the bare number."""

    regex = r"(?:msg_)?[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        """The number. Raises ValueError where it is none of PostgreSQL's."""
        return super().to_python(value.removeprefix("msg_"))

    def to_url(self, value: object) -> str:
        """As the API writes it."""
        return f"msg_{value}"


CONVERTERS: dict[str, type[Any]] = {"phone": PhoneConverter, "id": IdConverter, "message": MessageIdConverter}
for label, converter in CONVERTERS.items():
    register_converter(converter, label)

# The same in OpenAPI's words.
IN_SCHEMA: dict[str, dict[str, Any]] = {
    "phone": {
        "type": "string",
        "pattern": f"^(?:{PhoneConverter.regex})$",
        "description": "The phone in E.164, with or without `+`, or the WhatsApp user id where the phone is withheld.",
        "example": "+2348012345678",
    },
    "id": {"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST},
    "message": {"type": "string", "pattern": f"^{MessageIdConverter.regex}$", "example": "msg_41"},
}


def among(label: str, words: Collection[str]) -> None:
    """Let `<label:…>` stand for one of these words in a path: any other is 404."""
    pattern = "|".join(map(re.escape, words))
    register_converter(type(f"{label.title()}Converter", (StringConverter,), {"regex": pattern}), label)
    IN_SCHEMA[label] = {"type": "string", "enum": list(words)}
