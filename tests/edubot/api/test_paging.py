"""Lists, a page at a time: nothing twice, nothing left out, also while rows are added."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import Contact
from edubot.api import paging
from tests.support.api.conftest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.edubot.api.desk")]

NAMES = "/api/test/names"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    """What another test counted is forgotten."""
    paging.TOTALS.clear()


def add(count: int, *, since: datetime = BEGAN, first: int = 0) -> None:
    """People who came one after the other, three at a time in the same microsecond."""
    Contact.objects.bulk_create(
        Contact(
            phone=f"+2348000{first + number:06}", name=f"{number:03}", created_at=since + timedelta(hours=number // 3)
        )
        for number in range(count)
    )


def walk(api: Api, path: str, limit: int) -> list[str]:
    """All names, by following `next`."""
    page = api.get(f"{path}?limit={limit}").json()
    found = [row["name"] for row in page["data"]]
    while page["next"]:
        page = api.get(f"{path}?limit={limit}&cursor={page['next']}").json()
        found += [row["name"] for row in page["data"]]
    return found


def test_a_page_says_where_it_stands(api: Api) -> None:
    add(5)
    page = api.get(f"{NAMES}?limit=2&skip=1").json()
    assert [row["name"] for row in page["data"]] == ["003", "002"]
    assert page["data"] == page["names"]
    assert (page["count"], page["total"], page["skip"], page["limit"]) == (2, 5, 1, 2)
    assert page["next"]


def test_twenty_rows_are_a_page_unless_told_otherwise(api: Api) -> None:
    add(21)
    page = api.get(NAMES).json()
    assert (page["count"], page["limit"], page["total"]) == (20, 20, 21)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 100])
def test_the_cursor_leads_through_all_rows_once(api: Api, limit: int) -> None:
    add(20)
    assert walk(api, NAMES, limit) == [f"{number:03}" for number in reversed(range(20))]


@pytest.mark.parametrize(
    ("by", "backwards"), [("created_at", False), ("name", False), ("-name", True), ("pk", False), ("-pk", True)]
)
def test_any_order_can_be_walked(api: Api, by: str, backwards: bool) -> None:
    add(11)
    names = [f"{number:03}" for number in range(11)]
    assert walk(api, f"/api/test/by/{by}", 2) == (names[::-1] if backwards else names)


def test_rows_that_are_added_above_shift_nothing(api: Api) -> None:
    add(6)
    first = api.get(f"{NAMES}?limit=3").json()
    add(3, since=BEGAN + timedelta(days=1), first=100)
    second = api.get(f"{NAMES}?limit=3&cursor={first['next']}").json()
    assert [row["name"] for row in second["data"]] == ["002", "001", "000"]
    assert (second["total"], second["next"]) == (9, None)


@pytest.mark.parametrize("query", ["skip=5", "skip=1000000000", "limit=100&skip=999"])
def test_a_page_beyond_the_end_is_empty(api: Api, query: str) -> None:
    add(5)
    page = api.get(f"{NAMES}?{query}").json()
    assert (page["data"], page["count"], page["total"], page["next"]) == ([], 0, 5, None)


def test_a_filter_and_a_cursor_go_together(api: Api) -> None:
    add(5)
    page = api.get(f"{NAMES}?limit=1").json()
    assert api.get(f"{NAMES}?name=001&cursor={page['next']}").json()["total"] == 1


def test_a_long_list_is_counted_once_a_minute(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED", 4)
    with time_machine.travel(BEGAN, tick=False) as clock:
        add(5)
        assert api.get(NAMES).json()["total"] == 5
        add(2, first=100)
        assert api.get(NAMES).json()["total"] == 5
        clock.shift(paging.KEPT_FOR + 1)
        assert api.get(NAMES).json()["total"] == 7


def test_a_long_list_is_not_walked_for_every_page(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED", 4)
    add(9)
    assert ["LIMIT 5) AS counted" in one for one in counting(api)] == [True, False]
    assert counting(api) == []


def counting(api: Api) -> list[str]:
    """The statements that count, of one page."""
    with CaptureQueriesContext(connection) as statements:
        assert api.get(NAMES).json()["total"] == 9
    return [one["sql"] for one in statements if "count(*)" in one["sql"].lower()]


class TestForgedCursors:
    """A cursor is ours, for this list, and whole."""

    @pytest.fixture
    def cursor(self, api: Api) -> str:
        """A good one."""
        add(3)
        return str(api.get(f"{NAMES}?limit=1").json()["next"])

    def refused(self, api: Api, cursor: str) -> bool:
        """Whether it is told to be none."""
        answer = api.get(NAMES + "?cursor=" + cursor)
        return answer.status_code == 422 and list(answer.json()["errors"]) == ["cursor"]

    def test_one_that_was_touched_is_refused(self, api: Api, cursor: str) -> None:
        for place in range(0, len(cursor), 7):
            other = "A" if cursor[place] != "A" else "B"
            assert self.refused(api, cursor[:place] + other + cursor[place + 1 :])

    def test_one_of_another_list_is_refused(self, api: Api, cursor: str) -> None:
        answer = api.get(f"/api/test/by/name?cursor={cursor}")
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["cursor"])

    @pytest.mark.parametrize("place", [{"at": "2026-01-01", "pk": 1}, {"value": "x", "pk": "1; --"}, [], 5])
    def test_one_that_somebody_made_up_is_refused(self, api: Api, cursor: str, place: Any) -> None:
        assert self.refused(api, signing.dumps(place, salt="cursor:elsewhere"))


@pytest.mark.parametrize("skip", [0, 20])
def test_a_page_costs_one_statement_however_many_rows_there_are(
    api: Api, django_assert_num_queries: Any, skip: int
) -> None:
    add(150)
    api.get(NAMES)
    with django_assert_num_queries(2):  # and one to count the request
        api.get(f"{NAMES}?limit=100&skip={skip}")
