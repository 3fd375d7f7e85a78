"""How much there is of everything: the counts of the dashboard."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from conversations.bot.types import State
from conversations.models import (
    Contact,
    Conversation,
    Homework,
    HomeworkStatus,
    Payment,
    PaymentStatus,
    Subscription,
)
from conversations.models.people import KNOWN
from support.models import Status, SupportTicket


def totals() -> dict[str, Any]:
    """The counts of `dashboard/stats`, under the names of docs/api.md. Seven queries."""
    people = Contact.objects.filter(KNOWN).aggregate(students=Count("registered_at"), all=Count("pk"))
    homework = _by_status(Homework, HomeworkStatus.values)
    payments = _by_status(Payment, PaymentStatus.values)
    received = Payment.objects.filter(status=PaymentStatus.SUCCESS).aggregate(revenue=Sum("amount"))
    return {
        "students": people["students"],
        "leads": people["all"] - people["students"],
        "active_chats": Conversation.objects.filter(state=State.CHAT_SUPPORT_ACTIVE).count(),
        "tickets": _by_status(SupportTicket, Status.values),
        "homework": homework,
        "payments": payments,
        "total_students": people["students"],
        "active_subscribers": Subscription.objects.filter(active_until__gt=timezone.now()).count(),
        "total_payments": sum(payments.values()),
        "total_revenue": received["revenue"] or Decimal(0),
        "total_homework_submissions": sum(homework.values()),
    }


def _by_status(model: Any, statuses: Iterable[str]) -> dict[str, int]:
    """How many rows there are of each status, of those without any too."""
    found = model.objects.order_by().values_list("status").annotate(number=Count("pk"))
    return dict.fromkeys(statuses, 0) | dict(found)
