"""The first load of the console in a real browser: what it weighs, that it comes at once, and how soon it is usable."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.console.conftest import CHROMIUM, Desk, Open, promised
from tests.console.test_files import MOST

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

FILES = """performance.getEntriesByType("resource").filter(({name}) => /[.](js|css)$/.test(name))
  .map(({name, encodedBodySize, decodedBodySize}) => ({name, encodedBodySize, decodedBodySize}))"""
TOLD = """fetch(location).then((answer) => answer.text()).then((page) =>
  [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => new URL(path, location).href))"""


def test_it_is_light_comes_at_once_and_is_usable_within_a_second(desk: Desk, browser: Browser, open_page: Open) -> None:
    desk.student("First Load")
    open_page("/conversations")  # which warms the service
    visits = [first_visit(desk, browser) for _ in range(3)]
    assert min(page.evaluate("shown") for page in visits) < promised(1) * 1000
    page = visits[-1]
    files = page.evaluate(FILES)
    assert len(files) > 20
    assert 20_000 < sum(file["encodedBodySize"] for file in files) <= MOST
    assert all(file["encodedBodySize"] < file["decodedBodySize"] for file in files if file["decodedBodySize"] > 500)
    assert {file["name"] for file in files} - set(
        page.evaluate(TOLD)
    ) == set()  # nothing that is found out level by level
    for page in visits:
        page.context.close()


def first_visit(desk: Desk, browser: Browser) -> Page:
    """The conversations in a browser that has nothing of ours yet but somebody's log-in."""
    context = browser.new_context()
    desk.let_in(context, "grace")
    page = context.new_page()
    page.goto(f"{desk.address}/conversations", wait_until="commit")
    page.wait_for_function("() => document.querySelector('a.row') && (window.shown ??= performance.now())")
    return page
