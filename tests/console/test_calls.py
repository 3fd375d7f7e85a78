"""Calling staff who look elsewhere, and what a tab costs while nobody does anything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.console.conftest import CHROMIUM, Desk, Open, Student, too_small
from tests.console.test_desk import box_of, messages, thread_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

# Somebody looks elsewhere; what would be heard and shown is written down at the edge of the browser.
ELSEWHERE = """
  document.hasFocus = () => false;
  window.heard = [];
  window.Notification = class {
    static permission = "granted";
    static requestPermission = async () => "granted";
    constructor(title, { body }) { window.heard.push(`shown: ${title}: ${body}`); }
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) { window.heard.push("a tone"); return start.call(this, at); };
"""
CALLED = "new Promise((done) => setTimeout(done, 1000))"  # what was to be done half a second after an event is done
PREFERENCES = "admin/me/preferences"
SWITCHES = ("Sound when a student writes", "Count in the window’s title", "Notifications of the browser")


def settings(page: Page, *, on: bool) -> None:
    """Put all switches, each once the API has the one before."""
    page.get_by_role("button", name=re.compile("settings")).click()
    for name in SWITCHES:
        switch = page.get_by_role("switch", name=name)
        if switch.is_checked() != on:
            with page.expect_response(lambda answer: "preferences" in answer.url and answer.request.method == "PUT"):
                switch.set_checked(on)
    page.keyboard.press("Escape")


@pytest.fixture
def settings_of_musa(desk: Desk) -> Iterator[None]:
    """What Musa has chosen stands again after the test."""
    chosen = desk.api("GET", PREFERENCES)["data"]
    yield
    desk.api("PUT", PREFERENCES, json=chosen)


def test_somebody_who_looks_elsewhere_is_called_by_a_first_message_unless_they_want_none(
    desk: Desk, open_page: Open
) -> None:
    page = open_page("/conversations", user="lena")
    page.add_init_script(ELSEWHERE)
    page.reload()
    settings(page, on=True)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    student = desk.student("Call Er", in_chat=False)
    student.says("support")
    row = page.get_by_role("link", name=re.compile("Call Er"))
    expect(row).to_contain_text("💬")
    expect(page).to_have_title(re.compile(r"^\([1-9]\) "))
    unread = int(row.locator(".unread").inner_text())
    page.wait_for_function("() => heard.length > 2")  # two tones, and a notification
    heard = page.evaluate("heard")
    assert "a tone" in heard
    assert any(words.startswith("shown: Call Er") for words in heard)

    settings(page, on=False)
    page.reload()  # they stay off
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    student.says("Is anybody there?")
    expect(row.locator(".unread")).to_have_text(str(unread + 1))
    assert page.evaluate("heard") == []
    assert not page.title().startswith("(")


@pytest.mark.usefixtures("settings_of_musa")
def test_where_a_browser_shows_no_notifications_the_stream_goes_on(desk: Desk, open_page: Open) -> None:
    student = desk.student("An Droid")
    page = open_page("/conversations", user="musa")
    page.add_init_script(ELSEWHERE.replace("constructor(", "constructor() { throw new TypeError('Illegal'); } other("))
    page.reload()
    settings(page, on=True)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    streams: list[str] = []
    page.on("request", lambda request: streams.append(request.url) if request.url.endswith("/events") else None)
    for number in range(1, 3):
        student.says("Can you hear me?")
        expect(page).to_have_title(re.compile(rf"^\({number}\) "))
        expect(page.get_by_role("link", name=re.compile("An Droid")).locator(".unread")).to_have_text(str(number))
    page.wait_for_function("() => heard.length > 3")  # the tones of both
    assert streams == []


def test_of_several_tabs_one_calls_and_none_while_somebody_looks_at_another(desk: Desk, open_page: Open) -> None:
    student = desk.student("Two Tabs")
    page = open_page("/conversations", user="musa")
    others = [page.context.new_page() for _ in range(2)]
    for other in others:
        other.add_init_script(ELSEWHERE)
        other.goto(f"{desk.address}/conversations")
    for each in (page, *others):
        expect(each.get_by_text("Live", exact=True)).to_be_visible()
    is_heard(student, 1, [page, *others])
    assert tones(others) == 0
    page.close()
    is_heard(student, 2, others)
    assert tones(others) == 2


def is_heard(student: Student, number: int, pages: list[Page]) -> None:
    """The student writes, all these pages have so many unread messages, and whichever calls has done so."""
    student.says("Can you hear me?")
    for page in pages:
        row = page.get_by_role("link", name=re.compile("Two Tabs"))
        expect(row.locator(".unread")).to_have_text(str(number))
    for page in pages:
        page.evaluate(CALLED)


def tones(pages: list[Page]) -> int:
    return sum(page.evaluate("heard").count("a tone") for page in pages)


# Milliseconds: long enough for what would be asked again and again, too short for a stream to count as dead.
WHILE = 22_000


def asked(page: Page) -> Counter[str]:
    """How often each address of the API is asked from now on; the stream is left out."""
    found: Counter[str] = Counter()

    def note(request: Request) -> None:
        path = urlsplit(request.url).path
        if path.startswith("/api/") and not path.endswith("/events"):
            found[path] += 1

    page.on("request", note)
    return found


def test_a_list_asks_nothing_for_its_rows_and_an_idle_tab_next_to_nothing(desk: Desk, open_page: Open) -> None:
    student = desk.student("Id Le")
    page = open_page("/conversations")
    page.clock.install()
    requests = asked(page)
    page.reload()
    expect(page.get_by_role("link", name=re.compile("Id Le"))).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.clock.run_for(WHILE)
    assert max(requests.values()) <= 3  # at first, and once there is a stream
    assert [path for path in requests if "/conversations/" in path or "/media/" in path] == []
    requests.clear()
    page.goto(f"{desk.address}{thread_of(student)}")
    expect(box_of(page)).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.clock.run_for(WHILE)
    assert max(requests.values()) <= 3  # that somebody looks is told every 20 seconds


def test_on_a_phone_held_sideways_one_reads_and_answers(desk: Desk, open_page: Open) -> None:
    student = desk.student("Side Ways")
    page = open_page(thread_of(student), 740, 360, has_touch=True, is_mobile=True)
    expect(box_of(page)).to_be_in_viewport()
    expect(messages(page).last).to_be_in_viewport()
    box_of(page).fill("Seen sideways")
    page.get_by_role("button", name="Send").click()
    expect(messages(page).filter(has_text="Seen sideways")).to_be_in_viewport()
    assert too_small(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
