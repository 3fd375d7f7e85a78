"""What every request passes before a view sees it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from ipaddress import ip_network

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from edubot.logs import JsonFormatter, PlainFormatter

pytestmark = pytest.mark.django_db


@pytest.fixture
def https(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_unknown_api_paths_answer_with_the_envelope(method: str) -> None:
    answer = Client(enforce_csrf_checks=True).generic(method, "/api/nowhere")
    assert answer.status_code == 404
    assert answer.json() == {
        "status": "error",
        "message": "There is nothing here.",
        "data": None,
        "error_code": "NOT_FOUND",
    }


def test_unknown_pages_answer_with_a_page(client: Client) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
    assert b"There is nothing here." in answer.content


@pytest.mark.parametrize(("path", "kind"), [("/api/nowhere", "application/json"), ("/nowhere", "text/html")])
def test_a_foreign_host_is_refused_in_the_readers_form(client: Client, path: str, kind: str) -> None:
    answer = client.get(path, headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith(kind)
    assert b"Traceback" not in answer.content


def test_an_error_in_a_view_tells_nothing_about_itself(
    client: Client, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(admin_user)
    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.admin.sites.AdminSite.each_context", lambda *_: 1 / 0)
    answer = client.get("/admin/")
    assert answer.status_code == 500
    assert b"division" not in answer.content
    assert b"It has been noted." in answer.content


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Iterator[StringIO]:
    """What goes into the log meanwhile, as production writes it."""
    caplog.set_level(logging.INFO)
    log = StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield log
    logging.getLogger().removeHandler(handler)


@pytest.mark.urls("tests.edubot.broken.urls")
@pytest.mark.parametrize("path", ["/broken", "/api/broken"])
def test_an_error_is_logged_once_with_the_id_that_its_answer_carries(
    client: Client, written: StringIO, path: str
) -> None:
    """ASVS 16.3.4."""
    client.raise_request_exception = False
    answer = client.get(path)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    (error,) = [line for line in lines if line["level"] == "ERROR"]
    assert (answer.status_code, answer["X-Request-ID"]) == (500, error["request_id"])
    assert "RuntimeError" in error["exception"]
    assert [(line["status"], line["request_id"]) for line in lines if line["message"] == "Answered"] == [
        (500, error["request_id"])
    ]


@pytest.mark.parametrize("method", ["TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/api/webhook/whatsapp", "/admin/login/"])
def test_methods_that_no_view_wants_are_refused(client: Client, path: str, method: str) -> None:
    answer = client.generic(method, path)
    assert answer.status_code == 405
    assert "GET" in answer["Allow"]


def test_nul_in_a_path_never_reaches_the_database(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    assert client.get("/admin/auth/user/%00/change/").status_code == 404


@pytest.mark.usefixtures("https")
class TestHttpsOnly:
    """SECURE_SSL_REDIRECT: programs are refused, people are redirected."""

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_programs_are_told_so_and_never_redirected(self, client: Client, method: str) -> None:
        answer = getattr(client, method)("/api/webhook/whatsapp")
        assert answer.status_code == 403
        assert answer.json()["error_code"] == "HTTPS_REQUIRED"

    def test_pages_are_redirected(self, client: Client) -> None:
        answer = client.get("/admin/login/")
        assert (answer.status_code, answer["Location"]) == (301, "https://testserver/admin/login/")

    def test_https_is_served(self, client: Client) -> None:
        assert client.get("/admin/login/", secure=True).status_code == 200

    @pytest.mark.parametrize(
        ("trusted", "forwarded", "status"),
        [
            (0, "https", 301),  # nobody in front: the client says so itself
            (1, "https", 200),
            (1, "http", 301),
            (1, "https, http", 301),  # the nearest proxy wrote the last entry
            (2, "http, https", 200),
        ],
    )
    def test_only_a_trusted_proxy_may_say_that_it_was_https(
        self, client: Client, settings: Settings, trusted: int, forwarded: str, status: int
    ) -> None:
        settings.TRUSTED_PROXY_COUNT = trusted
        answer = client.get("/admin/login/", headers={"x-forwarded-proto": forwarded})
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "203.0.113.9"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "1.1.1.1, unknown", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_the_client_address_is_what_the_trusted_proxies_saw(
    client: Client, settings: Settings, trusted: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = trusted
    request = client.get("/admin/login/", headers={"x-forwarded-for": forwarded}).wsgi_request
    assert request.META["REMOTE_ADDR"] == address
    assert "HTTP_X_FORWARDED_FOR" not in request.META


@pytest.mark.parametrize(
    ("forwarded", "path", "status"),
    [
        ("10.8.3.4", "/admin/login/", 200),
        ("::ffff:10.8.3.4", "/admin/login/", 200),
        ("2001:db8::5", "/admin/login/", 200),
        ("10.9.0.1", "/admin/login/", 404),
        ("10.9.0.1", "/admin", 404),
        ("10.8.3.4, 10.9.0.1", "/admin/", 404),
        ("nonsense", "/admin/jsi18n/", 404),
        ("10.9.0.1", "/login", 200),
        ("10.8.3.4", "/admin/", 302),
    ],
)
def test_django_admin_is_there_for_its_networks_alone(
    client: Client, settings: Settings, forwarded: str, path: str, status: int
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    settings.ADMIN_NETWORKS = (ip_network("10.8.0.0/16"), ip_network("2001:db8::/32"))
    assert client.get(path, headers={"x-forwarded-for": forwarded}).status_code == status


def test_a_forwarded_host_is_ignored(client: Client) -> None:
    request = client.get("/admin/login/", headers={"x-forwarded-host": "evil.example"}).wsgi_request
    assert request.get_host() == "testserver"


@pytest.mark.parametrize("path", ["/admin/login/", "/api/nowhere", "/admin/"])
def test_answers_are_not_kept_by_anybody(client: Client, path: str) -> None:
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("debug", [True, False])
def test_static_files_are_served_without_a_build_step_and_may_be_kept(
    client: Client, settings: Settings, debug: bool
) -> None:
    settings.DEBUG = settings.WHITENOISE_AUTOREFRESH = debug
    with closing(client.get("/static/admin/css/base.css")) as answer:
        assert answer.status_code == 200
        assert b"--primary" in answer.getvalue()
        assert answer["Content-Type"].startswith("text/css")
        assert "no-store" not in answer["Cache-Control"]


def test_the_callers_request_id_is_echoed(client: Client) -> None:
    assert client.get("/api/nowhere", headers={"x-request-id": "abc-1.2_3"})["X-Request-ID"] == "abc-1.2_3"


@pytest.mark.parametrize("hostile", ["", "a b", "x" * 65, "a\r\nb", "<b>"])
def test_a_request_id_that_could_do_harm_is_replaced(client: Client, hostile: str) -> None:
    given = client.get("/api/nowhere", headers={"x-request-id": hostile})["X-Request-ID"]
    assert len(given) == 32
    assert given.isalnum()


class TestAccessLog:
    """One line per request: the route, never the path."""

    @pytest.fixture
    def log(self, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
        caplog.set_level(logging.INFO, logger="edubot.access")
        return caplog

    def test_it_tells_the_route_and_who_asked(
        self, client: Client, admin_user: User, log: pytest.LogCaptureFixture
    ) -> None:
        client.force_login(admin_user)
        client.get(f"/admin/auth/user/{admin_user.pk}/change/")
        line = vars(log.records[-1])
        assert (line["method"], line["status"], line["user_id"]) == ("GET", 200, admin_user.pk)
        assert line["route"] == "admin/auth/user/<path:object_id>/change/"
        assert 0 < line["ms"] < 60_000

    def test_it_knows_neither_phone_numbers_nor_query_strings(
        self, client: Client, log: pytest.LogCaptureFixture
    ) -> None:
        client.get("/api/admin/conversations/+2348012345678?search=Ada")
        line = PlainFormatter().format(log.records[-1])
        assert "route=api/admin/conversations/<phone:phone> status=401" in line
        assert "78" not in line.split("status")[0]
        assert "Ada" not in line
