"""Calls that wake the workers: sent when the work is committed, and together where there are many."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction

from conversations import wakeup

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listener(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Somebody who is woken on two channels."""
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as listening:
        for channel in (wakeup.INBOX, wakeup.OUTBOX):
            listening.execute(f"LISTEN {channel}")
        yield listening


def _heard(listener: psycopg.Connection, seconds: float = 0.5) -> list[str]:
    return [one.channel for one in listener.notifies(timeout=seconds)]


def test_a_call_goes_out_with_the_commit(listener: psycopg.Connection) -> None:
    with transaction.atomic():
        wakeup.call(wakeup.INBOX)
        assert _heard(listener) == []
    assert _heard(listener) == [wakeup.INBOX]


def test_many_calls_go_out_together_and_none_is_forgotten(listener: psycopg.Connection) -> None:
    caller = wakeup._Caller()
    caller.start()
    for _ in range(500):
        caller.call(wakeup.INBOX)
    caller.call(wakeup.OUTBOX)
    caller.stop()
    heard = _heard(listener)
    assert set(heard) == {wakeup.INBOX, wakeup.OUTBOX}
    assert len(heard) < 50


def test_calls_of_a_thread_that_has_ended_go_out_all_the_same(listener: psycopg.Connection) -> None:
    caller = wakeup._Caller()
    caller.start()
    caller.stop()
    caller.call(wakeup.INBOX)
    assert _heard(listener) == [wakeup.INBOX]
