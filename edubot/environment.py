"""Reading the environment so that a mistake is told in one sentence that names the variable."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_FOLDER = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*")
_AMOUNT = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,2})?")  # what the database keeps of money


class Environment(environ.Env):  # type: ignore[misc]  # untyped
    """django-environ, stricter: an empty value means unset, and what cannot be meant raises ImproperlyConfigured."""

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false; django-environ takes every unknown word for false."""
        word = self._word(name).lower()
        if word and word not in _YES | _NO:
            raise ImproperlyConfigured(f"{name} must be true or false, not {word!r}.")
        return word in _YES if word else default

    def whole(self, name: str, *, default: int, least: int = 0, most: int | None = None) -> int:
        """A number from `least` to `most`."""
        word = self._word(name)
        if word and not (word.isascii() and word.isdigit()):
            raise ImproperlyConfigured(f"{name} must be a whole number, not {word!r}.")
        if word and int(word) < least:
            raise ImproperlyConfigured(f"{name} must be {least} or more, not {word}.")
        if word and most is not None and int(word) > most:
            raise ImproperlyConfigured(f"{name} must be {most} or less, not {word}.")
        return int(word) if word else default

    def amount(self, name: str, *, default: str) -> Decimal:
        """A sum of money above zero."""
        word = self._word(name) or default
        if not (_AMOUNT.fullmatch(word) and Decimal(word)):
            raise ImproperlyConfigured(f"{name} must be an amount like 5000 or 49.99, not {word!r}.")
        return Decimal(word)

    def short(self, name: str, *, default: str, most: int) -> str:
        """A text of at most so many characters."""
        word = self._word(name) or default
        if len(word) > most:
            raise ImproperlyConfigured(f"{name} must have {most} characters or less, not {word!r}.")
        return word

    def words(self, name: str, *, default: Iterable[str] = ()) -> list[str]:
        """Comma-separated words, without the spaces around them; none where the variable is empty."""
        return [word.strip() for word in self.str(name, default=",".join(default)).split(",") if word.strip()]

    def choice(self, name: str, among: Collection[str], *, default: str) -> str:
        """One of a few words."""
        word = self._word(name) or default
        if word not in among:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(among)}, not {word!r}.")
        return word

    def folder(self, name: str, *, default: str) -> str:
        """The beginning of a page's address, without the first slash and with the last: `desk/admin/`."""
        word = self._word(name).strip("/") or default.strip("/")
        if not _FOLDER.fullmatch(word):
            raise ImproperlyConfigured(f"{name} must be letters, digits, - and _, like {default}, not {word!r}.")
        return f"{word}/"

    def address(self, name: str, parse: Callable[[str], dict[str, Any]], *, default: str = "") -> dict[str, Any]:
        """What a URL says, as `parse` reads it; nothing where there is none.

        One that cannot be read is not quoted: what stands in the place of its port may be half a password.
        """
        word = self._word(name) or default
        try:
            return parse(word) if word else {}
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} cannot be read: in its user and password write / as %2F, ? as %3F, @ as %40, # as %23 and "
                "% as %25, and its port in digits."
            ) from None

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        """Comma-separated addresses and networks (CIDR)."""
        words = self.words(name)
        try:
            return tuple(ip_network(word) for word in words)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} must be addresses or networks like 10.8.0.0/16,2001:db8::/32, not {', '.join(words)!r}."
            ) from None

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
