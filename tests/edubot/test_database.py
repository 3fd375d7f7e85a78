"""What a process keeps of its conversation with the database."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import Settings

from edubot.database import keep_no_statements


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_works_for_weeks_keeps_no_statement(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = True
    monkeypatch.setattr(BaseDatabaseWrapper, "queries_limit", BaseDatabaseWrapper.queries_limit)
    kept = []

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        kept.append(len(connection.queries_log))
        connection.close()

    _in_a_thread(work)
    keep_no_statements()
    _in_a_thread(work)
    assert kept == [1, 0]


def _in_a_thread(work: Callable[[], None]) -> None:
    thread = Thread(target=work)
    thread.start()
    thread.join()
