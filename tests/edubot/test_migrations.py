"""Migrations go forwards and backwards over a desk with people on it, and no release breaks the one before it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddIndexConcurrently, CreateExtension, RemoveIndexConcurrently
from django.db import migrations
from django.db.migrations.loader import MigrationLoader

from edubot import owner
from edubot.recovery import programs, restore
from tests.processes import CHECKOUT, environment

OURS = ("support", "conversations", "edubot")  # from the top down: nothing below may hang on what is above


@pytest.fixture
def elsewhere(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[programs.Address]:
    """An empty database beside the one of the tests."""
    with django_db_blocker.unblock(), restore.scratch(owner.address()) as address:  # type: ignore[attr-defined]
        yield address


def manage(address: programs.Address, *command: str) -> None:
    done = subprocess.run(  # noqa: S603  (our own)
        [sys.executable, "manage.py", *command],
        cwd=CHECKOUT,
        env=environment(DATABASE_URL=programs.url(address)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def people(address: programs.Address) -> tuple[int, int]:
    with psycopg.connect(**address) as there:  # type: ignore[arg-type]
        counted = there.execute(
            "SELECT (SELECT count(*) FROM conversations_contact), (SELECT count(*) FROM conversations_message)"
        ).fetchone()
        assert counted
        return counted


@pytest.mark.processes
def test_every_migration_can_be_taken_back_and_done_again_on_a_filled_database(elsewhere: programs.Address) -> None:
    manage(elsewhere, "migrate", "-v0")
    manage(elsewhere, "seed_demo", "--conversations", "10", "--messages", "200")
    for app in OURS:
        first = min(name for label, name in MigrationLoader(None).disk_migrations or {} if label == app)
        manage(elsewhere, "migrate", app, first, "-v0")
    assert people(elsewhere) == (10, 200)

    manage(elsewhere, "migrate", "-v0")
    assert people(elsewhere) == (10, 200)

    for app in OURS:
        manage(elsewhere, "migrate", app, "zero", "-v0")
    manage(elsewhere, "migrate", "-v0")
    assert people(elsewhere) == (0, 0)


# --- the previous release goes on writing while the next one's migrations run (P26) -----------------------------------

# Steps that break a process of the release before: what it reads is gone, or what it does not write is demanded.
_CONTRACTS = (migrations.RemoveField, migrations.DeleteModel, migrations.RenameField, migrations.RenameModel)
RELEASED = re.compile(r"0001_")  # nothing runs before an application's first migration


def _steps() -> Iterator[tuple[str, migrations.operations.base.Operation]]:
    for (app, name), migration in (MigrationLoader(None).disk_migrations or {}).items():
        if app in OURS and not RELEASED.match(name):
            yield from ((f"{app}.{name}", step) for step in migration.operations)


def test_no_migration_takes_away_what_the_release_before_uses() -> None:
    """Expand, migrate, contract: a removal waits for a release in which nothing uses what it removes.

    Such a migration names itself here, with the release since which nothing uses it.
    """
    agreed: set[str] = set()
    found = {name for name, step in _steps() if isinstance(step, _CONTRACTS)}
    assert found <= agreed


# What only adds, or takes away what only makes things quicker.
_HARMLESS = (
    *(migrations.AddField, migrations.AddIndex, migrations.RemoveIndex, migrations.CreateModel),
    *(AddIndexConcurrently, RemoveIndexConcurrently, CreateExtension),
)
# Everything else says here why a process of the release before goes on beside it.
LOOKED_AT = {
    "conversations.0006_search_by_stretch": "functions of another signature beside those that it calls",
    "conversations.0008_fewer_indexes": "indexes that nothing reads",
    "conversations.0009_erased_are_listed_nowhere": "rows of people who are erased, which it lists or does not",
    "support.0009_ticket_tells_conversation": "one more trigger, whose events it passes on like others",
    "support.0010_person_tells_ticket": "one more trigger, whose events it passes on like others",
}


def test_what_does_more_than_add_has_been_looked_at() -> None:
    found = {name for name, step in _steps() if not isinstance(step, _HARMLESS)}
    assert found - BEFORE_THE_FIRST_RELEASE == LOOKED_AT.keys()


def test_a_column_that_is_added_has_a_value_where_an_old_process_gives_none() -> None:
    for name, step in _steps():
        if isinstance(step, migrations.AddField):
            field = step.field
            filled = field.null or field.many_to_many or field.has_db_default()
            created_here = any(
                isinstance(other, migrations.CreateModel) and other.name.lower() == step.model_name_lower
                for other_name, other in _steps()
                if other_name == name
            )
            assert filled or created_here or name in BEFORE_THE_FIRST_RELEASE, f"{name}: {step.model_name}.{step.name}"


# Written before 1.0, when no release was running anywhere.
BEFORE_THE_FIRST_RELEASE = {
    name
    for name, _ in _steps()
    if int(re.search(r"\.(\d+)_", name)[1]) <= {"support": 6}.get(name.split(".")[0], 5)  # type: ignore[index]
}


def test_every_application_of_ours_is_looked_at() -> None:
    ours = {config.label for config in apps.get_app_configs() if (CHECKOUT / config.label).is_dir()}
    assert ours - {"whatsapp"} == set(OURS)  # the adapter keeps nothing
