"""Django admin in a real browser: what only a screen shows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import CHROMIUM, Desk, Open, barriers, enter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

INBOX = "/admin/support/supportticket/"
FINGER = 44  # pixels


def sits_down(page: Page, desk: Desk) -> None:
    """Log in to Django admin, and look at the inbox."""
    page.goto(f"{desk.address}/admin/login/?next={INBOX}")
    enter(page)
    expect(page.get_by_role("heading", name="Tickets")).to_be_visible()


def test_on_a_phone_the_header_takes_two_lines_and_everything_in_it_is_reached(desk: Desk, open_page: Open) -> None:
    page = open_page("/dashboard", 360, 740)
    sits_down(page, desk)
    header = page.get_by_role("banner")
    shown = [item for item in header.get_by_role("link").or_(header.get_by_role("button")).all() if item.is_visible()]
    boxes = [item.bounding_box() for item in shown]
    assert len({round(box["y"] + box["height"] / 2) for box in boxes if box}) == 2
    assert page.evaluate("document.querySelector('#header').scrollWidth") <= 360

    mine = header.get_by_role("button", name="Account: Grace")
    leave = page.get_by_role("button", name="Log out")
    expect(leave).to_be_hidden()
    mine.press("Enter")
    expect(page.get_by_role("link", name="Change password")).to_be_visible()
    for item in (mine, leave, *header.get_by_role("link").all()):
        box = item.bounding_box()
        assert box is not None
        assert box["height"] >= FINGER
    page.keyboard.press("Escape")
    expect(leave).to_be_hidden()
    assert barriers(page) == []


def test_on_a_desk_all_of_the_header_is_in_sight(desk: Desk, open_page: Open) -> None:
    page = open_page("/dashboard", 1280, 820)
    sits_down(page, desk)
    header = page.get_by_role("banner")
    expect(header.get_by_role("button", name="Log out")).to_be_visible()
    expect(header.get_by_role("button", name="Account")).to_be_hidden()
    box = header.bounding_box()
    assert box is not None
    assert box["height"] < 2 * FINGER
