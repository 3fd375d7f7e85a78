"""The desk's tables. One module per subject; import them from here."""

from support.accounts.models import LogInFailure, StaffProfile, TokenFamily
from support.audit import AuditEntry
from support.models.content import CannedReply, Category, Holiday, MessageTemplate
from support.models.tickets import (
    ACTIVE,
    LIVE,
    PRESENT,
    By,
    EntryKind,
    Priority,
    Status,
    SupportMessage,
    SupportTicket,
    TicketChange,
)
from support.models.watch import EscalationRule, MailedAlert

__all__ = [
    "ACTIVE",
    "LIVE",
    "PRESENT",
    "AuditEntry",
    "By",
    "CannedReply",
    "Category",
    "EntryKind",
    "EscalationRule",
    "Holiday",
    "LogInFailure",
    "MailedAlert",
    "MessageTemplate",
    "Priority",
    "StaffProfile",
    "Status",
    "SupportMessage",
    "SupportTicket",
    "TicketChange",
    "TokenFamily",
]
