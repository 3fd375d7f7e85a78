"""The words of a mail."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from support.alerts.find import Thing
from support.alerts.kinds import Kind
from support.alerts.recipients import address_of


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one person; `to` is a reference (support.alerts.recipients)."""

    to: str
    subject: str
    body: str


def write(kind: Kind, things: list[Thing], to: str) -> Letter:
    """What one person is told: what it is about, a line for each, and the way there."""
    count = sum(thing.count for thing in things)
    told = kind.one if count == 1 else kind.many.format(count=count)
    lines = [line for thing in things for line in thing.lines]
    link = [f"{settings.PUBLIC_URL}{reverse(kind.view)}"] if settings.PUBLIC_URL and kind.view else []
    body = "\n\n".join([f"{told}.", "\n".join(lines), *link])
    return Letter(to, f"[{settings.BOT_NAME}] {told}", f"{body}\n")


def send(letter: Letter) -> bool:
    """Send one mail; False where its recipient is gone. Raises OSError when the mail server does not take it."""
    address = address_of(letter.to)
    if address is None:
        return False
    send_mail(letter.subject, letter.body, None, [address])
    return True
