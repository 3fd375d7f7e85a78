"""The envelope, of what went well and of what did not; ETags; limits; methods; other origins."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache.backends.base import BaseCache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from conversations.models import Contact
from edubot.api import PUBLIC, Endpoint, operation
from support.access import Right
from support.api.routes import route
from tests.edubot.api.desk import Names
from tests.support.api.conftest import Api, ClientFor

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.edubot.api.desk")]

NAMES = "/api/test/names"


class TestEnvelope:
    """Always the same."""

    def test_success_has_status_message_and_data(self, api: Api) -> None:
        answer = api.post(NAMES, {"name": "Chi"})
        assert answer.status_code == 201
        assert answer.json() == {
            "status": "success",
            "message": "Kept",
            "data": {"name": "Chi"},
            "hint": "['name']",
        }

    def test_an_answer_may_name_its_own_status_and_message(self, api: Api) -> None:
        answer = api.post(NAMES, {"name": "Bola"})
        assert (answer.status_code, answer.json()["message"]) == (200, "Known")

    def test_flat_answers_repeat_the_data_at_the_top(self, api: Api) -> None:
        answer = api.patch(NAMES, {"name": "Chi"}).json()
        assert answer["name"] == answer["data"]["name"] == "Chi"

    def test_a_response_of_its_own_is_left_alone(self, api: Api) -> None:
        answer = api.get("/api/test/file")
        assert (answer["Content-Type"], answer.content) == ("text/csv; charset=utf-8", b"a,b\r\n")

    def test_times_are_utc_and_end_in_z(self, api: Api) -> None:
        Contact.objects.create(phone="+2348012345678", created_at="2026-01-09T15:30:00+01:00")
        assert api.get(NAMES).json()["data"][0]["created_at"] == "2026-01-09T14:30:00Z"


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("domain", 409, "NAME_TAKEN"),
        ("limit", 429, "RATE_LIMITED"),
        ("right", 403, "FORBIDDEN"),
        ("missing", 404, "NOT_FOUND"),
        ("forbidden", 403, "FORBIDDEN"),
        ("bad", 400, "BAD_REQUEST"),
        ("large", 413, "PAYLOAD_TOO_LARGE"),
        ("field", 422, "VALIDATION_ERROR"),
        ("model", 422, "VALIDATION_ERROR"),
        ("model as a whole", 422, "VALIDATION_ERROR"),
        ("value", 422, "VALIDATION_ERROR"),
        ("surrogate", 422, "VALIDATION_ERROR"),
        ("away", 503, "UNAVAILABLE"),
        ("gone", 503, "UNAVAILABLE"),
        ("bug", 500, "SERVER_ERROR"),
    ],
)
def test_every_failure_is_an_envelope_with_its_code(api: Api, what: str, status: int, code: str) -> None:
    api.http.raise_request_exception = False
    answer = api.get(f"/api/test/raising/{what}")
    found = answer.json()
    assert (answer.status_code, found["status"], found["error_code"]) == (status, "error", code)
    assert {"message", "data"} <= set(found)
    for secret in (b"10.0.0.5", b"0x00", b"+234", b"division", b"Traceback", b"surrogates"):
        assert secret not in answer.content


@pytest.mark.parametrize(("what", "status", "code"), [("twin", 409, "CONFLICT"), ("homeless", 500, "SERVER_ERROR")])
@pytest.mark.django_db(transaction=True)
def test_a_lost_race_is_409_and_any_other_broken_rule_a_bug(api: Api, what: str, status: int, code: str) -> None:
    api.http.raise_request_exception = False
    answer = api.post(f"/api/test/twice/{what}")
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


class TestFailures:
    """What an error answer tells besides."""

    def test_a_refusal_of_the_domain_says_what_helps(self, api: Api) -> None:
        answer = api.post(NAMES, {"name": "Ada"}).json()
        assert (answer["message"], answer["data"]) == ("This name is taken.", {"free": ["Bola"]})

    @pytest.mark.parametrize(
        ("what", "errors"),
        [
            ("field", {"a.1.b": ["Wrong."]}),
            ("model", {"name": ["Too short."]}),
            ("model as a whole", {"non_field_errors": ["Makes no sense."]}),
        ],
    )
    def test_field_errors_are_flat(self, api: Api, what: str, errors: dict[str, list[str]]) -> None:
        assert api.get(f"/api/test/raising/{what}").json()["errors"] == errors

    @pytest.mark.parametrize(("what", "seconds"), [("limit", "7"), ("away", "5")])
    def test_who_may_come_again_is_told_when(self, api: Api, what: str, seconds: str) -> None:
        assert api.get(f"/api/test/raising/{what}")["Retry-After"] == seconds

    @pytest.mark.parametrize("what", ["forbidden", "right"])
    def test_a_refusal_leaves_one_line_in_the_log(self, api: Api, caplog: pytest.LogCaptureFixture, what: str) -> None:
        caplog.set_level(logging.WARNING)
        api.get(f"/api/test/raising/{what}")
        (line,) = [record for record in caplog.records if record.name == "edubot.api.errors"]
        assert vars(line)["error_code"] == "FORBIDDEN"

    @pytest.mark.parametrize("path", ["/api/nowhere", "/api/admin/", "/api/", "/api/admin/me/"])
    def test_an_unknown_address_is_404_in_the_envelope(self, api: Api, path: str) -> None:
        answer = api.get(path)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "NOT_FOUND")


class TestMethods:
    """GET, HEAD, OPTIONS and what an endpoint has of its own."""

    def test_head_is_get_without_a_body(self, api: Api) -> None:
        answer = api.send("HEAD", NAMES)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer["ETag"] == api.get(NAMES)["ETag"]

    def test_options_tell_the_methods_to_everybody(self, api: Api) -> None:
        answer = api.send("OPTIONS", NAMES)
        assert answer.status_code == 200
        assert set(answer["Allow"].split(", ")) == {"GET", "POST", "PATCH", "HEAD", "OPTIONS"}

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_others_are_405(self, api: Api, method: str) -> None:
        answer = api.send(method, NAMES)
        assert (answer.status_code, answer.json()["error_code"]) == (405, "METHOD_NOT_ALLOWED")
        assert "PATCH" in answer["Allow"]

    def test_a_method_is_what_it_says_it_is(self, api: Api) -> None:
        answer = api.post(NAMES, {"name": "Chi"}, x_http_method_override="DELETE")
        assert answer.status_code == 201


class TestRoutes:
    """Nothing is open by oversight."""

    def test_an_endpoint_without_a_route_is_nobodys(self, api: Api, staff: Api) -> None:
        assert api.get("/api/test/unrouted").status_code in {401, 403}
        assert staff.get("/api/test/unrouted").status_code in {401, 403}

    @pytest.mark.parametrize("access", [{}, {"GET": PUBLIC}, dict.fromkeys(("GET", "POST", "PATCH", "DELETE"))])
    def test_a_route_names_every_method_there_is(self, access: dict[str, Right | None]) -> None:
        with pytest.raises(ImproperlyConfigured, match="say who may"):
            route("x", Names, **access)

    def test_a_route_takes_operations_only(self) -> None:
        class Bare(Endpoint):
            def get(self, request: Any) -> None: ...

        with pytest.raises(ImproperlyConfigured, match="GET needs @operation"):
            route("x", Bare, GET=Right.READ)

    def test_a_right_that_nobody_has_lets_nobody_in(self, staff: Api, settings: Settings) -> None:
        class Closed(Endpoint):
            @operation()
            def get(self, request: Any) -> None: ...

        view = route("x", Closed, GET="unheard of").callback  # type: ignore[arg-type]
        request = staff.get("/api/admin/me").wsgi_request
        assert view(request).status_code == 403


class TestETags:
    """What is polled is sent again only when it has changed."""

    def test_an_unchanged_list_is_304(self, api: Api) -> None:
        tag = api.get(NAMES)["ETag"]
        answer = api.get(NAMES, if_none_match=tag)
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        Contact.objects.create(phone="+2348012345678")
        assert api.get(NAMES, if_none_match=tag).status_code == 200

    @pytest.mark.parametrize("write", ["{}", '"other", {}', "*", "{strong}"])
    def test_tags_are_compared_as_rfc_9110_says(self, api: Api, write: str) -> None:
        tag = api.get(NAMES)["ETag"]
        given = write.replace("{strong}", tag.removeprefix("W/")).replace("{}", tag)
        assert api.get(NAMES, if_none_match=given).status_code == 304

    @pytest.mark.parametrize("given", ["", "x", '"', 'W/"x"', "é", '"' * 5000])
    def test_other_tags_get_the_answer(self, api: Api, given: str) -> None:
        assert api.get(NAMES, if_none_match=given).status_code == 200


class StoreAway(BaseCache):
    """A store that CACHE_URL names, and that does not answer."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def incr(self, *_: Any, **__: Any) -> int:
        """As its driver says it."""
        raise ConnectionError

    add = incr  # type: ignore[assignment]


class TestLimits:
    """So many a minute, for each person."""

    @pytest.fixture(autouse=True)
    def clock(self, settings: Settings) -> Any:
        """Low limits, and a clock that stands in the middle of a minute."""
        settings.API_REQUESTS_PER_MINUTE, settings.API_SENDS_PER_MINUTE = 5, 2
        with time_machine.travel("2030-01-01T12:00:20Z", tick=False) as clock:
            yield clock

    def test_one_too_many_is_429_until_the_minute_is_over(
        self, agent: User, other_agent: User, client_for: ClientFor, clock: Any
    ) -> None:
        first, second = client_for(agent), client_for(other_agent)
        assert [first.get("/api/test/polled").status_code for _ in range(6)] == [200] * 5 + [429]
        refused = first.get("/api/test/polled")
        assert (refused.json()["error_code"], refused["Retry-After"]) == ("RATE_LIMITED", "40")
        assert second.get("/api/test/polled").status_code == 200
        clock.shift(40)
        assert first.get("/api/test/polled").status_code == 200

    def test_an_operation_may_have_a_limit_of_its_own(self, staff: Api) -> None:
        assert [staff.post("/api/test/limited").status_code for _ in range(3)] == [200, 200, 429]
        assert staff.get("/api/test/polled").status_code == 200

    def test_who_is_nobody_yet_is_counted_by_address(self, api: Api) -> None:
        elsewhere = Api(http=Client(REMOTE_ADDR="203.0.113.1"))
        assert [api.get("/api/test/echo").status_code for _ in range(6)] == [200] * 5 + [429]
        assert elsewhere.get("/api/test/echo").status_code == 200

    def test_another_store_that_is_away_shuts_nobody_out(self, settings: Settings, staff: Api) -> None:
        settings.CACHES = {"default": {"BACKEND": f"{__name__}.StoreAway"}}
        assert [staff.get("/api/test/polled").status_code for _ in range(6)] == [200] * 6

    def test_a_request_costs_one_statement_to_count(self, api: Api, django_assert_num_queries: Any) -> None:
        api.get("/api/test/echo")
        with django_assert_num_queries(1):
            api.get("/api/test/echo")


class TestOtherOrigins:
    """A browser application elsewhere: configured origins, and a bearer token."""

    ORIGIN = "https://desk.example"

    @pytest.fixture(autouse=True)
    def _configured(self, settings: Settings) -> None:
        settings.CORS_ALLOWED_ORIGINS = [self.ORIGIN]

    def preflight(self, api: Api, origin: str, headers: str = "authorization") -> Any:
        """What a browser asks before it sends."""
        return api.send(
            "OPTIONS",
            "/api/admin/me/preferences",
            origin=origin,
            access_control_request_method="PUT",
            access_control_request_headers=headers,
        )

    def test_a_configured_one_may_send_what_the_api_needs(self, api: Api) -> None:
        answer = self.preflight(api, self.ORIGIN)
        assert answer.status_code == 200
        assert answer["Access-Control-Allow-Origin"] == self.ORIGIN
        assert answer["Access-Control-Allow-Credentials"] == "true"
        assert "PUT" in answer["Access-Control-Allow-Methods"]
        assert set(answer["Access-Control-Allow-Headers"].split(", ")) == {
            *("authorization", "content-type", "x-csrf-token", "idempotency-key", "last-event-id", "if-none-match"),
        }

    def test_it_reads_answers_and_errors_with_a_bearer_token(self, staff: Api) -> None:
        for path in ("/api/admin/me", "/api/nowhere", "/api/admin/messages/9/retry"):
            answer = staff.get(path, origin=self.ORIGIN)
            assert answer["Access-Control-Allow-Origin"] == self.ORIGIN
            assert "retry-after" in answer["Access-Control-Expose-Headers"]

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://desk.example.evil.example", "x"])
    def test_others_get_no_permission(self, api: Api, staff: Api, origin: str) -> None:
        assert "Access-Control-Allow-Origin" not in self.preflight(api, origin)
        assert "Access-Control-Allow-Origin" not in staff.get("/api/admin/me", origin=origin)
