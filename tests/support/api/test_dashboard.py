"""The dashboard's figures and the reports, with the tickets behind them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from support import services
from support.figures import FIGURES, REPORTS
from support.models import SupportTicket
from tests.conversations.admin.conftest import person
from tests.support.api.conftest import Api, ClientFor
from tests.support.test_figures import MONDAY, ticket_of

STATS = "/api/admin/dashboard/stats"
REPORT = "/api/admin/reports/{}?from=2026-03-08&to=2026-03-10"


@pytest.fixture
def desk(reader: User, client_for: ClientFor) -> Api:
    """Somebody who may read."""
    return client_for(reader)


@pytest.fixture
def answered(db: None, settings: Settings) -> list[SupportTicket]:
    """Two tickets of a Monday, answered after one minute and after three, resolved and rated."""
    settings.TIME_ZONE = "UTC"
    known = person()
    return [
        ticket_of(
            known,
            MONDAY + timedelta(hours=hour),
            first_response_at=MONDAY + timedelta(hours=hour),
            first_response_seconds=seconds,
            resolved_at=MONDAY + timedelta(hours=hour),
            resolution_seconds=seconds,
            rated_at=MONDAY + timedelta(hours=hour),
            rating=hour,
        )
        for hour, seconds in ((1, 60), (3, 180))
    ]


class TestDashboard:
    """GET /api/admin/dashboard/stats."""

    def test_it_counts_what_there_is(self, desk: Api, ticket: SupportTicket) -> None:
        data = desk.get(STATS).json()["data"]
        assert data["tickets"] == {"OPEN": 1, "IN_PROGRESS": 0, "RESOLVED": 0, "CLOSED": 0}
        assert (data["students"], data["total_students"], data["leads"], data["active_chats"]) == (1, 1, 0, 1)
        named = ("active_subscribers", "total_payments", "total_revenue", "total_homework_submissions")
        assert [data[name] for name in named] == [0, 0, 0, 0]

    def test_every_figure_stands_beside_its_target_and_says_what_it_is(
        self, desk: Api, ticket: SupportTicket, agent: User
    ) -> None:
        services.reply(ticket, agent, "Hello!")
        found = desk.get(STATS).json()["data"]["figures"]
        assert list(found) == [figure.name for figure in FIGURES]
        first = found["first_response"]
        assert (first["target"], first["unit"], first["is_met"], first["count"]) == (300, "seconds", True, 1)
        assert all(figure["definition"] for figure in found.values())

    def test_polling_is_answered_with_304_until_something_happens(self, desk: Api, agent: User) -> None:
        tag = desk.get(STATS)["ETag"]
        assert desk.get(STATS, if_none_match=tag).status_code == 304
        ticket_of(person(), timezone.now())
        assert desk.get(STATS, if_none_match=tag).status_code == 200


class TestReports:
    """GET /api/admin/reports/{name}."""

    @pytest.mark.parametrize(
        ("name", "value", "values"),
        [
            ("volume", 2, [None, None]),
            ("first-response", 120, [60, 180]),
            ("resolution", None, []),
            ("satisfaction", 2, [1, 3]),
        ],
    )
    def test_the_days_and_the_rows_say_the_same(
        self, desk: Api, answered: list[SupportTicket], name: str, value: float | None, values: list[float | None]
    ) -> None:
        SupportTicket.objects.filter(pk__in=[one.pk for one in answered]).update(resolved_at=None)
        body = desk.get(REPORT.format(name)).json()
        data = body["data"]
        assert [(day["day"], day["count"]) for day in data["days"]] == [
            ("2026-03-08", 0),
            ("2026-03-09", len(values)),
            ("2026-03-10", 0),
        ]
        assert (data["value"], data["tickets"], data["definition"]) == (value, len(values), REPORTS[name].definition)
        assert [row["value"] for row in data["rows"]] == values
        assert (body["count"], body["total"], body["next"]) == (len(values), len(values), None)

    def test_rows_come_a_page_at_a_time(self, desk: Api, answered: list[SupportTicket]) -> None:
        first = desk.get(REPORT.format("volume") + "&limit=1").json()
        second = desk.get(REPORT.format("volume") + f"&limit=1&cursor={first['next']}").json()
        assert [body["data"]["rows"][0]["id"] for body in (first, second)] == [one.pk for one in answered]
        assert (first["total"], second["next"]) == (2, None)

    def test_without_days_it_is_the_last_thirty(self, desk: Api) -> None:
        days = desk.get("/api/admin/reports/volume").json()["data"]["days"]
        assert (len(days), days[-1]["day"]) == (30, timezone.localdate().isoformat())

    def test_a_day_is_the_teams(self, desk: Api, settings: Settings) -> None:
        settings.TIME_ZONE = "Africa/Lagos"
        ticket_of(person(), datetime(2026, 3, 8, 23, 30, tzinfo=UTC))
        data = desk.get(REPORT.format("volume")).json()["data"]
        assert [day["count"] for day in data["days"]] == [0, 1, 0]
        assert data["rows"][0]["at"] == "2026-03-08T23:30:00Z"

    @pytest.mark.parametrize(
        "query",
        [
            "from=2026-03-10&to=2026-03-08",
            "from=2020-01-01&to=2026-03-08",
            "from=yesterday",
            "to=0001-01-01",
            "from=9999-12-31&to=9999-12-31",
            "group=month",
            "limit=0",
            "day=1",
        ],
    )
    def test_a_bad_parameter_is_422(self, desk: Api, query: str) -> None:
        assert desk.get(f"/api/admin/reports/volume?{query}").status_code == 422

    def test_an_unknown_report_is_404(self, desk: Api) -> None:
        answer: Any = desk.get("/api/admin/reports/happiness")
        assert (answer.status_code, answer.json()["error_code"]) == (404, "NOT_FOUND")
