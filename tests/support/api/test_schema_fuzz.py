"""Requests that schemathesis makes up from the schema, good ones and bad ones: every answer is one that was promised.

The schedule is derived from the code: a failure is the same the next time. `make fuzz` (EDUBOT_FUZZ=100000) asks for
more of it. Each request is undone before the next one, so all of them find the same desk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import hypothesis.strategies as st
import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as rules
from pytest_django import Settings
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
)

from edubot.wsgi import application
from support.models import SupportTicket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import ClientFor
from tests.support.api.world import WEBHOOKS, World, make_world, undone

ROUNDS = rules(
    max_examples=max(3, int(os.environ.get("EDUBOT_FUZZ", "2000")) // 600),  # of each operation, good and bad
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# What a schema cannot say: we sign cursors; these exclude each other, or stand in an order; the key is in the body too.
UNSAID = {"cursor", "before", "after", "around", "from", "to", "Idempotency-Key"}
# Fields of a body that it cannot judge: what they name may not be there, and a file be of a kind that nobody takes.
UNJUDGED = {"assigned_admin_id", "student_id", "category", "key", "language", "reply_to", "action", "file"}


@pytest.fixture
def world(ticket: SupportTicket, phone: Phone, admin: User, settings: Settings) -> World:
    """A desk that counts no requests."""
    settings.API_REQUESTS_PER_MINUTE = settings.API_SENDS_PER_MINUTE = 10**9
    return make_world(ticket, phone, admin)


@pytest.fixture
def tokens(world: World, admin: User, agent: User, reader: User, client_for: ClientFor) -> list[str]:
    """Of people who may come in."""
    return [client_for(user).token or "" for user in (admin, agent, reader)]


@pytest.fixture
def kept_connection(tokens: list[str]) -> Iterator[None]:
    """Requests leave the connection open, in whose transaction the test lives.

    Django's own test client does the same, and undoes it after each request: `tokens` have been asked for before.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def sayable(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without the parameters whose good values it cannot tell."""
    found = deepcopy(schema)
    for item in found["paths"].values():
        for operation in item.values():
            operation["parameters"] = [one for one in operation.get("parameters", []) if one["name"] not in UNSAID]
    return found


def groundless(case: Any) -> list[CheckFunction]:
    """The checks for which the schema gives this case no ground."""
    is_unjudged = isinstance(case.body, dict) and bool(UNJUDGED & case.body.keys())
    found = {
        response_schema_conformance: case.path.endswith("/events"),  # it is each single event that would be looked at
        positive_data_acceptance: is_unjudged,
        negative_data_rejection: "" in (case.query or {}).values(),  # which means the same as no parameter
    }
    return [check for check, applies in found.items() if applies]


@pytest.mark.django_db
@pytest.mark.usefixtures("kept_connection")
@pytest.mark.parametrize("mode", GenerationMode)
def test_every_answer_is_one_that_was_promised(world: World, tokens: list[str], mode: GenerationMode) -> None:
    api: Any = schemathesis.openapi.from_dict(sayable(world.schema) if mode.is_positive else world.schema)
    api.app = application
    broken = []
    for operation in (found.ok() for found in api.get_all_operations()):
        if operation.path in WEBHOOKS:
            continue
        there = world.ids_in(operation.path)
        real = {name: str(there[name]) for name in there if f"{{{name}}}" in operation.path}
        cases = operation.as_strategy(mode)
        if real:  # half of the requests are about something that is there
            cases = st.one_of(cases, operation.as_strategy(mode, path_parameters=real))

        @ROUNDS
        @given(case=cases, token=st.sampled_from(tokens))
        def play(case: Any, token: str) -> None:
            headers, excluded = {"Authorization": f"Bearer {token}"}, groundless(case)
            undone(lambda: case.call_and_validate(headers=headers, excluded_checks=excluded))

        try:
            play()
        except BaseExceptionGroup as failures:
            broken.append(failures)
    if broken:
        raise BaseExceptionGroup(f"{len(broken)} operations broke their promise", broken)
