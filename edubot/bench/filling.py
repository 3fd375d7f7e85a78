"""Desks of any size for the lists to be measured on: filled once, kept, and gone on with where a run was cut short."""

from __future__ import annotations

from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql

from conversations.models import Message
from edubot import secrets
from edubot.bench import environment, service
from edubot.bench.bench import Bench

MESSAGES = 50  # of each conversation
STEP = 10_000  # conversations that are added at once
PATIENCE = 3600.0  # seconds for any one command
# Foreign keys and triggers have nothing to say to rows that belong together by construction.
UNCHECKED = {"PGOPTIONS": "-c session_replication_role=replica"}
INDEXES = {index.name: index for index in Message._meta.indexes}  # noqa: SLF001  (public in spite of its name)


def fill(bench: Bench, home: Path, size: int) -> str:
    """Bring the desk in `home` to `size` conversations with MESSAGES each; the password of its administrator `bench`.

    While rows come in, the table of messages is without its indexes, which are built afterwards.
    """
    password = secrets.generated("BENCH_PASSWORD", home)
    service.run(("manage.py", "migrate", "--noinput"), home, PATIENCE)
    with psycopg.connect(environment.address(home), autocommit=True) as desk:
        there = _count(desk, "conversations_conversation")
        if not _count(desk, "auth_user"):
            admin = ("--username", "bench", "--email", "bench@demo.invalid", "--noinput")
            service.run(("manage.py", "createsuperuser", *admin), home, PATIENCE, DJANGO_SUPERUSER_PASSWORD=password)
        if there < size:
            bench.say(f"{size:,} conversations with {MESSAGES * size:,} messages are made, once, in {home}")
            _drop_indexes(desk)
        while there < size:
            step = min(STEP, size - there)
            amount = ("--conversations", str(step), "--messages", str(MESSAGES * step))
            service.run(("manage.py", "seed_demo", "--yes", *amount), home, PATIENCE, **UNCHECKED)
            there = _count(desk, "conversations_conversation")
            bench.say(f"    {there:,}")
        _build_indexes(desk)
    return password


def _count(desk: psycopg.Connection, table: str) -> int:
    row = desk.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def _drop_indexes(desk: psycopg.Connection) -> None:
    for name in INDEXES:
        desk.execute(sql.SQL("DROP INDEX IF EXISTS {}").format(sql.Identifier(name)))


def _build_indexes(desk: psycopg.Connection) -> None:
    """Build what is missing of the indexes, and let the planner know of all that came."""
    known = {name for (name,) in desk.execute("SELECT indexname FROM pg_indexes")}
    missing = [index for name, index in INDEXES.items() if name not in known]
    if not missing:
        return
    desk.execute("SET maintenance_work_mem = '512MB'")
    desk.execute("SET max_parallel_maintenance_workers = 2")
    with connection.schema_editor(collect_sql=True) as editor:
        for index in missing:
            desk.execute(str(index.create_sql(Message, editor)))
    desk.execute("VACUUM ANALYZE")
