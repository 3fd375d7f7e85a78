"""Django admin for the desk, a module per subject. Django imports this package; importing a module registers it."""

from __future__ import annotations

from support.admin import audit, people, replies, tickets

__all__ = ["audit", "people", "replies", "tickets"]
