"""Leaving the console, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.console.conftest import CHROMIUM, Desk, Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("place", ["/dashboard", "/conversations", "/support-tickets"])
def test_whoever_is_in_can_leave_from_every_page(open_page: Open, place: str, width: int) -> None:
    page, beside = (open_page(place, width, 740, user="lena") for _ in range(2))
    page.get_by_role("button", name="Lena").click()
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_label("Password")).to_be_visible()
    assert page.url.endswith("/login")
    expect(page.get_by_text("What you have begun to write is kept")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Password")).to_be_visible()
    beside.reload()  # another browser of hers, which has a log-in of its own
    expect(beside.get_by_role("button", name="Lena")).to_be_visible()


def test_no_tab_of_whoever_logs_out_promises_what_is_gone(desk: Desk, open_page: Open) -> None:
    page = open_page("/dashboard", user="lena")
    other = page.context.new_page()
    other.goto(f"{desk.address}/conversations")
    expect(other.get_by_role("button", name="Lena")).to_be_visible()
    page.get_by_role("button", name="Lena").click()
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(other.get_by_label("Password")).to_be_visible()
    expect(other).to_have_url(re.compile("/login$"))
    expect(other.get_by_text("What you have begun to write is kept")).to_have_count(0)
