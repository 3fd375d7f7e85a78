"""Backups and how to come back from them.

A backup is one file: a ZIP with PostgreSQL's own archive (`pg_dump`, custom format; media included, for they live in
the database) and a manifest that says of which moment it is, which migrations had been applied, and how many rows each
table held. Everything in it is of one snapshot, so the manifest can be held against what comes out again.

A restore is one transaction: the old tables go, the new ones come, and sending is shut, all or nothing. No worker ever
sees a restored outbox that is open (conversations.aftermath says why that matters).
"""

from __future__ import annotations

from edubot.recovery.errors import RecoveryError

__all__ = ["RecoveryError"]
