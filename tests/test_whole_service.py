"""The whole service as real processes: phones, the stand-in for the Graph API, web, worker, PostgreSQL, and kills.

A phone's script is played once undisturbed; what it was told then is what every other phone must be told, word for word
(references aside), however many processes die meanwhile. One message lost, doubled or swapped changes all that follows.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from edubot.server.run import listen
from tests.processes import Command, eventually, home, running

pytestmark = pytest.mark.processes

SCRIPT = (
    *("hi", "Ada Obi", "ada@example.com", "SS2"),
    *("homework", "Chemistry", "text", "How many moles are in 12 g of carbon?"),
    *("what is this", "status", "register", "menu"),
)
REFERENCE = re.compile(r"\*[2-9A-Z]{6}\*")


class Service:
    """Web and worker over one embedded PostgreSQL of their own, and a browser's view of the phones."""

    def __init__(self, directory: Path, port: int, **variables: str) -> None:
        self.variables = {
            "EDUBOT_VAR_DIR": str(directory),
            "DATABASE_URL": "",
            "WHATSAPP_API_URL": f"http://127.0.0.1:{port}/simulator/graph",
            "PORT": str(port),
            "OUTBOX_HOLD": "2",
            "OUTBOX_LEASE": "3",
            "OUTBOX_RATE": "500",
            "OUTBOX_PERSON_RATE": "60000",
            "LOG_LEVEL": "INFO",
        } | variables
        self.address = f"http://127.0.0.1:{port}"
        self.web: tuple[str, ...] = ()
        self.listener = 0
        self.browser = requests.Session()
        self._numbers = iter(range(2348000000001, 2348000009999))

    def starts(self, *arguments: str, pass_fds: Sequence[int] = ()) -> AbstractContextManager[Command]:
        """Run a command of the service until the end of the with block."""
        return running(*arguments, pass_fds=pass_fds, **self.variables)

    def is_ready(self) -> bool:
        """Whether web and worker are up."""
        try:
            return bool(self.browser.get(f"{self.address}/health/ready", timeout=5).json().get("worker") == "ok")
        except (requests.RequestException, ValueError):
            return False

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Call the page's JSON API as its script does."""
        headers = {"X-CSRFToken": self.browser.cookies.get("csrftoken", ""), "Referer": self.address}
        answer = self.browser.request(method, f"{self.address}/simulator/{path}", headers=headers, timeout=20, **body)
        assert answer.ok, answer.text
        return answer.json()

    def new_phone(self, name: str = "Ada") -> int:
        """Add a phone; returns its id."""
        self.browser.get(f"{self.address}/simulator/", timeout=20)
        phone: int = self.ask("POST", "api/phones", json={"number": str(next(self._numbers)), "name": name})["id"]
        return phone

    def say(self, phone: int, text: str) -> None:
        """Type something."""
        self.ask("POST", f"api/phones/{phone}/messages", json={"type": "text", "text": text})

    def thread(self, phone: int) -> list[dict[str, Any]]:
        """The messages on a phone, oldest first."""
        changed = self.ask("GET", f"api/news?phone={phone}:0")["phones"]
        return changed[0]["messages"] if changed else []

    def told(self, phone: int) -> list[str]:
        """What a phone was told, in order, without the references that differ each time."""
        return [REFERENCE.sub("*…*", one["text"]) for one in self.thread(phone) if not one["mine"]]

    def converse(self, phone: int, lines: Sequence[str]) -> None:
        """Type the lines, each after the answer to the one before."""
        for line in lines:
            before = len(self.told(phone))
            self.say(phone, line)
            eventually(lambda before=before: len(self.told(phone)) > before)  # type: ignore[misc]

    def tap(self, phone: int, choice: str) -> None:
        """Tap the newest button or list row with this id."""
        offered = [one for one in self.thread(phone) if not one["mine"] and choice in str(one)]
        self.ask(
            "POST", f"api/phones/{phone}/messages", json={"type": "tap", "wamid": offered[-1]["wamid"], "id": choice}
        )


@contextmanager
def service(**variables: str) -> Iterator[tuple[Service, dict[str, Command]]]:
    """A running service; the processes are in the dictionary, so that a test can kill and replace them."""
    with home() as directory, closing(listen("127.0.0.1", 0)) as listener:
        one = Service(directory, listener.getsockname()[1], **variables)
        with one.starts("migrate", "--noinput") as migrating:
            eventually(lambda: migrating.process.poll() is not None, 60)
            assert migrating.process.returncode == 0, migrating.output
        web = ("web", "--fd", str(listener.fileno()), "--processes", "1")
        with (
            one.starts(*web, pass_fds=[listener.fileno()]) as web_process,
            one.starts("worker") as worker,
        ):
            eventually(one.is_ready, 30)
            processes = {"web": web_process, "worker": worker}
            one.web, one.listener = web, listener.fileno()
            yield one, processes


@pytest.fixture(scope="module")
def playing() -> Iterator[tuple[Service, dict[str, Command]]]:
    with service() as running_service:
        yield running_service


def settled(one: Service, phone: int, expected: int = 0) -> list[str]:
    """What a phone was told once nothing more comes (or as much as expected)."""
    last: list[str] = []

    def quiet() -> bool:
        nonlocal last
        now = one.told(phone)
        same, last = now == last and len(now) >= expected, now
        return same

    eventually(quiet, 60)
    return last


def test_a_person_registers_hands_in_a_photo_asks_for_a_person_and_leaves(
    playing: tuple[Service, dict[str, Command]],
) -> None:
    one, _ = playing
    phone = one.new_phone()
    one.converse(phone, ("hi", "Ada Obi", "ada@example.com", "SS2", "homework", "Physics", "image"))
    photo = BytesIO()
    Image.new("RGB", (8, 8), "navy").save(photo, "JPEG")
    one.ask(
        "POST",
        f"api/phones/{phone}/messages",
        data={"type": "file", "kind": "image"},
        files={"file": ("page.jpg", photo.getvalue(), "image/jpeg")},
    )
    eventually(lambda: "Got file 1" in one.told(phone)[-1])
    one.tap(phone, "homework_done")
    eventually(lambda: "is handed in" in one.told(phone)[-1])
    one.tap(phone, "support")
    eventually(lambda: "You are now connected to our support team!" in one.told(phone)[-1])
    one.tap(phone, "end_chat")
    eventually(lambda: "What would you like to do?" in one.told(phone)[-1])


def test_killing_worker_and_web_in_the_middle_loses_doubles_and_swaps_nothing(
    playing: tuple[Service, dict[str, Command]],
) -> None:
    one, processes = playing
    first = one.new_phone()
    one.converse(first, SCRIPT)
    expected = settled(one, first)
    phones = [one.new_phone() for _ in range(6)]
    for line in SCRIPT[:6]:
        for phone in phones:
            one.say(phone, line)
    processes["worker"].stop(signal.SIGKILL)
    for line in SCRIPT[6:]:
        for phone in phones:
            one.say(phone, line)
    processes["web"].stop(signal.SIGKILL)
    with one.starts(*one.web, pass_fds=[one.listener]), one.starts("worker"):
        eventually(one.is_ready, 30)
        for phone in phones:
            assert settled(one, phone, len(expected)) == expected
