"""One action on many tickets. Each ticket is a transaction of its own: one that refuses does not undo the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from conversations.errors import DomainError
from support import access
from support.access import Right
from support.models import SupportTicket
from support.services import categories, handling, statuses

MOST_AT_ONCE = 200

Verb = Callable[[SupportTicket, Any, User], SupportTicket]

# Name -> what it does to one ticket with the value: a User or None, a Priority, a Category or None.
ACTIONS: dict[str, Verb] = {
    "assign": handling.assign,
    "priority": handling.set_priority,
    "category": categories.set_category,
    "resolve": lambda ticket, _value, staff: statuses.resolve(ticket, staff),
    "close": lambda ticket, _value, staff: statuses.close(ticket, staff),
    "reopen": lambda ticket, _value, staff: statuses.reopen(ticket, staff),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one ticket: done, or why not."""

    ticket_id: int
    error: DomainError | None = None

    @property
    def done(self) -> bool:
        """Whether the action was carried out."""
        return self.error is None


def bulk(ids: Iterable[int], action: str, staff: User, value: object = None) -> list[Outcome]:
    """Carry out one of ACTIONS on tickets, in the order of `ids`, each once; one outcome per ticket.

    Raises Forbidden (it is the supervisors'), KeyError for an unknown action, ValueError for more than MOST_AT_ONCE.
    """
    access.require(staff, Right.BULK)
    verb, wanted = ACTIONS[action], list(dict.fromkeys(ids))
    if len(wanted) > MOST_AT_ONCE:
        raise ValueError(f"At most {MOST_AT_ONCE} tickets at once.")
    return [_outcome(verb, ticket_id, value, staff) for ticket_id in wanted]


def _outcome(verb: Verb, ticket_id: int, value: object, staff: User) -> Outcome:
    try:
        verb(SupportTicket(pk=ticket_id), value, staff)
    except DomainError as error:
        return Outcome(ticket_id, error)
    return Outcome(ticket_id)
