"""What happened, for whoever watches live. Written by triggers; read in `conversations.events`."""

from __future__ import annotations

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, Func


class TransactionId(models.BigIntegerField):  # type: ignore[type-arg]  # generic for mypy alone
    """A transaction's number (PostgreSQL's `xid8`, which unlike the older `xid` never starts again)."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The column's type."""
        return "xid8"


class CurrentTransaction(Func):
    """The number of the transaction itself, also inside a savepoint."""

    function = "pg_current_xact_id"
    output_field = TransactionId()


class ClockTime(Func):
    """This very moment. Now() would be the beginning of the statement, which a bulk statement leaves far behind."""

    function = "clock_timestamp"
    output_field = DateTimeField()


class LiveEvent(models.Model):
    """Something staff watch has changed: `subject` is the id of the row, `kind` says which table and what about it.

    The row itself says what it looks like now, so nothing a person said stands here. `data` is for what has no row of
    its own (presence). One transaction tells each thing once, however often it touches it.
    """

    kind = models.CharField(max_length=16)
    subject = models.BigIntegerField()
    data = models.JSONField(null=True)
    xact = TransactionId(db_default=CurrentTransaction())
    created_at = models.DateTimeField(db_default=ClockTime(), db_index=True)

    class Meta:
        constraints = [
            # Readers ask by transaction, so the index that keeps an event single is the one that finds it.
            models.UniqueConstraint(fields=["xact", "kind", "subject"], name="event_once_per_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
