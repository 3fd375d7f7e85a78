"""Who works on a ticket, and how urgent it is."""

from __future__ import annotations

from django.contrib.auth.models import User

from support import access
from support.errors import AssignedToOther
from support.models import By, SupportTicket
from support.services import base


def assign(ticket: SupportTicket, to: User | None, staff: User, *, take: bool = False) -> SupportTicket:
    """Give a ticket to somebody, or to nobody. Agents take what is nobody's and let go of their own.

    Raises NoSuchTicket, AssignedToOther (an agent, a colleague's ticket, without `take`), Forbidden.
    """
    with base.locked(ticket.pk) as (_conversation, current):
        access.check_assign(staff, current, to, take=take)
        base.give(current, to, staff)
        return current


def take(ticket: SupportTicket, staff: User, *, from_colleague: bool = False) -> SupportTicket:
    """`staff` will work on it. Raises AssignedToOther for a colleague's, unless it is taken `from_colleague`."""
    with base.locked(ticket.pk) as (_conversation, current):
        access.check_assign(staff, current, staff, take=from_colleague)
        holder = current.assigned_admin
        if holder and holder.pk != staff.pk and not from_colleague:  # by mistake nobody takes it, supervisors neither
            raise AssignedToOther(holder.username)
        base.give(current, staff, staff)
        return current


def unassign(ticket: SupportTicket, staff: User) -> SupportTicket:
    """Nobody works on it any more. Raises AssignedToOther for a colleague's, unless `staff` may assign."""
    return assign(ticket, None, staff)


def set_priority(ticket: SupportTicket, priority: str, staff: User, *, take: bool = False) -> SupportTicket:
    """Say how urgent a ticket is. Raises NoSuchTicket, Forbidden, AssignedToOther."""
    with base.locked(ticket.pk) as (_conversation, current):
        base.check_hand(current, staff, take=take)
        prioritise(current, priority, by=By.STAFF, staff=staff)
        return current


def prioritise(ticket: SupportTicket, priority: str, *, by: By, staff: User | None = None) -> None:
    """Change how urgent a ticket is. Lock is held."""
    before, ticket.priority = ticket.priority, priority
    if before != priority:
        ticket.save(update_fields=["priority", "updated_at"])
        base.note_change(ticket, "priority", before, priority, by=by, staff=staff)
