"""Django admin for the domain, a module per subject. Django imports this package; importing a module registers it."""

from __future__ import annotations

from conversations.admin import content, files, homework, mailbox, payments, people, thread

__all__ = ["content", "files", "homework", "mailbox", "payments", "people", "thread"]
