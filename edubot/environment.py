"""Reading the environment so that a mistake is told in one sentence that names the variable."""

from __future__ import annotations

from collections.abc import Collection
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})


class Environment(environ.Env):  # type: ignore[misc]  # untyped
    """django-environ, stricter: an empty value means unset, and what cannot be meant raises ImproperlyConfigured."""

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false; django-environ takes every unknown word for false."""
        word = self._word(name).lower()
        if word and word not in _YES | _NO:
            raise ImproperlyConfigured(f"{name} must be true or false, not {word!r}.")
        return word in _YES if word else default

    def whole(self, name: str, *, default: int) -> int:
        """A number, zero or more."""
        word = self._word(name)
        if word and not (word.isascii() and word.isdigit()):
            raise ImproperlyConfigured(f"{name} must be a whole number, not {word!r}.")
        return int(word) if word else default

    def choice(self, name: str, among: Collection[str], *, default: str) -> str:
        """One of a few words."""
        word = self._word(name) or default
        if word not in among:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(among)}, not {word!r}.")
        return word

    def time_zone(self, name: str, *, default: str) -> str:
        """A time zone's name."""
        word = self._word(name) or default
        try:
            ZoneInfo(word)
        except (KeyError, ValueError, OSError):
            raise ImproperlyConfigured(f"{name} must be a time zone like Africa/Lagos, not {word!r}.") from None
        return word

    def _word(self, name: str) -> str:
        return str(self.str(name, default="")).strip()
