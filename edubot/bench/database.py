"""The bench's own database: emptied before a row, asked what is in it, and made to tell which statements it gets."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, LiteralString

import psycopg
from django.contrib.auth.models import Group, User
from django.db import connection
from django.utils import timezone

from conversations.models import Contact, Conversation, DeliveryReport, Gate, Heartbeat, InboxItem, LiveEvent
from edubot.bench import environment, webhooks
from support.accounts import families
from support.accounts.client import Client
from support.accounts.tokens import Pair
from support.models import Category

_EMPTIED = (Contact, InboxItem, DeliveryReport, Heartbeat, Gate, LiveEvent)
_JOBS = "procrastinate_jobs"
_LOGGED = re.compile(r" edubot LOG:  (?:statement|execute [^:]+): (.*)")
_WRITTEN = """
    SELECT xact_commit, pg_current_wal_insert_lsn() - '0/0' FROM pg_stat_database WHERE datname = current_database()
"""
_SIZES = """
    SELECT relname, pg_total_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
PAUSE = threading.Event()


def empty() -> None:
    """Take out everybody and everything that was said, so that a row does not pay for the one before."""
    with connection.cursor() as cursor:
        tables = [*(model._meta.db_table for model in _EMPTIED), _JOBS]  # noqa: SLF001  (public in spite of its name)
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
    analyse()


def analyse() -> None:
    """Let PostgreSQL know how much there is by now, as it finds out by itself within a minute."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def scalar(statement: str) -> int:
    """The one number that a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Written:
    """What this database has written so far: transactions that were committed, and bytes of write-ahead log."""

    commits: int
    log: int


def written() -> Written:
    """As of now. PostgreSQL's processes tell of their commits about once a second, so it is right over many."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN)
        return Written(*map(int, cursor.fetchone()))


def sizes() -> dict[str, int]:
    """Table -> bytes of its rows, their indexes and what was moved out of line."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZES)
        return dict(cursor.fetchall())


def students(count: int) -> list[str]:
    """The addresses of so many registered students, who are there from now on."""
    now = timezone.now()
    phones = [webhooks.phone(number) for number in range(count)]
    made = Contact.objects.bulk_create(
        Contact(phone=f"+{phone}", name="Ada Obi", email="ada@example.com", class_grade="SS2", registered_at=now)
        for phone in phones
    )
    Conversation.objects.bulk_create(Conversation(contact=contact, state="idle") for contact in made)
    return phones


def agents(count: int) -> list[str]:
    """Access tokens of so many members of the team."""
    return [one.access for one in log_ins(count)]


def log_ins(count: int) -> list[Pair]:
    """So many agents, each of them logged in from now on."""
    Category.objects.get_or_create(name="Other")
    team, _ = Group.objects.get_or_create(name="agent")
    pairs = []
    for number in range(count):
        user, _ = User.objects.get_or_create(username=f"bench-{number}", defaults={"is_staff": True})
        user.groups.add(team)
        pairs.append(families.begin(user, Client(address="127.0.0.1", agent="bench")))
    return pairs


def longest_thread() -> tuple[str, int]:
    """The phone of whoever has the longest thread, and how many messages it has."""
    longest = Conversation.objects.order_by("-message_count").select_related("contact")[0]
    return str(longest.contact.phone), longest.message_count


@contextmanager
def statements(home: Path) -> Iterator[list[str]]:
    """The statements that the service in `home` sends during the block; the list is filled when the block ends."""
    heard: list[str] = []
    with psycopg.connect(environment.address(home), autocommit=True, application_name="bench") as watcher:
        log = _one(watcher, "SELECT pg_current_logfile()")
        _tell(watcher, "all")
        before = _one(watcher, "SELECT size FROM pg_stat_file(%s)", log)
        yield heard
        _tell(watcher, "none")
        lines = _one(watcher, "SELECT convert_from(pg_read_binary_file(%s, %s, 50000000), 'UTF8')", log, before)
    heard += told(lines)


def told(log: str) -> list[str]:
    """The statements of the service that PostgreSQL's log names.

    Raises AssertionError where it names none (another file was begun at midnight): that is no measurement.
    """
    found = [line[1] for line in map(_LOGGED.search, log.splitlines()) if line]
    if not found:
        raise AssertionError("PostgreSQL's log names no statement of the service")
    return found


def _one(watcher: psycopg.Connection[Any], statement: LiteralString, *values: object) -> Any:
    row = watcher.execute(statement, values).fetchone()
    return row[0] if row else None


def _tell(watcher: psycopg.Connection[Any], which: Literal["all", "none"]) -> None:
    """Switch the log; every server process reads its settings anew between two statements, a moment later."""
    PAUSE.wait(0.3)
    watcher.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
    watcher.execute("SELECT pg_reload_conf()")
    PAUSE.wait(0.3)
