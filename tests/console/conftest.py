"""A desk to work at: the whole service as real processes, staff who can log in, students with phones, and a browser.

Nothing here asks the database: Playwright's synchronous API runs an event loop, under which Django's ORM refuses.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.chromium import FLAGS, PATH
from tests.processes import Command, eventually
from tests.test_whole_service import Service, service

CHROMIUM = PATH
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
LOADED = 2.5  # how much longer a promise may take where others, or more of us than there are cores, work too
PASSWORD = "correct horse battery staple"
FAILED = pytest.StashKey[bool]()
# A refusal that the console expects and answers is still written down by the browser, so is what a log-out clears, and
# so is a slow machine.
EXPECTED = re.compile(
    r"Failed to load resource|net::ERR_|Cleared data types|was preloaded using link preload but not used within a few"
)
expect.set_options(timeout=15_000)  # what is promised faster is measured where it is promised

# Two people play dozens here, faster than anybody works: the limits of one person are for other tests.
LIMITS = {"API_REQUESTS_PER_MINUTE": "100000", "API_SENDS_PER_MINUTE": "100000"}
LEASE = {"OUTBOX_LEASE": ""}  # the usual one: in a shorter one no file can be uploaded and sent

STAFF = f"""
from django.contrib.auth.models import Group, User
from support.models import MessageTemplate
for name in ("grace", "musa", "lena"):
    user = User.objects.create_user(name, password={PASSWORD!r}, is_staff=True, first_name=name.title())
    user.groups.add(Group.objects.get(name="supervisor"))
MessageTemplate.objects.create(name="we_answered", body="Hi {{{{1}}}}, we have an answer.")
"""


@dataclass
class Desk:
    """The running service, and what a test does to it from outside."""

    service: Service
    processes: dict[str, Command]
    stack: ExitStack

    def start_web(self) -> None:
        """Another web process, at the same address."""
        one = self.service
        self.processes["web"] = self.stack.enter_context(one.starts(*one.web, pass_fds=[one.listener]))
        eventually(one.is_ready)

    @property
    def address(self) -> str:
        """Where it answers."""
        return self.service.address

    def api(self, method: str, path: str, **options: Any) -> Any:
        """Ask the API as Musa, the colleague."""
        answer = requests.request(
            method,
            f"{self.address}/api/{path}",
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=20,
            **options,
        )
        assert answer.ok, answer.text
        return answer.json()

    def __post_init__(self) -> None:
        self._token = str(self.log_in("musa").json()["token"])

    def log_in(self, name: str) -> requests.Response:
        """Log somebody in, as the console does: the answer has an access token, and a cookie to stay in."""
        who = {"username": name, "password": PASSWORD, "cookie": True}
        return requests.post(f"{self.address}/api/admin/login", json=who, timeout=20)

    def let_in(self, context: BrowserContext, name: str) -> None:
        """Give a browser the cookie of somebody who has logged in."""
        kept = self.log_in(name).cookies["edubot_refresh"]
        where = {"domain": "127.0.0.1", "path": "/api/admin/", "sameSite": "Strict", "httpOnly": True}
        context.add_cookies([{"name": "edubot_refresh", "value": kept, **where}])  # type: ignore[typeddict-item]

    def manage(self, *arguments: str) -> None:
        """Run a command of the service to its end."""
        with self.service.starts(*arguments) as command:
            eventually(lambda: command.process.poll() is not None, 60)
            assert command.process.returncode == 0, command.output

    def student(self, name: str = "Ada", *, in_chat: bool = True) -> Student:
        """A new student, in a live chat unless told otherwise."""
        phone = self.service.new_phone(name)
        self.service.say(phone, "hi")
        eventually(lambda: self.service.told(phone))
        number = f"+{self._number(phone)}"
        if in_chat:
            self.api("POST", f"admin/conversations/{number}/chat-support/start", json={"message": "Hello"})
            eventually(lambda: "Hello" in str(self.service.told(phone)))
        return Student(self.service, phone, number)

    def _number(self, phone: int) -> str:
        known = self.service.ask("GET", "api/phones")["phones"]
        return next(str(one["number"]) for one in known if one["id"] == phone)


@dataclass
class Student:
    """Somebody with a phone."""

    service: Service
    phone: int
    number: str

    def says(self, text: str) -> None:
        """Write something."""
        self.service.say(self.phone, text)

    def sends_a_photo(self) -> None:
        """Send a small picture."""
        photo = BytesIO()
        Image.new("RGB", (8, 8), "navy").save(photo, "JPEG")
        files = {"file": ("page.jpg", photo.getvalue(), "image/jpeg")}
        about = {"type": "file", "kind": "image"}
        self.service.ask("POST", f"api/phones/{self.phone}/messages", data=about, files=files)

    def moves_to(self, digits: str) -> None:
        """Go on under another number."""
        self.service.ask("PATCH", f"api/phones/{self.phone}", json={"number": digits})
        self.number = f"+{digits}"

    def told(self) -> list[str]:
        """What stands on the phone, from us."""
        return self.service.told(self.phone)


@pytest.fixture(scope="package")
def desk() -> Iterator[Desk]:
    """The desk, for all tests of the folder."""
    with service(**LIMITS, **LEASE) as (one, processes), ExitStack() as stack:
        with one.starts("shell", "-v", "0", "-c", STAFF) as command:
            eventually(lambda: command.process.poll() is not None, 60)
            assert command.process.returncode == 0, command.output
        yield Desk(one, processes, stack)


@pytest.fixture(scope="package")
def browser(desk: Desk) -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: scripts that failed, policies that were broken."""
    return []


Open = Callable[..., Page]


def promised(seconds: float) -> float:
    """So many seconds on an idle machine; more on one that has no core left."""
    return seconds * (LOADED if os.getloadavg()[0] > (os.cpu_count() or 1) else 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, for what its fixtures tell about it."""
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def open_page(request: pytest.FixtureRequest, browser: Browser, desk: Desk, complaints: list[str]) -> Iterator[Open]:
    """Open an address of the console as Grace, or somebody else, in a window of the wanted size."""
    contexts = []

    def open_it(
        address: str,
        width: int = 1280,
        height: int = 820,
        *,
        user: str = "grace",
        **options: Any,
    ) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        desk.let_in(contexts[-1], user)
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{desk.address}{address}")
        # On a phone that lies on its side a chat has the screen to itself.
        ways = page.get_by_role("navigation", name="Pages").or_(page.get_by_role("link", name="Back"))
        expect(ways.first).to_be_visible()
        return page

    yield open_it
    if request.node.stash.get(FAILED, False):
        print(*complaints, *(_shown(page) for context in contexts for page in context.pages), sep="\n")  # noqa: T201
    for context in contexts:
        context.close()
    assert [words for words in complaints if not EXPECTED.search(words)] == []


def _shown(page: Page) -> str:
    """What a page held when its test failed, as a screen reader would tell it."""
    return f"{page.url}\n{page.locator('body').aria_snapshot()}"


def enter(page: Page, user: str = "grace") -> None:
    """Log in, whatever the language."""
    page.locator("[name=username]").fill(user)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")


def barriers(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds on a page against WCAG 2.2 AA: each rule with up to three of the elements that break it."""
    page.evaluate(f"{AXE}; 0")
    levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    # `preload` would copy imported style sheets into an element, which the page's policy refuses.
    result = page.evaluate("levels => axe.run({runOnly: levels, preload: false})", levels)
    return [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in result["violations"]]


def too_small(page: Page) -> list[str]:
    """What a finger would miss: everything to be tapped that is below 44 pixels."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll(
             "button, textarea, select, summary, main a[href], .toast a, label.icon-button")]
           .filter((each) => each.checkVisibility())
           .map((each) => [each.textContent || each.ariaLabel, each.getBoundingClientRect()])
           .filter(([, box]) => box.width < 44 || box.height < 44).map(([name]) => name)"""
    )
    return found
