"""One look at everything there may be to tell."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from support.alerts import memory
from support.alerts.kinds import CRITICAL, KINDS, Kind
from support.alerts.letters import Letter, write
from support.alerts.quiet import is_quiet
from support.alerts.recipients import recipients

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of one kind: how many things, to how many people. `why_not` says why nobody was."""

    kind: Kind
    things: int = 0
    people: int = 0
    why_not: str = ""


def run(
    kinds: Iterable[Kind] = KINDS,
    now: datetime | None = None,
    *,
    anyway: bool = False,
    post: Callable[[Letter], object] | None = None,
) -> list[Told]:
    """Tell what is due, each kind in a transaction of its own.

    `anyway` tells also in quiet hours and what was told a moment ago. `post` gets each mail inside the transaction; by
    default it queues a job.
    """
    now = now or timezone.now()
    memory.forget_settled(CRITICAL)
    return [_tell(kind, now, anyway=anyway, post=post or _queue) for kind in kinds]


def _tell(kind: Kind, now: datetime, *, anyway: bool, post: Callable[[Letter], object]) -> Told:
    if not (anyway or kind.at_once) and is_quiet(settings.SUPPORT_ALERT_QUIET, timezone.localtime(now).time()):
        return Told(kind, why_not="these are quiet hours")
    people = recipients(kind.least)
    if not people:
        return Told(kind, why_not="nobody is to be mailed: set ADMIN_EMAILS, or give staff an e-mail address")
    period = timedelta(0) if anyway else kind.period
    with transaction.atomic():
        found = kind.find(now)
        due = [thing for thing in found if memory.claim(kind.name, thing.key, now, period, thing.figure)]
        things = [thing for thing in due if thing.lines]
        for person in people if things else ():
            post(write(kind, things, person))
    if not things:
        return Told(kind, why_not="it was told before" if found and not due else "there is nothing to tell")
    told = Told(kind, sum(thing.count for thing in things), len(people))
    log.info("Staff are told by mail.", extra={"kind": kind.name, "things": told.things, "people": told.people})
    return told


def _queue(letter: Letter) -> None:
    from support.tasks import send_mail

    send_mail.defer(to=letter.to, subject=letter.subject, body=letter.body)
