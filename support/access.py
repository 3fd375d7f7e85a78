"""Who may do what at the desk. The one place: the API, the console and Django admin all ask here; what it does not know
is refused.

Roles are the Django groups `agent` and `supervisor`; a superuser is `admin`; active staff in neither group may read.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import Any

from django.contrib.auth.models import AnonymousUser, Group, User
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from support.errors import AssignedToOther, Forbidden
from support.models import SupportTicket


class Role(IntEnum):
    """A person's place at the desk; each includes the ones before it."""

    READER = 1
    AGENT = 2
    SUPERVISOR = 3
    ADMIN = 4

    @property
    def label(self) -> str:
        """The role as clients see it."""
        return self.name.lower()


class Right(StrEnum):
    """What somebody may do."""

    READ = "read"
    ANSWER = "answer"  # answers, notes, ends, retries, homework: the verbs of one's own and of unassigned chats
    ASSIGN = "assign"  # give chats to others
    BULK = "bulk"
    EXPORT = "export"
    TEMPLATES = "templates"
    CONTENT = "content"  # canned replies, categories, FAQ topics, the bot's wording
    GIVE = "give"  # days of a subscription that nobody paid for
    USERS = "users"
    SETTINGS = "settings"
    ERASE = "erase"


LEAST: dict[Right, Role] = {
    Right.READ: Role.READER,
    Right.ANSWER: Role.AGENT,
    Right.ASSIGN: Role.SUPERVISOR,
    Right.BULK: Role.SUPERVISOR,
    Right.EXPORT: Role.SUPERVISOR,
    Right.TEMPLATES: Role.SUPERVISOR,
    Right.CONTENT: Role.SUPERVISOR,
    Right.GIVE: Role.SUPERVISOR,
    Right.USERS: Role.ADMIN,
    Right.SETTINGS: Role.ADMIN,
    Right.ERASE: Role.ADMIN,
}
GROUPS = {"agent": Role.AGENT, "supervisor": Role.SUPERVISOR}


def with_groups(users: QuerySet[User, Any]) -> QuerySet[User, Any]:
    """The users with what `role_of` needs to know of each, so that it asks nothing more."""
    names = Group.objects.filter(user=OuterRef("pk"), name__in=GROUPS).values("name")
    return users.annotate(desk_groups=ArraySubquery(names))


def role_of(user: User | AnonymousUser | None) -> Role | None:
    """Somebody's role, or None for who has no business here."""
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return Role.ADMIN
    if not user.is_staff:
        return None
    return max((GROUPS[name] for name in _groups(user)), default=Role.READER)


def rights_of(user: User | AnonymousUser | None) -> frozenset[Right]:
    """All that somebody may do."""
    role = role_of(user)
    return frozenset(right for right, least in LEAST.items() if role is not None and role >= least)


def may(user: User | AnonymousUser | None, right: object) -> bool:
    """Whether somebody has this right. A right that is not in the table is nobody's."""
    return right in rights_of(user)


def require(user: User | AnonymousUser | None, right: Right) -> None:
    """Raise Forbidden unless somebody has this right."""
    if not may(user, right):
        raise Forbidden


def check_own(user: User, ticket: SupportTicket, *, take: bool = False) -> None:
    """Raise unless somebody may act on this ticket: it is theirs or nobody's, or they mean to take it over (`take`).

    Who may assign chats may act on anybody's. Raises Forbidden and AssignedToOther.
    """
    require(user, Right.ANSWER)
    holder = ticket.assigned_admin
    if holder and holder.pk != user.pk and not take and not may(user, Right.ASSIGN):
        raise AssignedToOther(holder.username)


def may_act(user: User, ticket: SupportTicket) -> bool:
    """Whether somebody may act on this ticket as it is, without taking it over."""
    try:
        check_own(user, ticket)
    except (AssignedToOther, Forbidden):
        return False
    return True


def check_assign(user: User, ticket: SupportTicket, to: User | None, *, take: bool = False) -> None:
    """Raise unless somebody may give this ticket to `to` (None: to nobody).

    Agents take what is nobody's, let go of their own, and take a colleague's with `take`; the rest is for those who may
    assign. Nobody is given work who could not do it. Raises Forbidden and AssignedToOther.
    """
    if to is not None and not may(to, Right.ANSWER):
        raise Forbidden(f"{to.username} cannot answer chats.")
    if may(user, Right.ASSIGN):
        return
    check_own(user, ticket, take=take)
    if to is not None and to.pk != user.pk:
        raise Forbidden("Only supervisors give chats to others.")


def _groups(user: User) -> Iterable[str]:
    known: list[str] | None = getattr(user, "desk_groups", None)
    return user.groups.filter(name__in=GROUPS).values_list("name", flat=True) if known is None else known
