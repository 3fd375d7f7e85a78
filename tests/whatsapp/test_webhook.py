"""The webhook over HTTP: who may post, what is stored, and what each answer tells Meta to do."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from conversations import inbox
from conversations.models import AccountNotice, DeliveryReport, InboxItem, UnreadablePost
from tests.whatsapp.payloads import ACCOUNT, NAMES, batch_of, encode, fixture, post, text_message
from whatsapp.signature import sign

URL = "/api/webhook/whatsapp"
SECRET = "tests-only-app-secret"  # as tests/environment.py configures it
MIB = 1024 * 1024


def deliver(client: Client, body: bytes, signature: str | None = None, **headers: str) -> Any:
    """POST `body` as Meta does, signed with our secret unless another signature is given."""
    headers = {"X-Hub-Signature-256": sign(body, SECRET) if signature is None else signature} | headers
    return client.post(URL, body, content_type="application/json", headers=headers)


def keys() -> list[str]:
    return list(InboxItem.objects.order_by("id").values_list("key", flat=True))


# --- the handshake (no test here may touch the database: it must work while that is away) -----------------------------

QUERY = {"hub.mode": "subscribe", "hub.verify_token": "tests-only-verify-token", "hub.challenge": "1158201444"}


def test_the_handshake_gives_the_challenge_back(client: Client) -> None:
    answer = client.get(URL, QUERY)
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_challenge_is_never_html(client: Client) -> None:
    answer = client.get(URL, QUERY | {"hub.challenge": "<script>alert(1)</script>"})
    assert (answer.status_code, answer.content) == (200, b"<script>alert(1)</script>")
    assert answer["Content-Type"].startswith("text/plain")


REFUSED_QUERIES: dict[str, tuple[dict[str, str], int]] = {
    "wrong token": ({"hub.verify_token": "x"}, 403),
    "foreign characters in the token": ({"hub.verify_token": "é😀"}, 403),
    "token in capitals": ({"hub.verify_token": "TESTS-ONLY-VERIFY-TOKEN"}, 403),
    "wrong mode": ({"hub.mode": "unsubscribe"}, 403),
    "no mode": ({"hub.mode": ""}, 400),
    "no token": ({"hub.verify_token": ""}, 400),
    "no challenge": ({"hub.challenge": ""}, 400),
    "challenge of 257 characters": ({"hub.challenge": "1" * 257}, 400),
    "challenge of 10 kB": ({"hub.challenge": "1" * 10_000}, 400),
    "challenge beyond ASCII": ({"hub.challenge": "١١"}, 400),
}


@pytest.mark.parametrize("case", REFUSED_QUERIES)
def test_a_handshake_is_refused(client: Client, case: str) -> None:
    query, status = REFUSED_QUERIES[case]
    answer = client.get(URL, QUERY | query)
    assert answer.status_code == status
    assert answer.json()["status"] == "error"


def test_an_unset_verify_token_is_nobodys(client: Client, settings: Settings) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = ""
    assert client.get(URL, QUERY).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_other_methods_are_not_allowed(client: Client, method: str) -> None:
    answer = client.generic(method, URL)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")


def test_trace_is_not_allowed(client: Client) -> None:
    assert client.trace(URL).status_code == 405


def test_a_trailing_slash_is_another_address_and_no_redirect(client: Client) -> None:
    assert client.post(URL + "/", b"{}", content_type="application/json").status_code == 404


# --- signatures -------------------------------------------------------------------------------------------------------

BODY = post(text_message("wamid.1", "r\u00e9sum\u00e9 😀 a/b"))


def rewritten(body: bytes) -> bytes:
    return json.dumps(json.loads(body), ensure_ascii=False).encode()


FORGED = {
    "empty": "",
    "another secret": sign(BODY, "other"),
    "the verify token": sign(BODY, "tests-only-verify-token"),
    "the body written again": sign(rewritten(BODY), SECRET),
    "in capitals": sign(BODY, SECRET).upper(),
    "a byte beyond ASCII": "sha256=\xff" + "0" * 63,
}


@pytest.mark.django_db
@pytest.mark.parametrize("case", FORGED)
def test_a_forged_post_is_refused_before_any_work(
    client: Client, case: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = deliver(client, BODY, FORGED[case])
    assert answer.status_code == 401
    assert answer.json() == {
        "status": "error",
        "message": "The signature is missing or wrong.",
        "data": None,
        "error_code": "INVALID_SIGNATURE",
    }
    assert keys() == []


def test_a_post_without_a_signature_is_refused(client: Client) -> None:
    assert client.post(URL, BODY, content_type="application/json").status_code == 401


def test_a_refused_post_leaves_neither_body_nor_signature_in_the_logs(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    deliver(client, BODY, "sha256=" + "ab" * 32)
    logged = " ".join(str(record.__dict__) for record in caplog.records)
    assert "signature is missing or wrong" in logged
    assert "abab" not in logged
    assert "wamid.1" not in logged


@pytest.mark.django_db
def test_accents_emoji_and_slashes_are_signed_as_they_came(client: Client) -> None:
    escaped = BODY.replace(b"/", b"\\/")
    raw = rewritten(BODY).replace(b"wamid.1", b"wamid.2")
    assert [deliver(client, body).status_code for body in (escaped, raw)] == [200, 200]
    texts = [item.raw["message"]["text"]["body"] for item in InboxItem.objects.all()]
    assert texts == ["r\u00e9sum\u00e9 😀 a/b"] * 2


@pytest.mark.django_db
def test_two_secrets_count_while_one_is_rotated(client: Client, settings: Settings) -> None:
    settings.WHATSAPP_APP_SECRETS = ("new-secret", SECRET)
    assert deliver(client, BODY, sign(BODY, "new-secret")).status_code == 200
    assert deliver(client, BODY, sign(BODY, SECRET)).status_code == 200
    assert deliver(client, BODY, sign(BODY, "older-secret")).status_code == 401


def test_without_a_secret_meta_is_asked_to_come_again(client: Client, settings: Settings) -> None:
    settings.WHATSAPP_APP_SECRETS = ()
    answer = deliver(client, BODY, sign(BODY, ""))
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", "rubbish"]
)
def test_the_signature_decides_not_the_content_type(client: Client, content_type: str) -> None:
    headers = {"X-Hub-Signature-256": sign(BODY, SECRET)}
    assert client.post(URL, BODY, content_type=content_type, headers=headers).status_code == 200
    assert keys() == ["wamid.1"]


@pytest.mark.django_db
def test_no_csrf_token_is_needed() -> None:
    assert deliver(Client(enforce_csrf_checks=True), BODY).status_code == 200


# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_largest_post_that_meta_sends_is_taken(client: Client) -> None:
    body = post(*(text_message(f"wamid.{number}", "é" * 490) for number in range(1000)))
    assert 3_000_000 < len(body) < 3_300_000
    assert deliver(client, body).status_code == 200
    assert InboxItem.objects.count() == 1000


def test_a_post_above_the_limit_is_refused_even_if_signed(client: Client) -> None:
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 4 * MIB
    assert deliver(client, b" " * (4 * MIB + 1)).status_code == 413


# --- what is stored ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_webhook_is_stored_whole(client: Client, name: str) -> None:
    batch = batch_of(fixture(name))
    assert deliver(client, fixture(name)).status_code == 200
    assert sorted(keys()) == sorted({item.key for item in batch.items})
    assert {item.key: item.raw for item in InboxItem.objects.all()} == {item.key: item.raw for item in batch.items}
    assert DeliveryReport.objects.count() == len(batch.receipts)


@pytest.mark.django_db
def test_a_second_delivery_changes_nothing(client: Client) -> None:
    for _ in range(2):
        assert deliver(client, fixture("batch")).status_code == 200
    assert keys() == ["wamid.1", "wamid.2", "wamid.3"]
    assert DeliveryReport.objects.count() == 2


@pytest.mark.django_db
def test_a_message_comes_again_in_another_batch(client: Client) -> None:
    deliver(client, post(text_message("wamid.1"), text_message("wamid.2")))
    deliver(client, post(text_message("wamid.3"), text_message("wamid.2")))
    assert keys() == ["wamid.1", "wamid.2", "wamid.3"]


@pytest.mark.django_db
def test_a_delivery_report_carries_our_reference(client: Client) -> None:
    deliver(client, fixture("status_failed"))
    report = DeliveryReport.objects.get()
    assert report.client_ref == UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
    assert (report.status, report.recipient) == ("failed", "+2348012345678")
    assert report.error is not None
    assert report.error["code"] == 131047


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"", b"not JSON", b"[]", b"{}", b"\xff\xfe{}", b"[" * 100_000])
def test_what_cannot_be_read_is_kept_as_it_came(client: Client, body: bytes) -> None:
    for _ in range(2):
        assert deliver(client, body).status_code == 200
    kept = UnreadablePost.objects.get()
    assert (bytes(kept.body), kept.times) == (body, 2)
    assert kept.reason


@pytest.mark.django_db
def test_the_statements_do_not_grow_with_the_batch(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1) as small:
        deliver(client, post(text_message("wamid.a"), statuses=[{"id": "wamid.x", "status": "read"}]))
    statuses = [{"id": f"wamid.{number}", "status": "read"} for number in range(100)]
    with django_assert_num_queries(len(small)):
        deliver(client, post(*(text_message(f"wamid.{number}") for number in range(100)), statuses=statuses))
    assert (InboxItem.objects.count(), DeliveryReport.objects.count()) == (101, 101)


@pytest.mark.django_db
def test_another_number_is_noted_and_not_stored(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert deliver(client, post(text_message("wamid.1"), number="999")).status_code == 200
    assert keys() == []
    assert [record.__dict__["items"] for record in caplog.records if "another number" in record.message] == [1]


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_a_worker_can_handle_every_kind_of_webhook(client: Client, name: str) -> None:
    deliver(client, fixture(name))
    inbox.drain_all()
    assert not InboxItem.objects.filter(handled_at=None).exists()
    assert not InboxItem.objects.filter(Q(dead=True) | Q(attempts__gt=0)).exists()


@pytest.mark.django_db
def test_a_notice_may_hold_any_word_of_metas(client: Client) -> None:
    value = {"event": "PIN_CHANGED", "key": 1, "kind": 2, "title": 3, "severity": 4, "self": 5}
    deliver(client, encode({"entry": [{"id": ACCOUNT, "changes": [{"field": "security", "value": value}]}]}))
    inbox.drain_all()
    assert AccountNotice.objects.get().data == value | {"item": InboxItem.objects.get().pk}


# --- when the database does not play along ----------------------------------------------------------------------------


def cut(other: BaseDatabaseWrapper) -> None:
    """End the connection that the webhook works with."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_cut_is_replaced(client: Client) -> None:
    with closing(connection.copy()) as other:
        cut(other)
    assert deliver(client, BODY).status_code == 200
    assert keys() == ["wamid.1"]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_means_503_and_the_next_delivery_is_stored(client: Client) -> None:
    connection.ensure_connection()
    name, beside = connection.settings_dict["NAME"], connection.copy()
    beside.settings_dict["NAME"] = "postgres"  # nobody shuts the database that they work in
    with closing(beside) as other, other.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            cut(other)
            answer = deliver(client, BODY)
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    connection.close()  # as the end of a real request does with a connection that has failed
    assert deliver(client, BODY).status_code == 200
    assert keys() == ["wamid.1"]


@contextmanager
def refusing(key: str) -> Iterator[None]:
    """A database that does not take one key."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE conversations_inboxitem ADD CONSTRAINT refused CHECK (key <> %s)", [key])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE conversations_inboxitem DROP CONSTRAINT refused")


@pytest.mark.django_db(transaction=True)
def test_a_value_that_the_database_refuses_is_no_reason_to_send_it_again(client: Client) -> None:
    with refusing("wamid.1"):
        assert deliver(client, BODY).status_code == 200
    assert bytes(UnreadablePost.objects.get().body) == BODY


@pytest.mark.django_db(transaction=True)
def test_a_200_is_committed(client: Client) -> None:
    assert deliver(client, BODY).status_code == 200
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT key FROM conversations_inboxitem")
        assert cursor.fetchall() == [("wamid.1",)]
    other.close()


@pytest.mark.django_db
def test_no_notice_and_no_line_of_the_log_carries_the_id_of_a_message(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    nobodys = text_message("wamid.HBgNMjM0ODAxMjM0NTY3OBUCABEYEg==") | {"from": "Ada"}
    deliver(client, post(nobodys))
    inbox.drain_all()
    notice = AccountNotice.objects.get(kind="message_without_sender")
    assert notice.data == {"type": "text", "item": InboxItem.objects.get().pk}
    assert "wamid" not in notice.key
    assert [record.notice for record in caplog.records if hasattr(record, "notice")] == [notice.key]
