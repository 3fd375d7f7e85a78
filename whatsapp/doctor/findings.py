"""What a check says, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from conversations.channel import SendError
from whatsapp.client import Api
from whatsapp.client.guard import is_meta
from whatsapp.client.transport import Answer, Timeouts

PATIENCE = Timeouts(connect=3.05, read=10.0, total=10.0)


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result: what was seen, and what to do about it ("" where all is well)."""

    level: Level
    what: str
    mend: str = ""


def ok(what: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, what)


def warn(what: str, mend: str) -> Finding:
    """It works, but not for long or not well."""
    return Finding(Level.WARN, what, mend)


def fail(what: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(Level.FAIL, what, mend)


class Patient:
    """The service under examination: our settings, Meta's answers, our own address."""

    def __init__(self, public_url: str = "", api: Api | None = None) -> None:
        self.public_url = (public_url or settings.PUBLIC_URL).rstrip("/")
        self.api = api or Api.from_settings()

    @property
    def is_meta(self) -> bool:
        """Whether Meta itself answers, and not the stand-in."""
        return is_meta(self.api.url)

    @property
    def address(self) -> str:
        """Where our own web process is asked: the public address, or else this machine."""
        return self.public_url or f"http://127.0.0.1:{settings.PORT}"

    @property
    def webhook(self) -> str:
        """The callback URL that belongs into Meta's form."""
        return f"{self.address}{reverse('whatsapp-webhook')}"

    @property
    def is_public(self) -> bool:
        """Whether our address is meant to be reached from outside of this machine."""
        return urlsplit(self.address).hostname not in {"127.0.0.1", "localhost", "::1"}

    @cached_property
    def number(self) -> Answer | SendError:
        """What Meta says about our number. Asked once: other checks rest on it."""
        fields = "id,display_phone_number,verified_name,quality_rating,platform_type,status"
        return self.ask(self.api.phone_number_id, fields=fields)

    @property
    def can_ask(self) -> bool:
        """Whether Meta answers for our number; where it does not, the check of the number says why."""
        return bool(self.api.phone_number_id) and isinstance(self.number, Answer)

    def ask(self, path: str, **params: str) -> Answer | SendError:
        """A question to the Graph API."""
        try:
            return self.api.get(path, **params)
        except SendError as error:
            return error


Check = Callable[[Patient], Iterable[Finding]]
