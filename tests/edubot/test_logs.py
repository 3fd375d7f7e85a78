"""Log lines tell what happened and to which id, and nothing about people."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
import sentry_sdk
from django.db import IntegrityError, connection
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception

from edubot import logs


def record(message: str, *arguments: Any, **fields: Any) -> logging.LogRecord:
    made = logging.getLogger("edubot.test").makeRecord(
        "edubot.test", logging.INFO, __file__, 1, message, arguments, None, extra=fields
    )
    made.created = 1_768_000_000.123  # 2026-01-09T23:06:40Z
    return made


def as_json(made: logging.LogRecord) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(logs.JsonFormatter().format(made))
    return line


def with_error(error: Exception) -> logging.LogRecord:
    made = record("Failed")
    try:
        raise error
    except type(error):
        made.exc_info = sys.exc_info()
    return made


def test_a_json_line_is_a_sentence_with_named_fields_in_utc() -> None:
    assert as_json(record("Stored %d items", 3, mailbox=12, late=None)) == {
        "time": "2026-01-09T23:06:40.123Z",
        "level": "INFO",
        "logger": "edubot.test",
        "message": "Stored 3 items",
        "mailbox": 12,
        "late": None,
    }


def test_a_plain_line_reads_as_a_sentence_with_its_fields() -> None:
    line = logs.PlainFormatter().format(record("Stored", items=3, kind="text"))
    assert line == "23:06:40 INFO    edubot.test: Stored  items=3 kind=text"


def test_a_line_carries_the_id_of_its_request() -> None:
    token = logs.request_id.set("abc-1")
    try:
        assert as_json(record("Stored"))["request_id"] == "abc-1"
    finally:
        logs.request_id.reset(token)


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("to +2348012345678.", "to ***78."),
        ("to 2348012345678", "to ***78"),
        ("/conversations/%2B2348012345678/send", "/conversations/***78/send"),
        ("Key (phone)=(+234 801 234 5678) exists", "Key (phone)=(***78) exists"),
        ("call 08012345678", "call ***78"),
        ("message 1234567 of 42", "message 1234567 of 42"),
        ("at 2026-01-09T23:06:40.123456+00:00", "at 2026-01-09T23:06:40.123456+00:00"),
        ("ref 550e8400-e29b-41d4-a716-446655440000", "ref 550e8400-e29b-41d4-a716-446655440000"),
        ("took 0.12345678901 s", "took 0.12345678901 s"),
    ],
)
def test_of_a_phone_number_the_last_two_digits_remain(said: str, logged: str) -> None:
    assert as_json(record(said))["message"] == logged


@pytest.mark.parametrize(
    "said",
    [
        "Authorization: Bearer s3cr3t-value",
        "token eyJhbGciOiJIUzI1NiJ9.s3cr3t-value.c2ln",
        "calling with EAAs3cr3tvalue0123456789abcdef",
        "X-Hub-Signature-256: sha256=53c3e7a1",
        "from wamid.HBgNMjM0ODAxs3cr3tMzQ1Njc4FQIAERgS+/53c3e7a1==",
        "GET /?hub.verify_token=s3cr3t-value&x=1",
        'body {"password": "s3cr3t-value"}',
        "postgres://edubot:s3cr3t-value@db.example/edubot",
    ],
)
def test_credentials_are_never_logged(said: str) -> None:
    line = logs.JsonFormatter().format(record(said, detail=said, nested={"deep": [said]}, access_token="s3cr3t-value"))
    assert "s3cr3t" not in line
    assert "53c3e7a1" not in line
    assert "***" in line


def test_of_an_exception_frames_and_type_are_logged_but_not_its_text() -> None:
    trace = as_json(with_error(ValueError("my secret diary")))["exception"].splitlines()
    assert trace[0].startswith(f'File "{__file__}", line ')
    assert trace[0].endswith(", in with_error")
    assert trace[1:] == ["ValueError"]


def test_the_text_of_no_exception_in_a_chain_or_a_group_is_logged() -> None:
    group = ExceptionGroup("my secret diary", [OSError("my secret diary")])
    group.__cause__ = KeyError("my secret diary")
    group.add_note("my secret diary")
    failed = with_error(group)
    for line in (logs.JsonFormatter().format(failed), logs.PlainFormatter().format(failed)):
        assert "secret" not in line
        assert line.index("KeyError") < line.index("OSError") < line.index("ExceptionGroup")


def test_exceptions_that_name_each_other_are_each_told_once() -> None:
    one, other = KeyError(), OSError()
    one.__cause__, other.__cause__ = other, one
    assert as_json(with_error(one))["exception"].count("KeyError") == 1


@pytest.mark.django_db
def test_a_row_that_postgresql_refuses_is_named_by_its_code_and_never_quoted() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE said (words text, kind text NOT NULL) ON COMMIT DROP")
        with pytest.raises(IntegrityError, match="secret diary") as refused:
            cursor.execute("INSERT INTO said VALUES ('my secret diary', NULL)")
    trace = as_json(with_error(refused.value))["exception"]
    assert "psycopg.errors.NotNullViolation (SQLSTATE 23502)" in trace
    assert "django.db.utils.IntegrityError" in trace
    assert "secret" not in trace


class Sent(Transport):
    """The way to Sentry, cut off at the network: keeps what would have left."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.bodies.append(envelope.serialize().decode())


def test_what_goes_to_sentry_holds_no_words_and_no_phone_number() -> None:
    sent = Sent()
    client = sentry_sdk.Client(
        "http://key@127.0.0.1/1",
        transport=sent,
        default_integrations=False,
        include_local_variables=False,
        before_send=logs.without_words,
    )
    error = ValueError("my secret diary")
    error.__cause__ = KeyError("my secret diary")
    event, hint = event_from_exception(error, client.options)
    event["request"] = {"method": "POST", "url": "/contacts/+2348012345678?q=secret", "data": {"text": "secret"}}
    client.capture_event(event, hint)
    (body,) = sent.bodies
    assert "secret" not in body
    assert "ValueError" in body
    assert "KeyError" in body
    assert "/contacts/***78" in body


def test_no_command_line_and_no_line_of_the_log_goes_to_sentry_unmasked() -> None:
    sent = Sent()
    client = sentry_sdk.Client(
        "http://key@127.0.0.1/1", transport=sent, default_integrations=False, before_send=logs.without_words
    )
    client.capture_event(
        {
            "extra": {"sys.argv": ["manage.py", "erase_person", "+2348012345678"], "ticket_id": 12},
            "logentry": {"message": "Said %s", "formatted": "Said 2348012345678", "params": ["2348012345678"]},
            "breadcrumbs": {"values": [{"message": "2348012345678", "data": {"access_token": "EAAsecret"}}]},
            "transaction": "/api/admin/conversations/+2348012345678",
        }
    )
    (body,) = sent.bodies
    assert "23480123456" not in body
    assert "EAAsecret" not in body
    assert '["manage.py","erase_person","***78"]' in body
    assert '"ticket_id":12' in body


@pytest.mark.parametrize("hostile", ["a\r\nFORGED", "a\x1b[2Jb", "a\u2028b", "a\u202eb", "a\x85b"])
def test_one_record_is_one_line_without_terminal_escapes(hostile: str) -> None:
    for formatter in (logs.JsonFormatter(), logs.PlainFormatter()):
        line = formatter.format(record("Said %s", hostile, name_=hostile))
        assert len(line.splitlines()) == 1
        assert line.isprintable()


def test_a_traceback_cannot_forge_a_plain_line() -> None:
    lines = logs.PlainFormatter().format(with_error(type("X\n23:00:00 INFO forged", (Exception,), {})())).splitlines()
    assert all(line.startswith("    | ") for line in lines[1:])


def test_django_writes_through_our_formatters_alone() -> None:
    """A handler of its own masks nothing: while DEBUG is on it would write the paths of requests that failed."""
    assert logging.getLogger("django").handlers == []
    assert logging.getLogger("django.request").propagate
