"""What may follow what in a ticket's life, as data."""

from __future__ import annotations

from support.errors import InvalidTransition
from support.models import Status

LEGAL: dict[str, frozenset[str]] = {
    Status.OPEN: frozenset({Status.IN_PROGRESS, Status.RESOLVED, Status.CLOSED}),
    Status.IN_PROGRESS: frozenset({Status.RESOLVED, Status.CLOSED}),
    Status.RESOLVED: frozenset({Status.IN_PROGRESS, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.IN_PROGRESS}),
}


def check(before: str, after: str) -> None:
    """Raise InvalidTransition unless a ticket may go from `before` to `after`."""
    if after not in LEGAL[before]:
        raise InvalidTransition(before, after, LEGAL[before])
