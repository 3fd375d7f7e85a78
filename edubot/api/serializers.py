"""Serializers for what comes in: JSON's types are taken at their word, parameters are known and given once.

What goes out is described with DRF's own serializers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.fields import Field
from rest_framework.request import Request

from edubot.api.converters import LARGEST

if TYPE_CHECKING:
    BaseSerializer = serializers.Serializer[Any]
    BaseModelSerializer = serializers.ModelSerializer[Any]
    AnyField = Field[Any, Any, Any, Any]
else:
    BaseSerializer, BaseModelSerializer, AnyField = serializers.Serializer, serializers.ModelSerializer, Field

# DRF would turn 5 into "5", "yes" into True and True into 1: convenient in a form, a surprise in JSON.
_JSON_TYPES: tuple[tuple[type[AnyField], tuple[type, ...], str], ...] = (
    (serializers.BooleanField, (bool,), "Give true or false."),
    (serializers.IntegerField, (int,), "Give a whole number."),
    (serializers.CharField, (str,), "Give a text."),
    (serializers.ListField, (list,), "Give a list."),
)
# Controls, spaces of every width, and what has no width at all.
_INVISIBLE = (
    r"\u0000-\u0020\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff\ufff9-\ufffb"
)
_VISIBLE = re.compile(f"[^{_INVISIBLE}]")


class Id(serializers.IntegerField):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST} | kwargs)


class Words(serializers.CharField):
    """Words of a person: something to be seen in it, and at most `max_length` characters after trimming.

    With `allow_blank`, what has nothing to be seen in it is no words at all.
    """

    default_error_messages = {"blank": "Write something."}

    def to_internal_value(self, data: Any) -> str:
        """The trimmed words."""
        words = str(super().to_internal_value(data))
        if _VISIBLE.search(words):
            return words
        if not self.allow_blank:
            self.fail("blank")
        return ""


class Strict(BaseSerializer):
    """Refuses values of another JSON type than the field's. A field called `from_` is `from` on the wire."""

    default_error_messages = {"invalid": "Give an object."}

    def get_fields(self) -> dict[str, AnyField]:
        """The fields by their names on the wire."""
        found = {name.removesuffix("_"): field for name, field in super().get_fields().items()}
        for field in found.values():
            if isinstance(field, serializers.ChoiceField):  # DRF's message repeats what was sent, however long it is
                field.error_messages["invalid_choice"] = f"Choose one of: {', '.join(map(str, field.choices))}."
        return found

    def to_internal_value(self, data: Any) -> Any:
        """The values, validated."""
        if isinstance(data, Mapping) and not isinstance(data, QueryDict):
            self._check_types(data)
        return super().to_internal_value(data)

    def _check_types(self, data: Mapping[str, Any]) -> None:
        wrong = {
            name: [problem]
            for name, field in self.fields.items()
            if not field.read_only and name in data and (problem := type_problem(field, data[name]))
        }
        if wrong:
            raise serializers.ValidationError(wrong)


class Body(Strict):
    """What a request's body holds. Unknown keys are ignored."""


class ModelBody(Strict, BaseModelSerializer):
    """A body that is a row of a table: list the `fields` that may be written, and no others."""


class Query(Strict):
    """What a request's query string holds. Unknown parameters are refused: an ignored filter would answer with all.

    An empty value means the same as none, but for `limit`, `skip` and `cursor`.
    """

    never_empty: frozenset[str] = frozenset()

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """The parameters of a request, validated. Raises ValidationError."""
        given = request.query_params
        query = cls()
        problems = {name: ["Give it once."] for name in given if len(given.getlist(name)) > 1}
        problems |= {name: [query._unknown()] for name in given if name not in query.fields}
        if problems:
            raise serializers.ValidationError(problems)
        values = {name: given[name] for name in given if given[name] or name in cls.never_empty}
        query = cls(data=values)
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)

    def _check_types(self, data: Mapping[str, Any]) -> None:
        """All values are texts here. Digits are the ten of ASCII, without DRF's leniencies (`1_0`, ` 1.0`)."""
        wrong = {
            name: ["Give a whole number."]
            for name, value in data.items()
            if isinstance(self.fields[name], serializers.IntegerField) and not _is_number(value)
        }
        if wrong:
            raise serializers.ValidationError(wrong)

    def _unknown(self) -> str:
        return f"There is no such parameter. Known are: {', '.join(self.fields) or 'none'}."


def type_problem(field: AnyField, value: Any) -> str | None:
    """Why this JSON value is nothing for this field, or None. What has the right type is left to the field."""
    if value is None:
        return None
    for kind, types, words in _JSON_TYPES:
        if isinstance(field, kind):
            fits = isinstance(value, types) and (bool in types or not isinstance(value, bool))
            if not fits or (int in types and abs(value) > LARGEST):
                return words
            if isinstance(field, serializers.ListField):
                return next(filter(None, (type_problem(field.child, item) for item in value)), None)
            return None
    return None


BLANK = r"^[^\u0000]*$"  # what may be an empty text too


def text_pattern(field: serializers.CharField) -> str:
    """What a text must look like to be taken, for the schema. PostgreSQL takes no NUL."""
    if isinstance(field, Words) and not field.allow_blank:
        return rf"^[^\u0000]*[^{_INVISIBLE}][^\u0000]*$"
    if field.allow_blank or not field.trim_whitespace:
        return BLANK
    return r"^[^\u0000]*[^\s\u0000][^\u0000]*$"


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 20
