"""`docs/api.md`: the journey that it shows is played on the real service, and the errors are those that there are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer

from conversations.errors import DomainError
from tests.support.api.conftest import PASSWORD
from whatsapp.simulator import session

CHECKOUT = Path(__file__).resolve().parents[3]
SCRIPT = CHECKOUT / "docs" / "journey.py"
PAGE = (CHECKOUT / "docs" / "api.md").read_text()
OURS = ("edubot", "conversations", "support", "whatsapp")
WRITTEN = re.compile(r'\b[45]\d\d,\s+"([A-Z_]+)"')  # an answer that no exception stands for


def shown(language: str) -> str:
    """The block of this language in the documentation."""
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(block)


def refusals(error: type[DomainError] = DomainError) -> Iterator[str]:
    """The codes of the domain's errors."""
    if error.__module__.startswith(OURS):
        yield error.code
    for narrower in error.__subclasses__():
        yield from refusals(narrower)


def test_the_documentation_shows_the_script() -> None:
    assert shown("python") == SCRIPT.read_text()


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_the_journey_goes_as_the_documentation_shows_it(live_server: LiveServer, agent: User) -> None:
    with session.running(live_server.url):
        played = subprocess.run(  # noqa: S603  (our own script)
            [sys.executable, SCRIPT, live_server.url],
            env=os.environ | {"EDUBOT_USERNAME": agent.username, "EDUBOT_PASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
    assert (played.returncode, played.stderr) == (0, "")
    assert played.stdout == shown("text")


def test_every_error_code_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| [45]\d\d.*$", PAGE, re.MULTILINE)
    documented = {code for row in rows for code in re.findall(r"`([A-Z_]+)`", row.split("|")[2])}
    sources = [path.read_text() for folder in OURS for path in (CHECKOUT / folder).rglob("*.py")]
    assert documented == set(refusals()) | {code for text in sources for code in WRITTEN.findall(text)}
