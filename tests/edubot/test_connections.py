"""Connections to PostgreSQL: how many a process holds, and that each gives up when its other end is gone."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import inbox, loops
from conversations.models import Attachment, Contact, Heartbeat, InboxItem, MediaFile
from conversations.received import Person
from edubot import jobs, owner
from support.accounts import families
from support.accounts.client import Client
from support.accounts.models import LogInFailure, TokenFamily
from tests.consoles import PATH, consoles
from tests.conversations.test_loops import post_file
from tests.edubot.test_server import WEBHOOK, raw, serving, signed, webhook_of
from tests.processes import CHECKOUT, eventually, running
from tests.whatsapp.payloads import batch_of, post, text_message

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

GIVES_UP = {"tcp_user_timeout": "10000", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"}
OF_SERVICE = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'edubot' AND datname = current_database()"


async def of_the_job_runner() -> list[dict[str, str]]:
    """Parameters of the connections of Procrastinate's worker: one of its pool, and the one that listens."""
    ours = jobs.worker_app()
    async with ours.open_async():
        connector: Any = ours.connector
        async with connector.pool.connection() as pooled, connector._get_standalone_connection() as listening:
            return [pooled.info.get_parameters(), listening.info.get_parameters()]


def test_every_kind_of_connection_gives_up_on_a_machine_that_is_gone() -> None:
    """TCP by itself goes on for a quarter of an hour. (Requests, loops and live events have Django's.)"""
    with psycopg.connect(**owner.address()) as of_backups:
        connection.ensure_connection()
        kinds = [
            connection.connection.info.get_parameters(),
            of_backups.info.get_parameters(),
            *asyncio.run(of_the_job_runner()),
        ]
    assert [{name: kind.get(name) for name in GIVES_UP} for kind in kinds] == [GIVES_UP] * 4


# --- how many ---------------------------------------------------------------------------------------------------------


def promised(process: str) -> int:
    """How many connections a process holds at most by default, as operators are told."""
    text = (CHECKOUT / "docs" / "operations.md").read_text()
    found = re.search(rf"^\| `{process}` process.*\| (\d+) \|$", text, re.MULTILINE)
    assert found
    return int(found[1])


@contextmanager
def held(*models: Any) -> Iterator[Callable[..., int]]:
    """Whoever wants one of these tables waits until the end. Yields what counts the service's connections."""
    address = owner.address()  # closes our own, which has the service's name
    with psycopg.connect(**address) as holder, psycopg.connect(**address, autocommit=True) as observer:
        for model in models:
            holder.execute(f'LOCK TABLE "{model._meta.db_table}" IN ACCESS EXCLUSIVE MODE')

        def count(condition: str = "") -> int:
            found = observer.execute(f"{OF_SERVICE} {condition}".encode()).fetchone()
            return int(found[0]) if found else 0

        yield count
        holder.rollback()


WAITS = "AND wait_event_type = 'Lock'"


def log_in() -> bytes:
    """A request for a page's thread."""
    body = json.dumps({"username": "grace", "password": "correct horse battery staple"}).encode()
    return raw("POST", "/api/admin/login", {"Content-Type": "application/json", "Content-Length": str(len(body))}, body)


def test_a_web_process_holds_as_many_as_operators_are_told(database_url: str) -> None:
    pair = families.begin(User.objects.create_superuser("grace"), Client("127.0.0.1", "test"))
    bearer, scraper = {"Authorization": f"Bearer {pair.access}"}, {"Authorization": "Bearer scrape-me"}
    lanes = [
        *(log_in() for _ in range(8)),
        *(webhook_of(f"wamid.{number}") for number in range(3)),
        *(raw("GET", PATH, bearer) for _ in range(2)),
        raw("GET", "/health/ready", {}),
        raw("GET", "/metrics", scraper),
    ]
    with (
        serving(database_url, "--processes", "1", WEBHOOK_THREADS="3") as web,
        consoles(web.port) as connect,
        ExitStack() as stack,
    ):
        connect(pair.access).begins()
        body = post(text_message("wamid.first"))
        assert web.ask("POST", WEBHOOK, body, signed(body))[0] == 200
        with held(InboxItem, Heartbeat, LogInFailure, TokenFamily) as count:
            for request in lanes * 2:  # twice as many as there are threads for them
                stack.enter_context(closing(web.send(request)))
            eventually(lambda: count(WAITS) == len(lanes))
            assert count() == promised("web")
            assert web.ask("GET", "/health/live")[0] == 200


def test_a_worker_process_holds_as_many_as_operators_are_told(database_url: str) -> None:
    with running("worker", DATABASE_URL=database_url, WHATSAPP_API_URL="http://127.0.0.1:9") as worker:
        worker.says("The worker is ready.")
        inbox.receive(batch_of(post(text_message("wamid.first"))))
        eventually(lambda: not inbox.waiting(set()))
        for number in range(loops.READERS + 1):
            post_file(Person(phone=f"+23480000003{number:02}"))
        with ExitStack() as stack:
            count = stack.enter_context(held(MediaFile))
            eventually(lambda: count(WAITS) == loops.READERS)
            stack.enter_context(held(Contact, Attachment))
            people = [text_message(f"wamid.{one}", **{"from": f"23480{one:08}"}) for one in range(16)]
            inbox.receive(batch_of(post(*people)))
            for _ in range(jobs.AT_ONCE * 2):
                app.configure_task("fetch_attachment").defer(attachment_id=0)
            connection.close()
            eventually(lambda: count(WAITS) >= 8 + jobs.AT_ONCE + loops.READERS)
            eventually(lambda: count() >= promised("worker"))
            assert count() == promised("worker")
        eventually(lambda: not ProcrastinateJob.objects.filter(task_name="fetch_attachment").exists())
        with held() as count:
            # A job that is done keeps none, nor does a file that was read.
            eventually(lambda: count() == promised("worker") - jobs.AT_ONCE - loops.READERS)
