"""What holds for every operation of the API, read off its documentation: what is there, and what comes.

Each request that does something is undone before the next one, so all of them find the same desk.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pytest_django import Settings

from support.audit import AuditEntry
from tests.stored import contents
from tests.support.api.access_table import ROWS
from tests.support.api.conftest import Answer
from tests.support.api.desk import (
    BEFORE,
    CHAT,
    ONE_HOMEWORK,
    PERSON,
    TICKET,
    Desk,
    as_it_is,
    opened_and_taken,
    taken,
)
from tests.support.api.world import NEW, REFRESH, Operation, World, undone

pytestmark = pytest.mark.django_db

AUDIT = AuditEntry._meta.db_table
EXPORT = "/api/admin/exports/{export}.csv"


@pytest.fixture(autouse=True)
def _no_limits(settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = settings.API_SENDS_PER_MINUTE = 10**9


def reads(world: World) -> list[Operation]:
    """The operations that tell something."""
    return [one for one in world.operations if one[0] == "GET"]


def acts(world: World) -> list[Operation]:
    """The operations that do something."""
    return [one for one in world.operations if one[0] != "GET"]


def whole(answer: Answer) -> Answer:
    """The answer once all of it has been told: an export is written while it is read."""
    if answer.streaming and not answer["Content-Type"].startswith("text/event-stream"):
        answer.streaming_content = [answer.getvalue()]
    return answer


# --- Reading ----------------------------------------------------------------------------------------------------------


def test_reading_through_the_api_changes_nothing(desk: Desk) -> None:
    """ASVS 3.5.3; that somebody took a file of people's data is written down, and nothing else is."""
    for one in reads(desk.world):
        before, entries = contents(), AuditEntry.objects.count()
        assert whole(desk.world.ask(one, desk.admin)).status_code == 200, one
        changed = {table for table, rows in contents().items() if rows != before[table]}
        assert changed == ({AUDIT} if one[1] == EXPORT else set()), one
        assert AuditEntry.objects.count() == entries + (one[1] == EXPORT)


HOSTILE = ("'", ")", "_connector", "a__b", "\0", "') OR 1=1 --")


def test_no_parameter_can_be_given_what_harms(desk: Desk) -> None:
    """CVE-2025-21628 of a neighbour, and Django's own of 2025 and 2026: a value is a value, or it is refused."""
    found = {}
    for one in desk.world.operations:
        path = desk.world.path(one[1]).partition("?")[0]
        named = [each["name"] for each in desk.world.documented(one).get("parameters", []) if each["in"] == "query"]
        for name, value in product(named, HOSTILE):
            answer = whole(desk.admin.send(one[0], f"{path}?{name}={quote(value)}", desk.world.body(one)))
            if answer.status_code not in {200, 422}:
                found[*one, name, value] = answer.status_code
    assert found == {}


# --- Answers ----------------------------------------------------------------------------------------------------------


def answered(desk: Desk, one: Operation, **ids: str) -> Answer:
    """The good answer to an administrator, as if nothing had been asked."""

    def ask() -> Answer:
        BEFORE.get((*one, status), as_it_is)(desk)
        body = NEW.get(one[1].removesuffix("/{row_id}"))  # words that change something
        return whole(desk.admin.send(one[0], world.path(one[1], **ids), body or world.body(one)))

    world = desk.world
    status = 201 if "201" in world.documented(one)["responses"] else 200
    answer = undone(ask)
    assert answer.status_code == status, one
    return answer


def test_authenticated_answers_are_kept_by_nobody(desk: Desk) -> None:
    """ASVS 14.3.2. (`test_each_role_gets_as_far_as_it_should` sees the same of refusals.)"""
    found = {one: answered(desk, one)["Cache-Control"] for one in desk.world.operations}
    assert {one: told for one, told in found.items() if told != "no-store"} == {}


KEPT = Path(__file__).with_name("fields.json")


def test_an_answer_has_the_fields_that_somebody_has_looked_at(desk: Desk) -> None:
    """ASVS 8.2.3, 15.3.1: a field that is new stands in fields.json too, where its reviewer asks who may see it.

    `EDUBOT_KEEP_FIELDS=1 pytest -k somebody_has_looked_at` writes that file anew.
    """
    found = {
        " ".join((*one, *ids.values())): shape(told(answered(desk, one, **ids)))
        for one in desk.world.operations
        for ids in choices(desk.world, one)
    }
    if os.environ.get("EDUBOT_KEEP_FIELDS"):
        KEPT.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(KEPT.read_text())


def choices(world: World, one: Operation) -> list[dict[str, str]]:
    """The reports and exports there are, for a path with a place for one; else one choice: whatever is there."""
    parameters = world.documented(one).get("parameters", [])
    named = [(each["name"], each["schema"].get("enum", ())) for each in parameters if each["in"] == "path"]
    return [{name: value} for name, values in named for value in values] or [{}]


def told(answer: Answer) -> Any:
    """What an answer tells: its JSON, a table's columns; of a file or of events nothing."""
    kind = answer["Content-Type"].partition(";")[0]
    if kind == "text/csv":
        return dict.fromkeys(next(csv.reader(answer.getvalue().decode().splitlines())))
    return answer.json() if kind == "application/json" else None


def shape(*values: Any, place: str = "") -> dict[str, str]:
    """The keys at each place of these values, which stand at the same one (`.data.user`), the places of lists too."""
    rows = [each for value in values for each in (value if isinstance(value, list) else [value])]
    objects = [row for row in rows if isinstance(row, dict)]
    names = sorted({name for row in objects for name in row})
    found = {place: " ".join(names)} if names else {}
    for name in names:
        found |= shape(*(row[name] for row in objects if name in row), place=f"{place}.{name}")
    return found


# --- Doing ------------------------------------------------------------------------------------------------------------

# What leaves no entry: signs that are gone in a moment, one's own taste, a link that its file's reader may have, and a
# log-in that goes on.
SILENT = {
    ("POST", f"{PERSON}/typing"),
    ("POST", f"{PERSON}/presence"),
    ("PUT", "/api/admin/me/preferences"),
    ("POST", "/api/admin/media/{media_id}/link"),
    ("POST", REFRESH),
}


def test_whoever_does_something_is_written_down_once_with_their_address(desk: Desk) -> None:
    """ASVS 16.2.1, 16.3.1 to 16.3.3."""

    def entries(one: Operation) -> list[tuple[str, str]]:
        status = next(status for status in (201, 200) if str(status) in desk.world.documented(one)["responses"])
        BEFORE.get((*one, status), as_it_is)(desk)
        known = set(AuditEntry.objects.values_list("pk", flat=True))
        body = NEW.get(one[1].removesuffix("/{row_id}"))  # words that change something
        assert desk.world.ask(one, desk.admin, body).status_code in {200, 201}, one
        return list(AuditEntry.objects.exclude(pk__in=known).values_list("actor__username", "address"))

    found = {one: undone(partial(entries, one)) for one in acts(desk.world)}
    assert {one for one, written in found.items() if not written} == SILENT
    assert {
        one: written for one, written in found.items() if one not in SILENT and written != [("root", "127.0.0.1")]
    } == {}


# What agents may do where a colleague has the chat, the ticket or the homework, each decided by hand: what stands
# beside a conversation is the desk's; whoever knows the answer to homework gives it (once: HOMEWORK_SOLVED); a payment
# has no holder. An operation that takes fields or a parameter of a few values is asked once for each.
SHARED = {
    f"PATCH {PERSON} read",
    f"PATCH {PERSON} labels",
    f"POST {PERSON}/notes",
    f"POST {PERSON}/presence",
    f"POST {PERSON}/typing",
    f"POST {TICKET}/messages user",
    "POST /api/admin/media/{media_id}/link",
    f"PATCH {ONE_HOMEWORK} status",
    f"POST {ONE_HOMEWORK}/provide-solution",
    f"POST {ONE_HOMEWORK}/mark-solved",
    "PUT /api/admin/payments/{payment_id}/status",
}
FIELDS = {
    "read": True,
    "labels": ["exam"],
    "assigned_admin_id": None,
    "status": "IN_PROGRESS",
    "priority": "HIGH",
    "category": "Fees",
}


def ways(world: World, one: Operation) -> Iterator[tuple[str, str, Any]]:
    """The ways in which an operation is used: a name for each, the path, the body."""
    method, path = one
    where, body, name = world.path(path), world.body(one), f"{method} {path}"
    if method == "PATCH":
        yield from ((f"{name} {field}", where, {field: FIELDS[field]}) for field in sorted(world.keys(one) - {"take"}))
        return
    choices = [
        (each["name"], value)
        for each in world.documented(one).get("parameters", [])
        for value in each["schema"].get("enum", ())
    ]
    yield from ((f"{name} {value}", f"{where}?{choice}={value}", body) for choice, value in choices)
    if not choices:
        yield name, where, body


def for_agents(world: World) -> list[Operation]:
    """What agents do to something that stands in the path; what is supervisors' is none of theirs, whoever has it."""
    least = {(method, re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{route}")): role for method, route, role in ROWS}
    return [one for one in acts(world) if "{" in one[1] and least[one] in {"reader", "agent"}]


def test_what_a_colleague_has_is_not_touched_without_taking_it(desk: Desk) -> None:
    """ASVS 8.2.2; side doors of a neighbour (Chatwoot PR 15249, 15127, 15521, 12582)."""

    def ask(one: Operation, path: str, body: Any) -> str:
        (opened_and_taken if one == ("POST", f"{CHAT}/start") else taken)(desk)
        before = contents()
        answer = desk.agent.send(one[0], path, body)
        if answer.status_code in {200, 201}:
            return "done"
        assert contents() == before, path
        return str(answer.json()["error_code"])

    found = {
        name: undone(partial(ask, one, path, body))
        for one in for_agents(desk.world)
        for name, path, body in ways(desk.world, one)
    }
    assert {name for name, outcome in found.items() if outcome == "done"} == SHARED
    assert {name: outcome for name, outcome in found.items() if outcome not in {"done", "ASSIGNED_TO_OTHER"}} == {}
    assert len(found) > len(SHARED) + 8
