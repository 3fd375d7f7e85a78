"""What can go wrong with a backup, in words for the person at the keyboard."""

from __future__ import annotations


class RecoveryError(Exception):
    """A backup could not be made, read or restored. Its text says why; the database is as it was."""
