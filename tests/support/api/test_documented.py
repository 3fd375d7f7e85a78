"""Every status that the documentation names is answered by every operation that it is named for; so is every code.

Each request is undone before the next one, so all of them find the same desk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from pytest_django import Settings

from support import paystack
from tests.support.api.conftest import Answer, Api
from tests.support.api.desk import (
    BEFORE,
    CHAT,
    LOGOUT,
    ONE_HOMEWORK,
    PAYMENT,
    PERSON,
    RETRY,
    TICKET,
    Desk,
    Prepare,
    as_it_is,
    ended,
    ended_long_ago,
    homework_is,
    long_ago,
    opened_again,
    opened_and_taken,
    paid,
    resolved_beside_another,
    taken,
)
from tests.support.api.world import LOGIN, REFRESH, WEBHOOKS, Operation, described, undone
from whatsapp import signature

pytestmark = pytest.mark.django_db

NOBODY = "+2348099999999"
WHATSAPP, PAYSTACK = WEBHOOKS
SECRET = "sk_test_0123456789"


# What the domain refuses: the operation, the code, what happened before, and the body where the usual one will not do.
# An agent asks where it is about a colleague's work; an administrator may do that.
REFUSED: list[tuple[str, str, str, Prepare, Any]] = [
    ("POST", LOGIN, "INVALID_CREDENTIALS", as_it_is, {"username": "root", "password": "wrong"}),
    ("POST", REFRESH, "UNAUTHORIZED", as_it_is, {"refresh": "wrong"}),
    ("POST", LOGOUT, "UNAUTHORIZED", as_it_is, {"refresh": "wrong"}),
    ("PATCH", PERSON, "CHAT_NOT_ACTIVE", ended, {"assigned_admin_id": None}),
    ("PATCH", PERSON, "ASSIGNED_TO_OTHER", taken, {"assigned_admin_id": None}),
    ("POST", f"{CHAT}/start", "CHAT_ACTIVE", as_it_is, None),
    ("POST", f"{CHAT}/start", "ASSIGNED_TO_OTHER", opened_and_taken, None),
    ("POST", f"{CHAT}/start", "WINDOW_CLOSED", ended_long_ago, None),
    ("POST", f"{CHAT}/send", "CHAT_NOT_ACTIVE", ended, None),
    ("POST", f"{CHAT}/send", "ASSIGNED_TO_OTHER", taken, None),
    ("POST", f"{CHAT}/send", "WINDOW_CLOSED", long_ago, None),
    ("POST", f"{CHAT}/end", "CHAT_NOT_ACTIVE", ended, None),
    ("POST", f"{CHAT}/end", "ASSIGNED_TO_OTHER", taken, None),
    ("POST", f"{PERSON}/typing", "CHAT_NOT_ACTIVE", ended, None),
    ("POST", f"{PERSON}/templates", "UNKNOWN_TEMPLATE", as_it_is, {"name": "other", "language": "en"}),
    ("POST", f"{PERSON}/templates", "WRONG_PARAMETERS", as_it_is, {"name": "we_answered", "language": "en"}),
    ("POST", RETRY, "NOT_RETRYABLE", as_it_is, None),
    ("POST", RETRY, "ASSIGNED_TO_OTHER", taken, None),
    ("PATCH", TICKET, "INVALID_TRANSITION", ended, {"status": "RESOLVED"}),
    ("PATCH", TICKET, "TICKET_ACTIVE", opened_again, {"status": "IN_PROGRESS"}),
    ("PATCH", TICKET, "ASSIGNED_TO_OTHER", taken, None),
    ("POST", f"{TICKET}/messages?sender_type=admin", "TICKET_CLOSED", ended, None),
    ("POST", f"{TICKET}/messages?sender_type=admin", "TICKET_ACTIVE", resolved_beside_another, None),
    ("POST", f"{TICKET}/messages?sender_type=admin", "ASSIGNED_TO_OTHER", taken, None),
    ("POST", f"{TICKET}/messages?sender_type=admin", "WINDOW_CLOSED", long_ago, None),
    ("PATCH", ONE_HOMEWORK, "INVALID_TRANSITION", homework_is("SOLVED"), {"status": "CANCELLED"}),
    ("PATCH", ONE_HOMEWORK, "ASSIGNED_TO_OTHER", taken, {"assigned_admin_id": None}),
    ("POST", f"{ONE_HOMEWORK}/provide-solution", "HOMEWORK_SOLVED", homework_is("SOLVED"), None),
    ("POST", f"{ONE_HOMEWORK}/provide-solution", "INVALID_TRANSITION", homework_is("CANCELLED"), None),
    ("POST", f"{ONE_HOMEWORK}/mark-solved", "HOMEWORK_SOLVED", homework_is("SOLVED"), {"delivery_message": "Six."}),
    ("POST", f"{ONE_HOMEWORK}/mark-solved", "INVALID_TRANSITION", homework_is("CANCELLED"), None),
    ("PUT", PAYMENT, "INVALID_TRANSITION", paid, {"status": "FAILED"}),
]
WITH_FILE = ("POST", f"{CHAT}/send", "FILE_REFUSED")
# See below; of CONFLICT test_words.
USUAL = {"FORBIDDEN", "HTTPS_REQUIRED", "VALIDATION_ERROR", "CONFLICT", "RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"}


def refused(desk: Desk, method: str, path: str, code: str, before: Prepare, body: Any) -> Answer:  # noqa: PLR0917
    """The answer to a row of REFUSED."""
    before(desk)
    who = desk.agent if code == "ASSIGNED_TO_OTHER" else desk.admin
    usual = desk.world.body((method, path.partition("?")[0]))
    return who.send(method, desk.world.path(path), usual if body is None else body)


def answered(desk: Desk, status: int, ask: Callable[[Operation], Answer]) -> dict[Operation, int]:
    """The operations that promise this status and answer with another one."""
    world = desk.world
    promised = [one for one in world.operations if str(status) in world.documented(one)["responses"]]
    assert promised
    found = {one: undone(partial(ask, one)).status_code for one in promised}
    return {one: code for one, code in found.items() if code != status}


@pytest.mark.parametrize("status", [200, 201])
def test_what_is_good_succeeds(desk: Desk, status: int) -> None:
    def ask(one: Operation) -> Answer:
        BEFORE.get((*one, status), as_it_is)(desk)
        return desk.world.ask(one, desk.admin)

    assert answered(desk, status, ask) == {}


def test_a_part_of_a_file_is_206(desk: Desk) -> None:
    assert answered(desk, 206, lambda one: desk.world.ask(one, desk.admin, range="bytes=0-3")) == {}


def test_what_is_known_already_is_304(desk: Desk) -> None:
    assert answered(desk, 304, lambda one: desk.world.ask(one, desk.admin, if_none_match="*")) == {}


def test_what_is_no_json_is_400(desk: Desk) -> None:
    assert answered(desk, 400, lambda one: desk.world.ask(one, desk.admin, b"{")) == {}


def test_without_a_token_or_with_a_wrong_secret_it_is_401(desk: Desk) -> None:
    wrong = {LOGIN: {"username": "root", "password": "wrong"}, REFRESH: {"refresh": "x"}, LOGOUT: {"refresh": "x"}}
    assert answered(desk, 401, lambda one: desk.world.ask(one, Api(), wrong.get(one[1]))) == {}


def test_without_the_right_or_without_https_it_is_403(desk: Desk, settings: Settings) -> None:
    def ask(one: Operation) -> Answer:
        settings.SECURE_SSL_REDIRECT = False
        refused = desk.world.ask(one, desk.reader)
        settings.SECURE_SSL_REDIRECT = True
        return refused if refused.status_code == 403 else desk.world.ask(one, desk.reader)

    assert answered(desk, 403, ask) == {}


def test_what_is_not_there_is_404(desk: Desk) -> None:
    gone = dict.fromkeys([*desk.world.ids, "row_id"], 999_999_999) | {"phone": NOBODY, "report": "x", "export": "x"}

    def ask(one: Operation) -> Answer:
        return desk.admin.send(one[0], desk.world.path(one[1], **gone), desk.world.body(one))

    assert answered(desk, 404, ask) == {}


def test_a_body_that_is_too_large_is_413(desk: Desk, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1
    assert answered(desk, 413, lambda one: desk.world.ask(one, desk.admin)) == {}


def test_a_body_of_another_type_is_415(desk: Desk) -> None:
    assert answered(desk, 415, lambda one: desk.world.ask(one, desk.admin, content_type="text/plain")) == {}


def test_an_unknown_parameter_is_422(desk: Desk) -> None:
    def ask(one: Operation) -> Answer:
        path = desk.world.path(one[1])
        return desk.admin.send(one[0], f"{path}{'&' if '?' in path else '?'}nothing=1", desk.world.body(one))

    assert answered(desk, 422, ask) == {}


def test_too_many_requests_are_429(desk: Desk, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    assert answered(desk, 429, lambda one: desk.world.ask(one, desk.admin)) == {}


def test_without_a_database_it_is_503(desk: Desk) -> None:
    def away(*_: Any) -> Any:
        raise OperationalError("connection to server failed")

    def ask(one: Operation) -> Answer:
        with connection.execute_wrapper(away):
            return desk.world.ask(one, desk.admin)

    assert answered(desk, 503, ask) == {}


def test_the_domain_refuses_with_its_code(desk: Desk) -> None:
    answers = {row[:3]: undone(partial(refused, desk, *row)) for row in REFUSED}
    found = {row: answer.json().get("error_code") for row, answer in answers.items()}
    assert {row: code for row, code in found.items() if code != row[2]} == {}
    for (method, path, code), answer in answers.items():
        promised = desk.world.documented((method, path.partition("?")[0]))["responses"]
        assert f"`{code}`" in promised[str(answer.status_code)]["description"]


def test_a_file_that_whatsapp_would_not_take_is_refused(desk: Desk) -> None:
    answer = desk.admin.http.post(
        desk.world.path(f"{CHAT}/send"),
        {"file": SimpleUploadedFile("page.exe", b"MZ", "application/x-msdownload")},
        headers={"authorization": f"Bearer {desk.admin.token}"},
    )
    assert (answer.status_code, answer.json()["error_code"]) == (422, "FILE_REFUSED")


def codes(schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Every code that an operation is documented to refuse with."""
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            for answer in operation["responses"].values():
                yield from ((method.upper(), path, code) for code in re.findall("`([A-Z_]+)`:", str(answer)))


def test_no_refusal_is_documented_that_is_not_tried_here() -> None:
    schema = described()
    tried = {(method, path.partition("?")[0], code) for method, path, code, *_ in REFUSED} | {WITH_FILE}
    assert {one for one in codes(schema) if one[2] not in USUAL} - tried == set()
    statuses = {
        int(status) for item in schema["paths"].values() for one in item.values() for status in one["responses"]
    }
    assert statuses == {200, 201, 206, 304, 400, 401, 403, 404, 409, 413, 415, 422, 429, 503}


class TestWebhooks:
    """They have no token and no envelope of ours to look at: each answer is asked for by hand."""

    HUB = "hub.mode=subscribe&hub.challenge=1"

    @pytest.mark.parametrize(
        ("status", "query"),
        [(200, f"{HUB}&hub.verify_token=tests-only-verify-token"), (400, HUB), (403, f"{HUB}&hub.verify_token=x")],
    )
    def test_the_handshake(self, api: Api, status: int, query: str) -> None:
        assert api.get(f"{WHATSAPP}?{query}").status_code == status

    @pytest.mark.parametrize("path", WEBHOOKS)
    @pytest.mark.parametrize("status", [200, 401, 413, 503])
    def test_a_delivery(self, api: Api, settings: Settings, path: str, status: int) -> None:
        settings.PAYSTACK_SECRET_KEY = SECRET
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1 if status == 413 else 100
        body = b'{"event": "charge.success", "data": {"reference": "P1"}, "entry": [{}]}'
        signatures = {
            "x_hub_signature_256": signature.sign(body, settings.WHATSAPP_APP_SECRETS[0]),
            "x_paystack_signature": paystack.sign(body, SECRET),
        }

        def away(*_: Any) -> Any:
            raise OperationalError("connection to server failed")

        with connection.execute_wrapper(away if status == 503 else lambda execute, *asked: execute(*asked)):
            assert api.post(path, body, **({} if status == 401 else signatures)).status_code == status

    def test_payments_that_are_not_configured(self, api: Api, settings: Settings) -> None:
        settings.PAYSTACK_SECRET_KEY = ""
        assert api.post(PAYSTACK, b"{}").status_code == 404

    def test_nothing_else_is_documented(self) -> None:
        schema = described()
        found = {
            (method, path): set(schema["paths"][path][method]["responses"])
            for path in WEBHOOKS
            for method in schema["paths"][path]
        }
        delivery = {"200", "401", "413", "503"}
        assert found == {
            ("get", WHATSAPP): {"200", "400", "403"},
            ("post", WHATSAPP): delivery,
            ("post", PAYSTACK): delivery | {"404"},
        }
