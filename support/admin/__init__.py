"""Django admin for the desk, a module per subject. Django imports this package; importing a module registers it."""

from __future__ import annotations

from support.admin import audit, jobs, messages, people, replies, team, tickets

__all__ = ["audit", "jobs", "messages", "people", "replies", "team", "tickets"]
