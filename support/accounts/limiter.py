"""How often somebody may try a password. One limiter for every way in: it stands in the authentication backend.

Failures of the last 15 minutes count: five for an account from one address refuse that pair, twenty from an address
refuse the address. An account that fails twenty times, from wherever, is never locked, or anybody could lock anybody
out: further failures there are slowed and staff are told, and the right password from a clean address gets in.

An attempt counts from before its password is looked at, so that guesses sent at once pass no more often than guesses
sent one by one. Until it has an answer it counts for a minute only: what ends in trouble of ours (the database went
away, a statement took too long) says nothing about whoever tried, and must not shut them out when all is well again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import Error
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac

from conversations.notices import raise_notice
from conversations.received import Severity
from support.accounts.errors import TooManyAttempts
from support.accounts.models import LogInFailure

WINDOW = timedelta(minutes=15)
UNDECIDED = timedelta(minutes=1)  # far longer than looking at a password takes
OF_PAIR, OF_ADDRESS, OF_ACCOUNT = 5, 20, 20
DELAY = 1.0  # seconds
_slow_lane = threading.BoundedSemaphore(2)  # per process: threads that may wait are threads that cannot work


def checked(username: str, address: str, check: Callable[[], User | None]) -> User | None:
    """Let `check` look at a password, unless too many failed before. Raises TooManyAttempts.

    The attempt is written down before it is looked at, and how it ended after that. Where it ends in an exception it is
    taken back; where not even that can be written down, it is soon forgotten.
    """
    account = salted_hmac("support.accounts.limiter", username.casefold(), algorithm="sha256").hexdigest()
    attempt = LogInFailure.objects.create(account=account, address=address, at=Now() - WINDOW + UNDECIDED)
    try:
        counts = _counts(account, address)
        is_refused = counts["pair"] > OF_PAIR or counts["address"] > OF_ADDRESS
        user = None if is_refused else check()
    except Exception:
        with suppress(Error):
            attempt.delete()
        raise
    if is_refused:
        attempt.delete()  # it was not looked at: hammering on must not keep the door shut
        raise TooManyAttempts(_wait(account, address))
    if user:
        _recent().filter(account=account, address=address).delete()
        return user
    LogInFailure.objects.filter(pk=attempt.pk).update(at=Now())
    if counts["account"] > OF_ACCOUNT:
        _slow_down(username)
    return None


def forget() -> None:
    """Take out what counts no more."""
    LogInFailure.objects.filter(at__lt=Now() - WINDOW).delete()


def _recent() -> QuerySet[LogInFailure]:
    return LogInFailure.objects.filter(at__gt=Now() - WINDOW)


def _counts(account: str, address: str) -> dict[str, int]:
    """How many failures there are of the account from the address, of the address, and of the account."""
    failures = _recent().filter(Q(account=account) | Q(address=address))
    return failures.aggregate(
        pair=Count("pk", filter=Q(account=account, address=address)),
        address=Count("pk", filter=Q(address=address)),
        account=Count("pk", filter=Q(account=account)),
    )


def _wait(account: str, address: str) -> int:
    """Seconds until so many failures are forgotten that another attempt is looked at."""
    in_the_way = (
        (_recent().filter(account=account, address=address), OF_PAIR),
        (_recent().filter(address=address), OF_ADDRESS),
    )
    decisive = [
        failures.order_by("-at").values_list("at", flat=True)[most - 1 : most].first() for failures, most in in_the_way
    ]
    until = max(filter(None, decisive), default=timezone.now()) + WINDOW
    return max(int((until - timezone.now()).total_seconds()), 1)


def _slow_down(username: str) -> None:
    """Tell staff, and make the guesser wait. Raises TooManyAttempts where enough threads wait already."""
    user = User.objects.filter(username=username).first()
    if user:
        raise_notice(
            f"log-in-attack-{user.pk}",
            "log_in_attack",
            Severity.WARNING,
            "Somebody keeps trying passwords for an account of the team.",
            user=user.pk,
        )
    if not _slow_lane.acquire(blocking=False):
        raise TooManyAttempts(retry_after=5)
    try:
        time.sleep(DELAY)
    finally:
        _slow_lane.release()
