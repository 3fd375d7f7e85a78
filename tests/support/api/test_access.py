"""Every route × every method × everybody, generated from the URLconf: who is let in, and who is not."""

from __future__ import annotations

import pytest

from tests.support.api.access_table import ROWS
from tests.support.api.conftest import Api
from tests.support.api.credentials import BAD, ROLES
from tests.support.api.routes import example, methods, routes

pytestmark = pytest.mark.django_db

RANKS = list(ROLES)
CLOSED = [row for row in ROWS if row[2] in RANKS]
OPEN = [row for row in ROWS if row[2] not in RANKS]


def test_every_route_stands_in_the_table_with_all_its_methods() -> None:
    decided = {(route, method) for method, route, _ in ROWS}
    there = {(route, method) for route, view in routes().items() for method in methods(view)}
    assert there - decided == set()
    assert set(routes()) - {route for route, _ in decided} == set()


def test_the_table_holds_nothing_that_is_gone() -> None:
    found = routes()
    gone = [
        (method, route)
        for method, route, _ in ROWS
        if route not in found or (methods(found[route]) and method not in methods(found[route]))
    ]
    assert gone == []


@pytest.mark.parametrize("credential", BAD)
@pytest.mark.parametrize(("method", "route", "least"), CLOSED)
def test_without_a_good_token_nothing_is_told(method: str, route: str, least: str, credential: str) -> None:
    answer = Api(BAD[credential]()).send(method, example(route), {})
    assert answer.status_code == 401
    assert answer.json()["error_code"] == "UNAUTHORIZED"
    assert (answer["WWW-Authenticate"], answer["Cache-Control"]) == ("Bearer", "no-store")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "route", "least"), CLOSED)
def test_each_role_gets_as_far_as_it_should(method: str, route: str, least: str, role: str) -> None:
    answer = Api(ROLES[role]()).send(method, example(route), {})
    assert answer["Cache-Control"] == "no-store"
    if RANKS.index(role) < RANKS.index(least):
        assert (answer.status_code, answer.json()["error_code"]) == (403, "FORBIDDEN")
    else:
        assert answer.status_code not in {401, 403, 405}
        assert answer.status_code < 500


@pytest.mark.parametrize("credential", [*BAD, *ROLES])
@pytest.mark.parametrize(("method", "route", "least"), OPEN)
def test_what_is_open_never_looks_at_the_token(method: str, route: str, least: str, credential: str) -> None:
    answer = Api((BAD | ROLES)[credential]()).send(method, example(route), {} if method == "POST" else None)
    nobody = Api().send(method, example(route), {} if method == "POST" else None)
    if route != "api/admin/logout":  # a token of the log-in that ends is what it takes
        assert answer.status_code == nobody.status_code
    assert answer.status_code not in {405, 500}
    assert least == "own" or answer.status_code not in {401, 403}


@pytest.mark.parametrize("route", [route for route, view in routes().items() if methods(view)])
def test_options_tell_the_methods_and_others_are_refused(route: str) -> None:
    view = routes()[route]
    answer = Api().send("OPTIONS", example(route))
    assert answer.status_code == 200
    assert methods(view) <= set(answer["Allow"].split(", "))
    refused = Api().send(next(iter({"DELETE", "PATCH", "PUT"} - methods(view))), example(route))
    assert (refused.status_code, refused.json()["error_code"]) == (405, "METHOD_NOT_ALLOWED")
    assert refused["Allow"] == answer["Allow"]


def test_a_token_in_the_address_is_no_credential() -> None:
    token = ROLES["admin"]()
    assert Api().get(f"/api/admin/me?token={token}&access_token={token}").status_code == 401


def test_a_session_of_django_admin_is_no_credential() -> None:
    access = ROLES["admin"]  # creates the person
    access()
    api = Api()
    assert api.http.login(username="visitor", password="correct horse battery staple")
    assert api.get("/api/admin/me").status_code == 401
