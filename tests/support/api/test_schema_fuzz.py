"""Requests that schemathesis makes up from the schema, good ones and bad ones: every answer is one that was promised.

Three ways: the examples and the bounds of all that is described, one by one; what comes up when it is told to make
requests; and sequences, in which a request is about what an earlier answer named. The schedule is derived from the
code: a failure is the same the next time. `make fuzz` (EDUBOT_FUZZ=100000) asks for more of it. Each request, or
sequence, is undone before the next one, so all of them find the same desk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import cycle
from typing import Any

import hypothesis.strategies as st
import pytest
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as rules
from pytest_django import Settings
from schemathesis import GenerationMode
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test

from edubot.wsgi import application
from support.models import SupportTicket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import ClientFor
from tests.support.api.made_up import (
    api_of,
    asked_as,
    groundless,
    is_about_its_path,
    linked,
    real_ids,
    sayable,
    sequences,
)
from tests.support.api.spoilt import DEFECTS, DEFECTS_IN_SEQUENCES, Spoilt
from tests.support.api.world import World, make_world, undone

AMOUNT = int(os.environ.get("EDUBOT_FUZZ", "2000"))
IS_LONG = AMOUNT > 2000
ROLES = ("admin", "supervisor", "agent", "reader")
PERSON_OR_MESSAGE = "^/api/admin/(conversations|messages)"
TURNS = ("admin", "supervisor", "admin", "agent", "admin", "reader")  # who may do more, asks more
RULES = rules(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
BOUNDS = rules(RULES, phases=[Phase.explicit])
ROUNDS = rules(RULES, phases=[Phase.generate], max_examples=max(3, AMOUNT // 600))  # of each operation, good and bad
STORIES = rules(RULES, phases=[Phase.generate], max_examples=max(20, AMOUNT // 100), stateful_step_count=8)


@pytest.fixture
def world(ticket: SupportTicket, phone: Phone, admin: User, settings: Settings) -> World:
    """A desk that counts no requests."""
    settings.API_REQUESTS_PER_MINUTE = settings.API_SENDS_PER_MINUTE = 10**9
    return make_world(ticket, phone, admin)


@pytest.fixture
def tokens(  # noqa: PLR0917
    world: World, admin: User, supervisor: User, agent: User, reader: User, client_for: ClientFor
) -> dict[str, str]:
    """Of people who may come in, by their role."""
    people = zip(ROLES, (admin, supervisor, agent, reader), strict=True)
    return {role: client_for(user).token or "" for role, user in people}


@pytest.fixture
def kept_connection(tokens: dict[str, str]) -> Iterator[None]:
    """Requests leave the connection open, in whose transaction the test lives.

    Django's own test client does the same, and undoes it after each request: `tokens` have been asked for before.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def described(world: World, mode: GenerationMode) -> Any:
    """The API, for good requests or for bad ones."""
    return api_of(sayable(world.schema) if mode.is_positive else world.schema, mode, app=application)


def bounds(api: Any, world: World, askers: Callable[[], Iterable[str]]) -> list[BaseException]:
    """What fails when the examples and the bounds of each operation are tried, each with the tokens of `askers`."""
    broken: list[BaseException] = []

    def play(case: Any) -> None:
        if not is_about_its_path(case):  # which method and which body something takes is seen where it is there
            case.path_parameters = (case.path_parameters or {}) | real_ids(world, case.operation.path)
        for token in askers():
            try:
                undone(partial(case.call_and_validate, **asked_as(token), excluded_checks=groundless(case)))
            except BaseExceptionGroup as failures:
                broken.append(failures)

    # Its pytest plugin would do this, but asks pytest for what version 9.2 no longer has.
    phases = [HypothesisTestMode.EXAMPLES, HypothesisTestMode.COVERAGE]
    config = HypothesisTestConfig(project=api.config, modes=phases, settings=BOUNDS)
    for operation in (found.ok() for found in api.get_all_operations()):
        create_test(operation=operation, test_func=play, config=config)()
    return broken


@pytest.mark.django_db
@pytest.mark.usefixtures("kept_connection")
@pytest.mark.parametrize("mode", GenerationMode)
def test_every_answer_is_one_that_was_promised(world: World, tokens: dict[str, str], mode: GenerationMode) -> None:
    broken = []
    for operation in (found.ok() for found in described(world, mode).get_all_operations()):
        cases = operation.as_strategy(mode)
        if real := real_ids(world, operation.path):  # half of the requests are about something that is there
            cases = st.one_of(cases, operation.as_strategy(mode, path_parameters=real))

        @ROUNDS
        @given(case=cases, token=st.sampled_from(list(tokens.values())))
        def play(case: Any, token: str) -> None:
            undone(lambda: case.call_and_validate(**asked_as(token), excluded_checks=groundless(case)))

        try:
            play()
        except BaseExceptionGroup as failures:
            broken.append(failures)
    if broken:
        raise BaseExceptionGroup(f"{len(broken)} operations broke their promise", broken)


@pytest.mark.django_db
@pytest.mark.usefixtures("kept_connection")
@pytest.mark.parametrize("mode", GenerationMode)
def test_every_example_and_every_bound_gets_what_was_promised(
    world: World, tokens: dict[str, str], mode: GenerationMode
) -> None:
    turns = cycle(TURNS)
    broken = bounds(described(world, mode), world, lambda: tokens.values() if IS_LONG else [tokens[next(turns)]])
    if broken:
        raise BaseExceptionGroup(f"{len(broken)} requests broke a promise", broken)


@pytest.mark.django_db
@pytest.mark.usefixtures("kept_connection")
@pytest.mark.parametrize("role", ROLES)
def test_every_sequence_of_requests_keeps_the_promises(world: World, tokens: dict[str, str], role: str) -> None:
    api = api_of(linked(sayable(world.schema)), *GenerationMode, app=application)
    api.config.generation.update(with_security_parameters=False)  # a bad request would come without a token, mostly
    for about in ("/", PERSON_OR_MESSAGE):  # chats by themselves too: among all the rest they would hardly come up
        sequences(api.include(path_regex=about), tokens[role]).run(settings=STORIES)


@pytest.mark.django_db
@pytest.mark.usefixtures("kept_connection")
@pytest.mark.parametrize("check", DEFECTS | DEFECTS_IN_SEQUENCES)
def test_a_defect_is_seen_by_its_check(world: World, tokens: dict[str, str], check: str) -> None:
    defect = (DEFECTS | DEFECTS_IN_SEQUENCES)[check]
    api = api_of(linked(sayable(world.schema)), *GenerationMode, app=Spoilt(defect))
    api.config.generation.update(with_security_parameters=check not in DEFECTS_IN_SEQUENCES)
    seen: set[str] = set()

    def hear(context: Any, case: Any, response: Any, results: Any) -> None:
        seen.update(result.name for result in results if result.failure)

    api.hook("after_validate")(hear)
    words = api.include(path_regex="/categories")
    if check in DEFECTS:
        bounds(words, world, lambda: [tokens["admin"]])
    else:
        with suppress(BaseExceptionGroup):
            sequences(words, tokens["admin"]).run(settings=STORIES)
    assert check in seen
