"""The log of a whole day at the desk holds ids and no people; and the scan that says so can see."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses
from django.contrib.auth.models import User
from django.test import Client

from conversations import inbox, sender
from tests.log_scan import Scanner, leaks
from tests.processes import CHECKOUT
from tests.whatsapp.payloads import post, text_message
from tests.whatsapp.test_webhook import deliver

PHONE = "+2348012345678"
WORDS = ("my secret diary", "hunter2-and-more", "Ada Obi")


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    """Listens to everything that anybody has to say, down to DEBUG."""
    root, listening = logging.getLogger(), Scanner(WORDS)
    before = root.level
    root.addHandler(listening)
    root.setLevel(logging.DEBUG)
    yield listening
    root.setLevel(before)
    root.removeHandler(listening)


@pytest.mark.parametrize(
    "said",
    [
        PHONE,
        "to 2348012345678.",
        "/api/admin/conversations/%2B2348012345678",
        "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "EAAGm0PX4ZCpsBAKZBx0123456789",
        "sha256=0123456789abcdef0123456789abcdef",
        "item wamid.HBgNMjM0ODAxMjM0NTY3OBUCABEYEg==",
        "she wrote: My Secret Diary",
        "she wrote: my photo was REFUSED",
    ],
)
def test_the_scan_sees_what_should_not_be_there(said: str) -> None:
    assert leaks(said, WORDS)


@pytest.mark.parametrize(
    "said",
    [
        "message 1234567 of 42",
        "***78",
        "2026-01-09T23:06:40.123456Z",
        "550e8400-e29b-41d4-a716-446655440000",
        "request 33706472690f4a41b0b9ad4d8a2f5d12",
    ],
)
def test_the_scan_lets_ids_and_times_pass(said: str) -> None:
    assert leaks(said, WORDS) == []


@pytest.mark.allow_leaks
@pytest.mark.parametrize("fields", [{}, {"to": PHONE}, {"nested": {"deep": [PHONE]}}])
def test_a_number_handed_to_a_logger_of_ours_is_seen_though_the_line_masks_it(
    scanner: Scanner, fields: dict[str, object]
) -> None:
    logging.getLogger("conversations.sender").warning("Sent%s", "" if fields else f" to {PHONE}", extra=fields)
    assert len(scanner.leaked) == 1
    assert "test_log_scan.py" in scanner.leaked[0]


# Tests as anybody may write them, with the channels by which something may leak.
LEAKING = """
import logging
import pytest
from tests.processes import running

def printed(text):
    with running("shell", "--no-imports", "--command", f"print({text!r})") as command:
        command.process.wait(60)

@pytest.fixture
def talkative():
    logging.getLogger("support.services").info("Welcome.", extra={"to": "ada@example.com"})

@pytest.fixture
def process():
    yield
    printed("to +2348012345678")

def test_a_fixture(talkative): ...
def test_a_process_of_a_fixture(process): ...
def test_a_process(): printed("she wrote: My photo was refused")
def test_a_number_at_debug(): logging.getLogger("conversations.sender").debug("Sent.", extra={"to": "+2348012345678"})
def test_a_word_at_debug(): logging.getLogger("whatsapp.client").debug("Ada Obi says hi.")
def test_a_token_of_another_package(): logging.getLogger("urllib3").warning("Sent Ada Obi Bearer EAAGm0PX4ZCpsBAKZBx")
def test_honest(): logging.getLogger("conversations.sender").debug("Sent.", extra={"message_id": 7})
def test_an_honest_process(): printed("message 7")
@pytest.mark.allow_leaks
def test_of_masks(): logging.getLogger("edubot.logs").warning("to +2348012345678")
"""


@pytest.mark.processes
def test_every_channel_is_watched_in_every_test(tmp_path: Path) -> None:
    module = tmp_path / "test_leaking.py"
    module.write_text(LEAKING)
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "no:cacheprovider", "-rA", str(module)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603
    ended = re.findall(r"^(PASSED|FAILED|ERROR) \S*::test_(\w+)", done.stdout, re.MULTILINE)
    assert sorted(ended) == [
        ("ERROR", "a_fixture"),
        ("ERROR", "a_process_of_a_fixture"),
        ("FAILED", "a_number_at_debug"),
        ("FAILED", "a_process"),
        ("FAILED", "a_token_of_another_package"),
        ("FAILED", "a_word_at_debug"),
        ("PASSED", "a_process_of_a_fixture"),  # what it did itself; what ended after it did not
        ("PASSED", "an_honest_process"),
        ("PASSED", "honest"),
        ("PASSED", "of_masks"),
    ], done.stdout
    assert "conversations.sender, test_leaking.py" in done.stdout
    consoles = re.findall(r"^\d\d:\d\d:\d\d (\w+)", done.stdout, re.MULTILINE)
    assert consoles == ["WARNING", "WARNING"]  # heard at DEBUG, and printed as LOG_LEVEL has it


@pytest.mark.django_db(transaction=True)
def test_a_day_at_the_desk_leaves_no_person_in_the_log(client: Client, scanner: Scanner) -> None:
    """Webhook, bot, outbox, a failed item, log-ins that fail and succeed, and the API with a phone in the path."""
    User.objects.create_superuser("boss", password="hunter2-and-more")
    for number, words in enumerate(("hi", "Ada Obi", "my secret diary", "support"), start=1):
        assert deliver(client, post(text_message(f"wamid.{number}", words))).status_code == 200
    inbox.drain_all()
    with responses.RequestsMock() as meta:
        meta.post(re.compile(r"https://graph\.facebook\.com/.*"), status=500, json={"error": {"code": 131026}})
        sender.deliver_all()
    for password in ("my secret diary", "hunter2-and-more"):
        login = {"username": "boss", "password": password}
        answer = client.post("/api/admin/login", json.dumps(login), content_type="application/json")
    bearer = {"authorization": f"Bearer {answer.json()['access']}"}
    for path in (f"/api/admin/conversations/{PHONE}", f"/api/admin/nowhere/{PHONE}?q=my+secret+diary"):
        client.get(path, headers=bearer)
    client.post("/api/webhook/whatsapp", b"my secret diary", content_type="text/plain")
    assert scanner.leaked == []
