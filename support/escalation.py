"""Priorities rise with the time that a student waits, by rules that staff write in Django admin."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from django.utils import timezone

from support.clock import open_seconds
from support.errors import NoSuchTicket
from support.models import ACTIVE, By, EscalationRule, Priority, SupportTicket
from support.services.base import locked
from support.services.handling import prioritise

log = logging.getLogger(__name__)

_LADDER = {priority: rung for rung, priority in enumerate(Priority.values)}


def escalate(now: datetime | None = None) -> int:
    """Raise the priority of every ticket whose student has waited as long as a rule allows; returns how many steps.

    Rules for lower priorities go first, so a ticket that has waited for very long climbs as far as it should.
    """
    now = now or timezone.now()
    rules = sorted(
        EscalationRule.objects.filter(is_active=True), key=lambda rule: (_LADDER[rule.priority], rule.minutes)
    )
    return sum(_apply(rule, now) for rule in rules)


def _apply(rule: EscalationRule, now: datetime) -> int:
    # Opening hours never run faster than the clock, so these are all that can be due.
    waiting = SupportTicket.objects.filter(
        status__in=ACTIVE, priority=rule.priority, waiting_since__lte=now - timedelta(minutes=rule.minutes)
    )
    return sum(_raise(ticket_id, rule, now) for ticket_id in waiting.values_list("pk", flat=True))


def _raise(ticket_id: int, rule: EscalationRule, now: datetime) -> bool:
    with suppress(NoSuchTicket), locked(ticket_id) as (_conversation, ticket):
        if not _is_due(ticket, rule, now):
            return False
        prioritise(ticket, rule.raised_to, by=By.RULE)
        log.info("A ticket was escalated.", extra={"ticket_id": ticket.pk, "priority": rule.raised_to})
        return True
    return False


def _is_due(ticket: SupportTicket, rule: EscalationRule, now: datetime) -> bool:
    """Whether the rule holds for the ticket as it is now. Whoever lowers a priority by hand has the last word."""
    since = ticket.waiting_since
    if since is None or ticket.priority != rule.priority or not ticket.is_active:
        return False
    raised_before = ticket.changes.filter(
        field="priority", by=By.RULE, before=rule.priority, after=rule.raised_to, at__gte=since
    )
    return open_seconds(since, now) >= rule.minutes * 60 and not raised_before.exists()
