"""Every sentence and button title the bot can say: one catalogue per language, overridable by staff.

A `Phrase` is a sentence not yet spoken: a key and its values, which may be phrases in turn. The bot speaks in phrases,
so its tests need no wording; `render` turns a phrase into words in a language, with the words that staff wrote in
Django admin taking precedence. Adding a language is adding a module with the same keys and listing it in `CATALOGUES`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from conversations.texts import en, fr

DEFAULT_LANGUAGE = "en"
CATALOGUES: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": en.TEXTS, "fr": fr.TEXTS})
LANGUAGES = tuple(CATALOGUES)
_MONTHS: Mapping[str, tuple[str, ...]] = MappingProxyType({"en": en.MONTHS, "fr": fr.MONTHS})

_DAYS: Mapping[str, tuple[str, ...]] = MappingProxyType({"en": en.DAYS, "fr": fr.DAYS})

_DAY = re.compile(rf"\b(?:{'|'.join(en.DAYS)})\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def placeholders(template: str) -> frozenset[str]:
    """The names of the values a template takes: `{name}` and nothing more clever (no attributes, no indexing)."""
    return frozenset(_PLACEHOLDER.findall(template))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence of the catalogue with its values. Raises KeyError for an unknown key, ValueError for wrong values."""

    key: str
    values: tuple[tuple[str, str | Phrase], ...] = ()

    def __post_init__(self) -> None:
        wanted = placeholders(CATALOGUES[DEFAULT_LANGUAGE][self.key])
        if wanted != {name for name, _ in self.values}:
            raise ValueError(f"{self.key} takes {sorted(wanted)}")


def phrase(key: str, **values: object) -> Phrase:
    """`phrase("hey", name="Ada")`: the usual way to make a Phrase. Values are phrases, or become words."""
    said = ((name, value if isinstance(value, Phrase) else str(value)) for name, value in sorted(values.items()))
    return Phrase(key, tuple(said))


def render(phrase: Phrase, language: str = DEFAULT_LANGUAGE, overrides: Mapping[str, str] | None = None) -> str:
    """The words of a phrase. `overrides` are staff's own templates for this language, by key.

    A language that has no catalogue speaks the default one.
    """
    templates = CATALOGUES.get(language, CATALOGUES[DEFAULT_LANGUAGE])
    template = (overrides or {}).get(phrase.key) or templates[phrase.key]
    values = {
        name: render(value, language, overrides) if isinstance(value, Phrase) else value
        for name, value in phrase.values
    }
    # One pass over the template only: braces that a person typed stay what they are.
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)


def written_day(day: date, language: str = DEFAULT_LANGUAGE) -> str:
    """A day in words: "5 March 2026", "5 mars 2026". A datetime counts in the time zone it carries."""
    months = _MONTHS.get(language, _MONTHS[DEFAULT_LANGUAGE])
    return f"{day.day} {months[day.month - 1]} {day.year}"


def written_hours(hours: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Opening hours with the days of a language: "Mon-Fri 08:00-18:00", "lun-ven 08:00-18:00"."""
    days = dict(zip(en.DAYS, _DAYS.get(language, en.DAYS), strict=True))
    return _DAY.sub(lambda match: days[match[0].capitalize()], hours)


def verbatim(words: str) -> Phrase:
    """Words that are not ours to translate: an FAQ answer, a closing line that staff typed."""
    return phrase("verbatim", words=words)
