"""What happens to tickets when two records turn out to be one person: the older active ticket is kept."""

from __future__ import annotations

from conversations.models import Conversation
from conversations.people import merged
from support import services
from support.models import SupportTicket


def _join_tickets(sender: object, kept: Conversation, gone: Conversation, **_: object) -> None:
    """Close the younger of two active tickets, then give all tickets to the kept conversation. Both are locked."""
    active = [ticket for ticket in (services.active_ticket(kept), services.active_ticket(gone)) if ticket]
    if len(active) == 2:
        older, younger = sorted(active, key=lambda ticket: ticket.pk)
        younger.entries.update(ticket=older)
        services.close_merged(younger)
    SupportTicket.objects.filter(conversation=gone).update(conversation=kept)


merged.connect(_join_tickets, dispatch_uid="support.join_tickets")
