"""The figures of the yellow banner: how much waits at the desk. One place for the API and for live events."""

from __future__ import annotations

from django.db.models import Count, Q

from conversations.bot.types import State
from conversations.models import Conversation
from support.models import ACTIVE, Status, SupportTicket


def figures() -> dict[str, int | bool]:
    """Open, in progress, unassigned (either, without anybody), live chats, and whether any is above 0. Two queries."""
    tickets = SupportTicket.objects.filter(status__in=ACTIVE).aggregate(
        open_tickets=Count("pk", filter=Q(status=Status.OPEN)),
        in_progress_tickets=Count("pk", filter=Q(status=Status.IN_PROGRESS)),
        unassigned_tickets=Count("pk", filter=Q(assigned_admin=None)),
    )
    counts = tickets | {"active_chats": Conversation.objects.filter(state=State.CHAT_SUPPORT_ACTIVE).count()}
    return counts | {"has_alerts": any(counts.values())}
