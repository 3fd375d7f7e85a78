"""Where there is little room nothing is cut off, and what one answers with stays in sight; no page has barriers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.console.conftest import CHROMIUM, Desk, Open, barriers, too_small
from tests.processes import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

UPRIGHT, LYING = (360, 740), (740, 360)
FINGER: dict[str, Any] = {"has_touch": True, "is_mobile": True}
TAKEN = {"status": "error", "message": "musa has this ticket.", "error_code": "ASSIGNED_TO_OTHER"}

# Whatever reaches over the right edge, unless it lies in something that is scrolled sideways.
CUT_OFF = """() => [...document.body.querySelectorAll("*")]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > innerWidth + 1)
  .filter((each) => {
    for (let box = each.parentElement; box !== document.body; box = box.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return false;
      if (getComputedStyle(box).overflow === "hidden" && box.getBoundingClientRect().right <= innerWidth) return false;
    }
    return !each.matches(".unseen, .skip");
  })
  .map((each) => each.outerHTML.slice(0, 120))"""


def cut_off(page: Page) -> list[str]:
    found: list[str] = page.evaluate(CUT_OFF)
    return found


@pytest.mark.parametrize(("size", "scheme"), [(UPRIGHT, "dark"), (LYING, "light")], ids=["upright", "lying"])
def test_on_a_phone_nothing_is_cut_off_and_one_can_always_answer(
    desk: Desk, open_page: Open, size: tuple[int, int], scheme: str
) -> None:
    student = desk.student("Ada Adébáyọ̀-Nwachukwu of the very long name")
    for number in range(6):
        student.says(f"I have a question, the {number}th, about {'long words ' * 6}")
    page = open_page("/dashboard", *size, color_scheme=scheme, has_touch=True, is_mobile=True)
    expect(page.locator(".chart .u-over").first).to_be_visible()
    assert cut_off(page) == []
    page.goto(f"{desk.address}/conversations")
    page.locator("a.row").first.wait_for()
    assert cut_off(page) == []
    page.goto(f"{desk.address}/conversations/{student.number}")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
    expect(page.locator(".composer textarea")).to_be_in_viewport(ratio=1)
    assert page.locator(".thread").bounding_box()["height"] > 100  # type: ignore[index]
    assert cut_off(page) == []
    page.goto(f"{desk.address}/support-tickets")
    page.locator("a.ticket-row").first.click()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
    expect(page.locator(".answer textarea")).to_be_in_viewport(ratio=1)
    assert page.locator(".entries").bounding_box()["height"] > 80  # type: ignore[index]
    assert cut_off(page) == []


@pytest.fixture
def beside(browser: Browser, desk: Desk, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window for the phones' pages, of the wanted size and scheme."""
    (width, height), scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    yield page
    context.close()


@pytest.mark.parametrize(
    "beside",
    [((1280, 800), "light"), (UPRIGHT, "dark"), (LYING, "light")],
    indirect=True,
    ids=["desk", "upright", "lying"],
)
def test_the_phones_have_no_barriers_and_cut_nothing_off(desk: Desk, beside: Page) -> None:
    student = desk.student("Obi of the phones")
    student.says("Can you see me?")
    beside.goto(f"{desk.address}/simulator/")
    beside.locator(".message").first.wait_for(state="attached")
    phone = beside.locator(".phone:visible").first
    expect(phone.get_by_role("textbox")).to_be_in_viewport(ratio=1)
    expect(phone.locator(".send")).to_be_in_viewport(ratio=1)
    assert barriers(beside) == []
    assert cut_off(beside) == []
    phone.get_by_role("button", name="Send a photo or something else").click()
    expect(beside.get_by_role("dialog")).to_be_visible()
    beside.wait_for_function("() => !document.getAnimations().length")
    assert barriers(beside) == []


@pytest.mark.parametrize("beside", [((1280, 800), "dark"), (UPRIGHT, "light")], indirect=True, ids=["desk", "upright"])
def test_phone_and_console_on_one_screen_have_no_barriers(desk: Desk, beside: Page) -> None:
    desk.student("Uche of the desk")
    beside.goto(f"{desk.address}/simulator/desk")
    beside.locator(".message").first.wait_for(state="attached")
    beside.frame_locator("#staff iframe").locator("form, a.row").first.wait_for(state="attached")
    assert barriers(beside) == []
    assert cut_off(beside) == []


@pytest.mark.parametrize(("place", "button"), [("conversations", "Transmettre"), ("support-tickets", "Attribuer")])
def test_on_a_phone_a_menu_stays_within_the_screen(desk: Desk, open_page: Open, place: str, button: str) -> None:
    number = desk.student("Small Menu").number
    ticket = desk.api("GET", f"support/tickets?phone={number}")["data"][0]["id"]
    page = open_page("/dashboard", *UPRIGHT, locale="fr-FR", **FINGER)
    page.goto(f"{desk.address}/{place}/{number if place == 'conversations' else ticket}")
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("menu")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("menuitem").last).to_be_in_viewport(ratio=1)


def test_a_finger_hits_also_what_is_rarely_there(desk: Desk, open_page: Open) -> None:
    student = desk.student("Rarely There")
    for number in range(30):
        student.says(f"Line {number}")
    page = open_page("/dashboard", *UPRIGHT, **FINGER)
    page.route("**/messages?*", with_quotes_of_what_is_not_there)
    page.goto(f"{desk.address}/conversations/{student.number}")
    expect(page.locator(".quote").last).to_be_attached()
    page.wait_for_function(
        """() => {
             const box = document.querySelector(".thread");
             return box.scrollTop === 0 && box.scrollHeight > 2000 || void (box.scrollTop = 0);
           }""",
        polling=100,
    )
    student.says("One more")
    expect(page.get_by_role("button", name="New messages")).to_be_visible()
    page.get_by_role("button", name="Emoji").click()
    expect(page.locator(".emoji-grid")).to_be_in_viewport(ratio=1)
    assert too_small(page) == []
    page.keyboard.press("Escape")
    held: list[Route] = []
    page.route("**/chat-support/send", lambda route: held.append(route))  # noqa: PLW0108  (it looks into it)
    page.get_by_role("textbox", name=re.compile("^Answer to")).fill("Not to be sent")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("link", name="Back").click()
    eventually(lambda: page.evaluate("1") and held)
    held[0].fulfill(status=409, json=TAKEN)
    expect(page.locator(".toast a")).to_be_visible()
    assert too_small(page) == []


def with_quotes_of_what_is_not_there(route: Route) -> None:
    answer = route.fetch(
        headers={name: value for name, value in route.request.headers.items() if name != "if-none-match"}
    )
    body = answer.json()
    body["data"] = [message | {"reply_to": "msg_1"} for message in body["data"]]
    route.fulfill(response=answer, json=body)


def test_on_a_phone_no_field_has_words_so_small_that_the_browser_zooms_in(desk: Desk, open_page: Open) -> None:
    student = desk.student("No Zoom")
    ticket = desk.api("GET", f"support/tickets?phone={student.number}")["data"][0]["id"]
    page = open_page("/support-tickets", *UPRIGHT, **FINGER)
    page.get_by_role("button", name=re.compile("^Filters")).click()
    assert small_words(page) == []
    for address in (f"/support-tickets/{ticket}", "/conversations", f"/conversations/{student.number}", "/login"):
        page.goto(f"{desk.address}{address}")
        expect(page.locator("input:visible, textarea:visible").first).to_be_visible()
        assert small_words(page) == []


def small_words(page: Page) -> list[str]:
    """The fields into which Safari zooms on a phone."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll("input, select, textarea")]
           .filter((each) => each.checkVisibility() && parseFloat(getComputedStyle(each).fontSize) < 16)
           .map((each) => each.outerHTML.slice(0, 120))"""
    )
    return found


@pytest.mark.parametrize("place", ["conversation", "ticket"])
def test_a_picture_that_comes_late_leaves_the_newest_message_in_sight(desk: Desk, open_page: Open, place: str) -> None:
    student = desk.student(f"Late in the {place}")
    for number in range(12):
        student.says(f"Line {number}")
    page = open_page("/conversations" if place == "conversation" else "/support-tickets")
    page.get_by_role("link", name=re.compile(f"Late in the {place}")).click()
    newest = page.get_by_role("log").get_by_text("Line 11", exact=True)
    expect(newest).to_be_in_viewport()
    # What has loaded grows, and the browser tells of the scrolling before it tells of the new size.
    below = page.get_by_role("log").evaluate(
        """async (box) => {
          box.querySelector(".message, .entry").style.minHeight = "900px";
          box.dispatchEvent(new Event("scroll"));
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          return box.scrollHeight - box.scrollTop - box.clientHeight;
        }"""
    )
    assert below < 4
