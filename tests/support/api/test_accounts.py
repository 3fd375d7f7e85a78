"""Who one is, what one prefers, and who else works here."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.support.api.conftest import Api, ClientFor, make_user
from tests.support.api.credentials import ROLES

pytestmark = pytest.mark.django_db

PREFERENCES = "/api/admin/me/preferences"
USUAL = {
    "theme": "system",
    "language": "auto",
    "sound": True,
    "title_count": True,
    "notifications": False,
    "shortcuts": True,
    "saved_views": [],
}


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        ("reader", {"read"}),
        ("agent", {"read", "answer"}),
        ("supervisor", {"read", "answer", "assign", "bulk", "export", "templates", "content", "give"}),
        (
            "admin",
            {
                *("read", "answer", "assign", "bulk", "export", "templates", "content", "give"),
                "users",
                "settings",
                "erase",
            },
        ),
    ],
)
def test_me_says_who_one_is_and_what_one_may_do(role: str, rights: set[str]) -> None:
    answer = Api(ROLES[role]()).get("/api/admin/me").json()
    assert (answer["user"]["username"], answer["role"]) == ("visitor", role)
    assert set(answer["permissions"]) == rights
    assert answer["data"] == {key: answer[key] for key in ("user", "role", "permissions")}


@pytest.mark.usefixtures("supervisor", "admin", "nobody", "reader")
def test_the_team_is_listed_by_name_without_those_who_left(agent: User, client_for: ClientFor) -> None:
    make_user("gone", "agent", is_staff=True, is_active=False)
    answer = client_for(agent).get("/api/admin/staff").json()
    assert [(one["username"], one["role"]) for one in answer["data"]] == [
        *(("grace", "agent"), ("reader", "reader"), ("root", "admin"), ("sola", "supervisor")),
    ]
    assert answer["data"][0]["name"] == "Grace Ade"


def test_a_page_of_the_team_costs_the_same_however_many_they_are(
    agent: User, client_for: ClientFor, django_assert_num_queries: Any
) -> None:
    client = client_for(agent)
    client.get("/api/admin/staff")
    for number in range(30):
        make_user(f"agent{number}", "agent", is_staff=True)
    with django_assert_num_queries(3):  # who asks, how often, the rows with their number
        assert client.get("/api/admin/staff?limit=100").json()["count"] == 31


def test_preferences_are_kept_for_each_person(agent: User, other_agent: User, client_for: ClientFor) -> None:
    mine, theirs = client_for(agent), client_for(other_agent)
    wanted = USUAL | {"theme": "dark", "sound": False, "saved_views": [{"name": "Mine", "query": "assigned=me"}]}
    assert mine.put(PREFERENCES, wanted).json()["data"] == wanted
    assert mine.get(PREFERENCES).json()["data"] == wanted
    assert theirs.get(PREFERENCES).json()["data"] == USUAL


def test_preferences_take_what_they_know_and_nothing_else(agent: User, client_for: ClientFor) -> None:
    client = client_for(agent)
    assert client.put(PREFERENCES, {"is_superuser": True, "token_version": 9}).status_code == 200
    assert client.get(PREFERENCES).json()["data"] == USUAL
    agent.refresh_from_db()
    assert not agent.is_superuser


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"theme": "pink"}, "theme"),
        ({"theme": None}, "theme"),
        ({"sound": "yes"}, "sound"),
        ({"sound": 1}, "sound"),
        ({"saved_views": "x"}, "saved_views"),
        ({"saved_views": [5]}, "saved_views.0.non_field_errors"),
        ({"saved_views": [{"name": "a"}]}, "saved_views.0.query"),
        ({"saved_views": [{"name": "a\0b", "query": ""}]}, "saved_views.0.name"),
        ({"saved_views": [{"name": "a", "query": "\ud800"}]}, "saved_views.0.query"),
        ({"saved_views": [{"name": "a" * 61, "query": ""}]}, "saved_views.0.name"),
        ({"saved_views": [{"name": "a", "query": ""}] * 51}, "saved_views"),
        ([], "non_field_errors"),
        (None, None),
    ],
)
def test_preferences_that_make_no_sense_are_named(
    agent: User, client_for: ClientFor, body: Any, field: str | None
) -> None:
    answer = client_for(agent).put(PREFERENCES, body)
    if field is None:  # nothing sent: every field has its default
        assert answer.status_code == 200
        return
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
