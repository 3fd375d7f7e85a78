"""The desk's tests play the same student as the domain's."""

from __future__ import annotations

from tests.conversations.conftest import channel, lead, other_phone, phone, student

__all__ = ["channel", "lead", "other_phone", "phone", "student"]
