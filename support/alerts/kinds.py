"""What staff are told by mail: a table. To tell something new, write a function that finds it and add a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from support.access import Role
from support.alerts import find
from support.alerts.find import Thing


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of alert.

    `find` finds what there is to tell, `period` is how long it is not repeated, `least` the role that it concerns;
    `one` and `many` say it in a subject, `view` names the page that leads on; `at_once` lets it through quiet hours.
    """

    name: str
    period: timedelta
    least: Role
    one: str
    many: str
    find: Callable[[datetime], list[Thing]]
    view: str = ""
    at_once: bool = False


DESK = "console-tickets"
CRITICAL = "critical"

KINDS: tuple[Kind, ...] = (
    Kind(
        CRITICAL,
        timedelta(days=1),
        Role.SUPERVISOR,
        "Something needs you now",
        "{count} things need you now",
        find.critical_notices,
        "admin:conversations_accountnotice_changelist",
        at_once=True,
    ),
    Kind(
        "unassigned",
        timedelta(minutes=30),
        Role.AGENT,
        "A ticket is nobody's",
        "{count} tickets are nobody's",
        find.unassigned_tickets,
        DESK,
    ),
    Kind(
        "unresolved",
        timedelta(days=1),
        Role.AGENT,
        "A ticket has been open for long",
        "{count} tickets have been open for long",
        find.unresolved_tickets,
        DESK,
    ),
    Kind(
        "growth",
        timedelta(days=7),
        Role.ADMIN,
        "The database grows",
        "The database grows",
        find.database_growth,
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
