"""Which pictures there are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from edubot.screenshots.camera import DESK, PHONE, Screen
from edubot.screenshots.stage import ADA

Act = Callable[[Page], object]
BOTH = (DESK, PHONE)


def _as_it_is(_page: Page) -> None:
    """Nothing has to be done."""


def _wait_for(selector: str) -> Act:
    return lambda page: page.locator(selector).first.wait_for()


@dataclass(frozen=True)
class Picture:
    """One page: where it is, what to do there first, on which screens, and whether somebody is logged in."""

    name: str
    address: str
    act: Act = _as_it_is
    screens: tuple[Screen, ...] = BOTH
    is_inside: bool = True


def _menu(page: Page) -> None:
    """On the last phone the menu's list is open."""
    page.locator(".choice").last.wait_for(state="attached")
    if page.locator(".switcher button").count():
        page.locator(".switcher button").last.click()
    page.locator(".phone").last.locator(".choice").last.click()


def _chat_beside_the_phone(page: Page) -> None:
    console = page.frame_locator("#staff iframe")
    if page.locator(".sides").is_visible():
        page.locator(".message").first.wait_for()
        return
    console.get_by_role("link", name=re.compile("Ada Obi")).first.click()
    console.locator(".bubble").first.wait_for()


def _with_side(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^About")).click()
    page.locator(".side .notes").wait_for()


def _first_ticket(page: Page) -> None:
    page.locator("a.ticket-row").first.click()
    page.locator(".entry-body").first.wait_for()
    page.locator(".tool").nth(1).wait_for(state="attached")


def _admin_ticket(page: Page) -> None:
    page.locator("#result_list th a").first.click()
    page.locator(".thread, .desk").first.wait_for()


PICTURES = (
    Picture("login", "/login", _wait_for("form"), is_inside=False),
    Picture("dashboard", "/dashboard", _wait_for(".chart .u-over")),
    Picture("conversations", f"/conversations/{ADA}", _with_side, (DESK,)),
    Picture("conversations", f"/conversations/{ADA}", _wait_for(".bubble"), (PHONE,)),
    Picture("conversation-list", "/conversations", _wait_for("a.row"), (PHONE,)),
    Picture("tickets", "/support-tickets", _first_ticket),
    Picture("ticket-list", "/support-tickets", _wait_for("a.ticket-row"), (PHONE,)),
    Picture("simulator", "/simulator/", _menu),
    Picture("one-screen", "/simulator/desk", _chat_beside_the_phone),
    Picture("admin", "/admin/support/supportticket/", _wait_for("#result_list"), BOTH),
    Picture("admin-ticket", "/admin/support/supportticket/", _admin_ticket, BOTH),
)
