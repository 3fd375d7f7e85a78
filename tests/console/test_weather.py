"""The console in bad weather: no network, a service that refuses for a while, modules that do not come."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.console.conftest import CHROMIUM, Desk, Open
from tests.console.test_dashboard_and_tickets import banner, ticket_of
from tests.console.test_desk import box_of, messages, thread_of, writes
from tests.console.test_nothing_is_lost import pending
from tests.processes import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

SEND = "**/chat-support/send"
# Whoever waits for an answer gives up ten times as soon.
IMPATIENT = """(() => {
  const { timeout } = AbortSignal;
  AbortSignal.timeout = (limit) => timeout.call(AbortSignal, limit / 10);
})()"""
BETWEEN_LOOKS = 10_100  # milliseconds, where no events come
SILENCE = 61_000  # milliseconds after which an upload that does not go on is given up
# Something between lets the head of a stream pass, and keeps its body.
HEAD_ALONE = """
  const { fetch } = window;
  const head = () => new Response(new ReadableStream(), { headers: { "Content-Type": "text/event-stream" } });
  window.fetch = async (path, options) => (path.endsWith("/admin/events") ? head() : fetch(path, options));
"""
LIMITED = {"status": "error", "message": "Too many requests.", "error_code": "RATE_LIMITED"}


def without_network(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.get_by_text(re.compile("Offline since"))).to_be_visible()


def test_what_was_asked_for_without_network_comes_by_itself_when_it_is_back(desk: Desk, open_page: Open) -> None:
    student = desk.student("Off Line")
    page = open_page("/conversations")
    row = page.get_by_role("link", name=re.compile("Off Line"))
    expect(row).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    without_network(page)
    row.click()
    expect(page.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
    student.says("Are you there?")
    page.context.set_offline(False)
    expect(messages(page).filter(has_text="Are you there?")).to_have_count(1)
    expect(box_of(page)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_page_and_a_panel_that_did_not_load_come_when_the_network_is_back(desk: Desk, open_page: Open) -> None:
    page = open_page(thread_of(desk.student("No Module")))
    expect(box_of(page)).to_be_visible()
    box_of(page).fill("half a sentence")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Conversations").get_by_role("link")).to_contain_text(["No Module"])
    without_network(page)  # of all that this page shows at first, nothing is missing
    page.get_by_role("button", name="About the student").click()
    expect(page.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
    page.get_by_role("button", name="Grace: settings").click()
    expect(page.locator(".toast").filter(has_text="cannot be reached")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("complementary")).to_contain_text("Labels")
    page.get_by_role("button", name="Grace: settings").click()
    expect(page.get_by_role("dialog")).to_contain_text("Colours")
    page.keyboard.press("Escape")
    expect(box_of(page)).to_have_value("half a sentence")
    without_network(page)
    page.get_by_role("link", name="Tickets").click()
    expect(page.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("region", name="Tickets")).to_be_visible()
    page.go_back()
    expect(box_of(page)).to_have_value("half a sentence")


def test_answers_that_came_too_fast_go_later_by_themselves_and_in_their_order(desk: Desk, open_page: Open) -> None:
    student = desk.student()
    page = open_page(thread_of(student))
    refused: list[str] = []

    def refuse_the_first(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=429, json=LIMITED, headers={"Retry-After": "1"})

    page.route(SEND, refuse_the_first)
    for words in ("First", "Second"):
        writes(page, words)
    expect(pending(page)).to_have_count(0)
    said = [f"🎧 Support Team: {words}" for words in ("First", "Second")]
    eventually(lambda: student.told()[-2:] == said)
    assert refused


def test_a_list_that_was_refused_is_asked_for_again_when_the_service_said(desk: Desk, open_page: Open) -> None:
    desk.student("Re Fused")
    page = open_page("/dashboard")
    expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
    page.route("**/api/admin/conversations?*", refuse)
    page.get_by_role("link", name="Chats").click()
    expect(page.get_by_role("alert")).to_contain_text("Too much at once. Try again in 1 second.")
    page.unroute_all(behavior="wait")
    expect(page.get_by_role("link", name=re.compile("Re Fused"))).to_be_visible()


def refuse(route: Route) -> None:
    route.fulfill(status=429, json=LIMITED, headers={"Retry-After": "1"})


def test_where_the_next_page_of_a_list_does_not_come_one_is_told_and_it_is_asked_again(
    desk: Desk, open_page: Open
) -> None:
    desk.manage("seed_demo", "--conversations", "60", "--messages", "120", "--seed", "9")
    page = open_page("/conversations")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    next_page = re.compile(r"/api/admin/conversations\?.*cursor=")
    page.route(next_page, lambda route: route.abort())
    page.wait_for_function(
        """() => {
             const list = document.querySelector(".list-body");
             list.scrollTop = list.scrollHeight;
             return list.querySelector("[role=alert]");
           }""",
        polling=100,
    )
    told = page.get_by_role("region", name="Conversations").get_by_role("alert")
    expect(told).to_contain_text("cannot be reached")
    page.unroute(next_page)
    expect(told).to_have_count(0, timeout=15_000)  # it asks again by itself, and by its button
    page.wait_for_function("() => document.querySelectorAll('.list a.row').length > 45")


def test_a_question_whose_dialogue_cannot_be_had_is_put_off_with_a_word(desk: Desk, open_page: Open) -> None:
    page = open_page(thread_of(desk.student("No Dialogue")))
    expect(box_of(page)).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    without_network(page)
    page.get_by_role("button", name="End Chat Support").click()
    expect(page.locator(".toast").filter(has_text="cannot be reached")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.get_by_role("button", name="End Chat Support").click()
    page.get_by_role("dialog").get_by_role("button", name="End Chat Support").click()
    expect(page.get_by_text("The bot is answering.")).to_be_visible()


def test_a_list_whose_answers_take_longer_than_the_time_between_two_looks_comes(desk: Desk, open_page: Open) -> None:
    desk.student("Slow Line")
    page = open_page("/conversations")
    page.clock.install()
    page.route("**/api/admin/events", lambda route: route.abort())
    held: list[Route] = []
    page.route("**/api/admin/conversations?*", lambda route: held.append(route))  # noqa: PLW0108
    page.reload()
    for asked in (1, 2):
        eventually(lambda asked=asked: page.evaluate("1") and len(held) >= asked)  # type: ignore[misc]
        page.clock.run_for(BETWEEN_LOOKS)
    held[1].continue_()
    expect(page.get_by_role("link", name=re.compile("Slow Line"))).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")


def test_a_file_that_the_network_kept_is_fetched_when_somebody_says_so(desk: Desk, open_page: Open) -> None:
    student = desk.student("Late Photo")
    student.sends_a_photo()
    page = open_page("/conversations")
    page.route("**/api/admin/media/*", lambda route: route.abort())
    page.get_by_role("link", name=re.compile("Late Photo")).click()
    note = page.locator(".media-note").filter(has_text="could not be loaded")
    expect(note).to_be_visible()
    page.unroute("**/api/admin/media/*")
    note.get_by_role("button", name="Try again").click()
    expect(messages(page).locator("img[alt=Photo]")).to_be_visible()


def test_an_answer_that_hangs_is_tried_again_and_goes_out_once(desk: Desk, open_page: Open) -> None:
    student = desk.student("Hung Up")
    page = open_page(thread_of(student))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.evaluate(IMPATIENT)
    held: list[Route] = []
    page.route(SEND, lambda route: held.append(route))  # noqa: PLW0108  (it looks into it)
    writes(page, "Anybody there?")
    expect(pending(page).get_by_role("alert")).to_contain_text("cannot be reached")
    assert held
    page.unroute(SEND)
    pending(page).get_by_role("button", name="Try again").click()
    expect(pending(page)).to_have_count(0)
    eventually(lambda: "Anybody there?" in str(student.told()))
    assert str(student.told()).count("Anybody there?") == 1


def test_a_file_of_which_nothing_goes_out_any_more_can_be_tried_again(desk: Desk, open_page: Open) -> None:
    page = open_page(thread_of(desk.student("Stuck File")))
    page.clock.install()
    page.reload()
    expect(box_of(page)).to_be_visible()
    held: list[Route] = []
    page.route(SEND, lambda route: held.append(route))  # noqa: PLW0108
    page.get_by_label("Attach a file").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
    box_of(page).press("Enter")
    eventually(lambda: page.evaluate("1") and held)
    page.clock.run_for(SILENCE)
    expect(pending(page).get_by_role("button", name="Try again")).to_be_visible()
    page.unroute(SEND)


def test_a_token_that_hangs_in_one_tab_does_not_hold_up_the_others(desk: Desk, open_page: Open) -> None:
    page = open_page("/conversations")
    page.context.add_init_script(IMPATIENT)
    held: list[Route] = []
    page.route("**/api/admin/token/refresh", lambda route: held.append(route))  # noqa: PLW0108
    page.reload()
    eventually(lambda: page.evaluate("1") and held)
    other = page.context.new_page()
    other.goto(f"{desk.address}/conversations")
    for each in (other, page):  # which has got the token of the other
        expect(each.get_by_text("Live", exact=True)).to_be_visible()


def test_without_a_stream_the_banner_and_the_rail_count_all_the_same(desk: Desk, open_page: Open) -> None:
    page = open_page("/dashboard")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.route("**/api/admin/events", lambda route: route.abort())
    without_network(page)
    page.context.set_offline(False)  # which asks for another stream
    before = desk.api("GET", "support/notifications")["data"]["unassigned_tickets"]
    ticket = ticket_of(desk, desk.student("Un Told", in_chat=False))
    expect(banner(page)).to_contain_text(f"{before + 1} unassigned")
    expect(page.get_by_label(f"{before + 1} unassigned")).to_be_visible()
    desk.api("PATCH", f"support/tickets/{ticket}", json={"status": "CLOSED"})


def test_a_stream_of_which_only_the_head_comes_is_not_live(desk: Desk, open_page: Open) -> None:
    student = desk.student("Head Alone")
    page = open_page("/")
    page.add_init_script(HEAD_ALONE)
    page.goto(f"{desk.address}{thread_of(student)}")
    expect(box_of(page)).to_be_visible()
    student.says("Do you see this?")
    expect(messages(page).filter(has_text="Do you see this?")).to_have_count(1)
    expect(page.get_by_text("Live", exact=True)).to_have_count(0)
