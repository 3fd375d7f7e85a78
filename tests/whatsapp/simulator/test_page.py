"""The page in a real browser: a person types, taps, chooses, and nothing that anybody sends becomes markup.

Nothing here asks the database: Playwright's synchronous API runs an event loop, under which Django's ORM refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.chromium import FLAGS, PATH
from tests.whatsapp.simulator.conftest import BEARER, GRAPH

HOSTILE = [
    '<img src=x onerror="window.__xss = 1">',
    "javascript:alert(1)",
    '"><script>window.__xss = 1</script>',
    "\u202egnp.exe",
    "{{7*7}} ${7*7} <!--",
    "x" * 4000,
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(PATH is None, reason="no Chromium on this machine"),
]

Open = Callable[..., Page]
Send = Callable[..., str]


@pytest.fixture
def service(live_server: LiveServer, settings: Settings) -> str:
    """The service on a real port."""
    settings.WHATSAPP_API_URL = f"{live_server.url}/simulator/graph"
    return str(live_server.url)


@pytest.fixture
def browser(service: str) -> Iterator[Browser]:
    """Chromium, gone before the database is cleaned."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=PATH, args=[*FLAGS, "--use-fake-device-for-media-stream"])
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: scripts that failed, policies that were broken."""
    return []


@pytest.fixture
def open_page(browser: Browser, service: str, complaints: list[str]) -> Open:
    """Open the page with one phone, in a window of the wanted size."""

    def open_it(width: int = 1280, height: int = 860, **options: Any) -> Page:
        page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{service}/simulator/")
        page.get_by_role("button", name="Hi", exact=True).click()
        expect(page.get_by_role("article")).to_have_count(1)
        return page

    return open_it


@pytest.fixture
def send(service: str) -> Send:
    """Send a message to the first phone, as our client does."""

    def send_it(kind: str, content: object, **more: object) -> str:
        body = {"messaging_product": "whatsapp", "to": "+2348030000001", "type": kind, kind: content, **more}
        answer = requests.post(f"{service}{GRAPH}/messages", json=body, headers=BEARER, timeout=10)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["messages"][0]["id"])

    return send_it


def buttons(*titles: str) -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": f"id_{title}", "title": title}} for title in titles]
    return {"type": "button", "body": {"text": "What next?"}, "action": {"buttons": replies}}


def rows(*titles: str) -> dict[str, Any]:
    section = {"title": "All", "rows": [{"id": f"id_{title}", "title": title} for title in titles]}
    return {"type": "list", "body": {"text": "Which?"}, "action": {"button": "Topics", "sections": [section]}}


def test_a_typed_message_stands_in_the_thread_with_its_tick(open_page: Open, complaints: list[str]) -> None:
    page = open_page()
    box = page.get_by_label("Message from Ada Obi")
    box.fill("How many moles?")
    box.press("Enter")
    message = page.get_by_role("article").filter(has_text="How many moles?")
    expect(message.get_by_role("img", name="Sent")).to_be_visible()
    expect(box).to_have_value("")
    assert complaints == []


def test_times_and_days_are_the_teams_wherever_the_reader_sits(open_page: Open, settings: Settings) -> None:
    page = open_page(timezone_id="America/New_York")
    shown = page.get_by_role("article").locator("time")
    sent = datetime.fromisoformat(shown.get_attribute("datetime") or "")
    expect(shown).to_have_text(f"{sent.astimezone(ZoneInfo(settings.TIME_ZONE)):%H:%M}")
    # Half past midnight and eleven at night of one day in Lagos, of two in New York.
    day_of = "async ([module, at, now]) => (await import(module)).day(at, Date.parse(now))"
    moments = ["2026-01-09T23:30:00Z", "2026-01-10T22:00:00Z"]
    assert page.evaluate(day_of, ["/static/simulator/format.js", *moments]) == "Today"


def test_a_button_is_tapped_and_a_row_is_chosen(open_page: Open, send: Send, complaints: list[str]) -> None:
    page = open_page()
    send("interactive", buttons("Homework"))
    page.get_by_role("button", name="Homework").click()
    expect(page.get_by_role("article").filter(has_text="Homework")).to_have_count(2)

    send("interactive", rows("Fees", "Dates"))
    page.get_by_role("button", name="Topics").click()
    sheet = page.get_by_role("dialog", name="Topics")
    sheet.get_by_label("Dates").check()
    sheet.get_by_role("button", name="Send").click()
    expect(sheet).to_have_count(0)
    expect(page.get_by_role("article").last).to_contain_text("Dates")
    assert complaints == []


def test_a_list_is_used_by_keyboard_alone(open_page: Open, send: Send) -> None:
    page = open_page()
    send("interactive", rows("Fees", "Dates"))
    opener = page.get_by_role("button", name="Topics")
    opener.press("Enter")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    opener.press("Enter")
    page.get_by_label("Fees").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article").last).to_contain_text("Fees")


@pytest.mark.parametrize("words", HOSTILE, ids=["img", "scheme", "script", "override", "template", "long"])
def test_hostile_words_stay_words(open_page: Open, send: Send, complaints: list[str], words: str) -> None:
    page = open_page()
    send("text", {"body": words})
    send("interactive", buttons(words[:20]))
    expect(page.get_by_role("article").nth(1)).to_contain_text(words[:200])
    expect(page.get_by_role("button", name=words[:20], exact=True)).to_be_visible()
    assert page.evaluate("window.__xss") is None
    assert page.locator(".text a[href^=javascript], .text img, .text script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []


def test_formatting_and_links_look_as_in_the_app(open_page: Open, send: Send) -> None:
    page = open_page()
    words = "*bold* _italic_ ~gone~ `code` 2*3*4 snake_case_name https://example.org/a_b_c."
    send("text", {"body": words})
    text = page.get_by_role("article").nth(1).locator(".text")
    expect(text).to_contain_text("2*3*4 snake_case_name")
    assert text.locator("strong").all_text_contents() == ["bold"]
    assert text.locator("em").all_text_contents() == ["italic"]
    assert text.locator("s").all_text_contents() == ["gone"]
    assert text.locator("code").all_text_contents() == ["code"]
    expect(text.get_by_role("link")).to_have_attribute("href", "https://example.org/a_b_c")
    expect(text.get_by_role("link")).to_have_attribute("rel", re.compile("noopener"))


def test_a_draft_survives_a_send_that_fails(open_page: Open) -> None:
    page = open_page()
    page.route("**/messages", lambda route: route.abort())
    box = page.get_by_label("Message from Ada Obi")
    box.fill("Do not lose me")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(box).to_have_value("Do not lose me")


def test_a_draft_is_still_there_after_a_reload(open_page: Open) -> None:
    page = open_page()
    page.get_by_label("Message from Ada Obi").fill("Not yet sent")
    page.reload()
    expect(page.get_by_label("Message from Ada Obi")).to_have_value("Not yet sent")


def test_a_text_is_edited_and_a_quote_leads_to_what_it_quotes(open_page: Open, complaints: list[str]) -> None:
    page = open_page()
    said, box = page.get_by_role("article").first, page.get_by_label("Message from Ada Obi")
    said.get_by_label("React, reply or delete").press("Enter")
    page.get_by_role("button", name="Edit").click()
    box.fill("Good morning")
    box.press("Enter")
    expect(said).to_contain_text("Good morning")
    expect(said).to_contain_text("Edited")

    said.get_by_label("React, reply or delete").press("Enter")
    page.get_by_role("button", name="Reply to this message").click()
    box.fill("And again")
    box.press("Enter")
    page.get_by_role("article").last.get_by_role("button", name="Good morning").click()
    expect(said).to_be_focused()
    assert complaints == []


def test_a_voice_note_is_recorded_and_plays(open_page: Open, complaints: list[str]) -> None:
    page = open_page(permissions=["microphone"])
    page.get_by_role("button", name="Record a voice note").click()
    expect(page.get_by_role("timer")).to_have_text("0:01")
    page.get_by_role("button", name="Send the voice note").click()
    expect(page.get_by_label("Voice note", exact=True)).to_be_visible()
    page.wait_for_function("() => document.querySelector('audio').duration > 0.5")
    kind = page.evaluate(
        "fetch(document.querySelector('audio').src).then((a) => a.arrayBuffer())"
        ".then((bytes) => new TextDecoder().decode(bytes.slice(0, 4)))"
    )
    assert (kind, complaints) == ("OggS", [])


def test_two_phones_stand_side_by_side_and_each_has_its_own_thread(open_page: Open, send: Send) -> None:
    page = open_page()
    page.get_by_role("button", name="Add phone").click()
    page.get_by_role("dialog").get_by_role("button", name="Add phone").click()
    expect(page.get_by_role("region")).to_have_count(2)
    send("text", {"body": "For Ada alone"})
    expect(page.get_by_role("region", name="Phone of Ada Obi")).to_contain_text("For Ada alone")
    expect(page.get_by_role("region").last).not_to_contain_text("For Ada alone")


@pytest.mark.parametrize(
    ("sheet", "field"), [("Add phone", "Number"), ("Settings of Ada Obi's phone", "Profile name")], ids=["new", "known"]
)
def test_what_is_typed_into_a_sheet_stays_when_a_message_comes(
    open_page: Open, send: Send, sheet: str, field: str
) -> None:
    page = open_page()
    page.get_by_role("button", name=sheet).click()
    box = page.get_by_role("dialog").get_by_label(field, exact=True)
    box.fill("+234 803 77")
    send("text", {"body": "Meanwhile"})
    expect(page.locator(".message").filter(has_text="Meanwhile")).to_be_attached()
    expect(box).to_have_value("+234 803 77")


def test_on_a_small_screen_one_phone_fills_it_and_fingers_hit_everything(open_page: Open, send: Send) -> None:
    page = open_page(360, 740, has_touch=True)
    page.get_by_role("button", name="Add phone").click()
    page.get_by_role("dialog").get_by_role("button", name="Add phone").click()
    page.get_by_role("button", name="Phone of Ada Obi").click()
    expect(page.get_by_role("region")).to_have_count(1)
    send("interactive", buttons("Homework", "Help"))
    expect(page.get_by_role("button", name="Homework")).to_be_visible()
    small = page.evaluate(
        """[...document.querySelectorAll("button:not(.menu), label.tile, textarea")]
           .filter((each) => each.checkVisibility())
           .map((each) => [each.textContent || each.ariaLabel, each.getBoundingClientRect()])
           .filter(([, box]) => box.width < 44 || box.height < 44).map(([name]) => name)"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_switch_is_set_on_the_page_and_shown_on_the_phone(open_page: Open, service: str) -> None:
    page = open_page()
    page.get_by_role("button", name="Settings of Ada Obi's phone").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("A send is answered").select_option("throttled")
    sheet.get_by_label("Network").click()
    sheet.get_by_role("button", name="Close").click()
    phone = page.get_by_role("region", name="Phone of Ada Obi")
    expect(phone).to_contain_text("faults")
    expect(phone).to_contain_text("No network")
    told = requests.get(f"{service}/simulator/api/phones", timeout=10).json()["phones"][0]
    assert (told["faults"], told["online"]) == ({"answer": "throttled"}, False)
