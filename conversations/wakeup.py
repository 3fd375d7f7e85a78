"""Telling the workers that a mailbox has work. A call that is lost costs a second: they look by themselves as well."""

from __future__ import annotations

from functools import partial

from django.db import connection, transaction

INBOX, OUTBOX, REPORTS = "edubot_inbox", "edubot_outbox", "edubot_reports"


def call(channel: str) -> None:
    """Wake whoever listens on `channel`, once the present transaction is committed.

    The NOTIFY goes out on its own: inside the transaction it would take PostgreSQL's global notification lock across
    the commit's disk flush, and every webhook would wait for every other.
    """
    transaction.on_commit(partial(_notify, channel))


def _notify(channel: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [channel])
