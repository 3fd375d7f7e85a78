"""What staff write is never lost from sight, and what they are told is never put back by an answer that is older."""

from __future__ import annotations

import re
from functools import partial

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Request, Route, expect

from tests.console.conftest import CHROMIUM, Desk, Open, Student, enter
from tests.console.test_dashboard_and_tickets import row_of, ticket_of
from tests.console.test_desk import box_of, messages, thread_of, writes
from tests.processes import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

SEND = "**/chat-support/send"
TAKEN = {"status": "error", "message": "musa has this ticket.", "error_code": "ASSIGNED_TO_OTHER"}
# Somebody looks at another window: the count in the title says when an event was heard.
AT_ANOTHER_WINDOW = "document.hasFocus = () => false"
# Somebody looks at another tab while `away` is set.
AWAY = 'Object.defineProperty(document, "hidden", {get: () => Boolean(window.away)})'


def refuse(route: Route) -> None:
    route.fulfill(status=409, json=TAKEN)


def answered_and_lost(route: Route) -> None:
    route.fetch()
    route.abort()


class Held:
    """What a page asks at an address from now on: the API has answered, and the page has not got it."""

    def __init__(self, page: Page, address: str | re.Pattern[str]) -> None:
        self.page, self.address = page, address
        self.answers: list[tuple[Route, APIResponse]] = []
        self.is_open = False
        page.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        answer = route.fetch(headers=_anew(route))
        if self.is_open:
            route.fulfill(response=answer)  # it was asked before, and answered after we let go
        else:
            self.answers.append((route, answer))

    def wait(self) -> None:
        """Until there is an answer."""
        eventually(lambda: self.page.evaluate("1") and self.answers)

    def let_go(self) -> None:
        """Let the page have them."""
        self.is_open = True
        for route, answer in self.answers:
            route.fulfill(response=answer)
        self.page.unroute(self.address)


def _anew(route: Route) -> dict[str, str]:
    """Headers with which the API answers in full."""
    return {name: value for name, value in route.request.headers.items() if name != "if-none-match"}


def pending(page: Page) -> Locator:
    return page.get_by_role("article", name="Your message, on its way")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name="Conversations").get_by_role("link", name=re.compile(name))


def is_away(page: Page, *, away: bool) -> None:
    page.evaluate("away => { window.away = away; document.dispatchEvent(new Event('visibilitychange')); }", away)


def test_an_answer_written_while_reading_history_is_seen_and_so_is_that_it_failed(desk: Desk, open_page: Open) -> None:
    student = desk.student("His Tory")
    for number in range(60):
        student.says(f"Line {number}")
    thread = f"admin/conversations/{student.number}/messages?limit=100"
    eventually(lambda: "Line 59" in str(desk.api("GET", thread)))
    first = next(one["id"] for one in desk.api("GET", thread)["data"] if one["text"] == "Line 0")
    page = open_page(f"{thread_of(student)}?message={first}")
    expect(page.locator(".is-found")).to_contain_text("Line 0")
    expect(page.get_by_role("button", name="To the newest")).to_be_visible()
    page.route(SEND, refuse)
    writes(page, "Seen at once")
    alert = pending(page).get_by_role("alert")
    expect(alert).to_contain_text("musa has this ticket.")
    expect(alert).to_be_in_viewport()
    expect(messages(page).filter(has_text="Line 59")).to_have_count(1)
    page.unroute(SEND)
    alert.get_by_role("button", name="Try again").click()
    expect(pending(page)).to_have_count(0)
    expect(messages(page).filter(has_text="Seen at once")).to_be_in_viewport()


def test_what_was_not_sent_is_told_wherever_one_is_and_marked_in_the_list(desk: Desk, open_page: Open) -> None:
    left, other = desk.student("Left Alone"), desk.student("Somebody Else")
    page = open_page(thread_of(left))
    held: list[Route] = []
    page.route(SEND, lambda route: held.append(route))  # noqa: PLW0108  (it looks into it)
    writes(page, "Where are you?")
    row(page, "Somebody Else").click()
    expect(page.get_by_role("heading", name="Somebody Else")).to_be_visible()
    eventually(lambda: page.evaluate("1") and held)
    refuse(held[0])
    told = page.locator(".toast").get_by_role("link", name=re.compile("Your answer to Left Alone was not sent"))
    expect(told).to_be_visible()
    expect(row(page, "Left Alone")).to_contain_text("Not sent")
    expect(row(page, "Somebody Else")).not_to_contain_text("Not sent")
    told.click()
    page.wait_for_url(f"**{thread_of(left)}")
    expect(pending(page).get_by_role("alert")).to_be_visible()
    page.unroute(SEND)
    pending(page).get_by_role("button", name="Try again").click()
    expect(pending(page)).to_have_count(0)
    expect(row(page, "Left Alone")).not_to_contain_text("Not sent")
    assert "Where are you?" not in str(other.told())


def test_words_whose_tab_was_closed_come_back_and_go_out_once(desk: Desk, open_page: Open) -> None:
    student = desk.student("Tab Gone")
    page = open_page(thread_of(student))
    page.route(SEND, answered_and_lost)
    writes(page, "Only once, whatever happens")
    expect(pending(page).get_by_role("alert")).to_contain_text("cannot be reached")
    page.reload()
    expect(pending(page).get_by_role("alert")).to_contain_text("Trying again does not send it twice.")
    page.unroute(SEND)
    expect(row(page, "Tab Gone")).to_contain_text("Not sent")
    other = page.context.new_page()
    other.goto(f"{desk.address}{thread_of(student)}")
    expect(pending(other)).to_have_count(1)
    pending(page).get_by_role("button", name="Try again").click()
    for each in (page, other):
        expect(pending(each)).to_have_count(0)
        expect(messages(each).filter(has_text="Only once, whatever happens")).to_have_count(1)
    page.reload()
    expect(box_of(page)).to_be_visible()
    expect(pending(page)).to_have_count(0)
    assert str(student.told()).count("Only once") == 1


def test_words_that_a_closed_tab_left_behind_are_told_on_every_page(desk: Desk, open_page: Open) -> None:
    student = desk.student("Left Behind")
    page = open_page(thread_of(student))
    page.route(SEND, answered_and_lost)
    writes(page, "Tell me later")
    expect(pending(page).get_by_role("alert")).to_be_visible()
    page.unroute(SEND)
    page.goto(f"{desk.address}/dashboard")
    told = page.locator(".toast").get_by_role(
        "link", name=re.compile("Your answer to Left Behind may not have been sent")
    )
    expect(told).to_have_count(1)
    page.get_by_role("link", name="Chats").click()
    expect(told).to_be_visible()
    row(page, "Left Behind").click()
    expect(told).to_have_count(0)
    pending(page).get_by_role("button", name="Try again").click()
    expect(pending(page)).to_have_count(0)
    assert str(student.told()).count("Tell me later") == 1


def test_of_many_chats_with_unsent_answers_none_is_passed_over(desk: Desk, open_page: Open) -> None:
    names = [f"Unsent {name}" for name in ("One", "Two", "Three", "Four")]
    students = [desk.student(name) for name in names]
    page = open_page("/conversations")
    page.route(SEND, answered_and_lost)
    for student, name in zip(students, names, strict=True):
        row(page, name).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        writes(page, "Was it sent?")
        expect(pending(page).get_by_role("alert")).to_be_visible()
        eventually(lambda student=student: "Was it sent?" in str(student.told()))  # type: ignore[misc]
    page.goto(f"{desk.address}/dashboard")
    told = page.locator(".toast")
    expect(told).to_have_count(3)
    found = set[str]()
    while told.count():
        found.add(str(told.last.get_by_role("link").text_content()))
        told.last.get_by_role("button", name="Close").click()
    assert found == {f"Your answer to {name} may not have been sent." for name in names}


def test_words_that_went_out_long_ago_tear_no_hole_into_the_thread(desk: Desk, open_page: Open) -> None:
    student = desk.student("No Hole")
    page = open_page(thread_of(student))
    page.route(SEND, answered_and_lost)
    writes(page, "Before all these")
    expect(pending(page).get_by_role("alert")).to_be_visible()
    for number in range(60):
        student.says(f"Line {number}")
    thread = f"admin/conversations/{student.number}/messages?limit=100"
    eventually(lambda: "Line 59" in str(desk.api("GET", thread)))
    page.reload()
    expect(pending(page).get_by_role("alert")).to_be_visible()
    page.unroute(SEND)
    pending(page).get_by_role("button", name="Try again").click()
    expect(pending(page)).to_have_count(0)
    page.wait_for_function(
        """() => {
             document.querySelector(".thread").scrollTop = 0;
             return document.querySelector(".thread-start");
           }""",
        polling=100,
    )
    expect(messages(page).filter(has_text=re.compile(r"Line \d"))).to_have_count(60)


def test_what_became_of_a_message_is_not_put_back_by_the_answer_to_it(desk: Desk, open_page: Open) -> None:
    student = desk.student("Late Answer")
    faults = {"answer": "rejected", "code": 131026}
    student.service.ask("PUT", f"api/phones/{student.phone}/faults", json=faults)
    page = open_page(thread_of(student))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.route(SEND, answered_and_lost)
    writes(page, "Are you there?")
    failed = page.locator("article[data-id]").filter(has_text="Are you there?")
    expect(failed.get_by_role("button", name="Try again")).to_be_visible()
    expect(pending(page).get_by_role("alert")).to_be_visible()
    page.unroute(SEND)
    pending(page).get_by_role("button", name="Try again").click()
    page.wait_for_function("() => !JSON.stringify(localStorage).includes('Are you there?')")  # it has the answer
    expect(failed.get_by_role("button", name="Try again")).to_be_visible()


def test_what_is_going_out_again_cannot_be_thrown_away(desk: Desk, open_page: Open) -> None:
    student = desk.student("Hanging Line")
    page = open_page(thread_of(student))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    tries: list[Route] = []

    def lose_the_first(route: Route) -> None:
        tries.append(route)
        if len(tries) == 1:
            route.abort()

    page.route(SEND, lose_the_first)
    writes(page, "Said once")
    throw = pending(page).get_by_role("button", name="Discard")
    expect(throw).to_be_visible()
    eventually(lambda: page.evaluate("1") and len(tries) == 2)
    expect(throw).to_have_count(0)
    tries[1].continue_()
    expect(pending(page)).to_have_count(0)
    eventually(lambda: "Said once" in str(student.told()))


def test_that_something_was_not_sent_is_told_until_it_is(desk: Desk, open_page: Open) -> None:
    student = desk.student("Line Down")
    page = open_page(thread_of(student))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.route(SEND, lambda route: route.abort())
    writes(page, "Still here")
    alert = pending(page).get_by_role("alert")
    expect(alert).to_be_visible()
    page.evaluate("alert => { window.told = alert; }", alert.element_handle())
    page.unroute(SEND)
    held = Held(page, SEND)
    held.wait()  # it is tried again by itself
    assert page.evaluate("told.isConnected")
    expect(row(page, "Line Down")).to_contain_text("Not sent")
    held.let_go()
    expect(pending(page)).to_have_count(0)
    expect(messages(page).filter(has_text="Still here")).to_have_count(1)


def test_of_what_is_quoted_the_browser_keeps_no_words(desk: Desk, open_page: Open) -> None:
    student = desk.student("Quo Ted")
    student.says("Between you and me")
    page = open_page(thread_of(student))
    quoted = messages(page).filter(has_text="Between you and me")
    quoted.get_by_role("button", name="Quote in an answer").click()
    page.route(SEND, refuse)
    writes(page, "It stays here")
    expect(pending(page).get_by_role("alert")).to_be_visible()
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "It stays here" in kept
    assert "Between you and me" not in kept
    page.unroute(SEND)
    pending(page).get_by_role("button", name="Try again").click()
    expect(messages(page).filter(has_text="It stays here").locator(".quote")).to_contain_text("Between you and me")


def test_what_is_typed_and_what_waits_go_along_when_a_student_changes_number(desk: Desk, open_page: Open) -> None:
    student = desk.student("New Number")
    old = thread_of(student)
    page = open_page(old)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.route(SEND, refuse)
    writes(page, "Refused at first")
    expect(pending(page).get_by_role("alert")).to_be_visible()
    box_of(page).fill("half a sentence")
    student.moves_to("2348111111111")
    page.wait_for_url(f"**{thread_of(student)}")
    expect(page.locator(".thread-head .number")).to_have_text(student.number)
    expect(row(page, "New Number")).to_have_attribute("aria-current", "true")
    expect(box_of(page)).to_have_value("half a sentence")
    expect(box_of(page)).to_be_focused()
    page.reload()
    expect(box_of(page)).to_have_value("half a sentence")
    page.unroute(SEND)
    pending(page).get_by_role("button", name="Try again").click()
    expect(pending(page)).to_have_count(0)
    eventually(lambda: "Refused at first" in str(student.told()))
    assert page.evaluate("JSON.stringify(localStorage)").count("half a sentence") == 1


def test_whoever_looks_at_what_failed_is_told_there_alone_however_they_came(desk: Desk, open_page: Open) -> None:
    student = desk.student("Bare Digits")
    page = open_page(thread_of(student).replace("+", ""))
    page.route(SEND, refuse)
    writes(page, "Not yet")
    expect(pending(page).get_by_role("alert")).to_be_visible()
    expect(page.locator(".toast")).to_have_count(0)


def test_unsent_words_are_nobody_elses_and_end_with_the_log_in(desk: Desk, open_page: Open) -> None:
    student = desk.student("Shared Desk")
    page = open_page(thread_of(student))
    page.route(SEND, refuse)
    writes(page, "From Grace")
    expect(pending(page).get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name=re.compile("settings")).click()
    page.get_by_role("button", name="Log out", exact=True).click()
    enter(page, "lena")
    page.get_by_role("link", name="Chats").click()
    row(page, "Shared Desk").click()
    expect(box_of(page)).to_be_visible()
    expect(pending(page)).to_have_count(0)
    page.reload()
    expect(box_of(page)).to_be_visible()
    expect(pending(page)).to_have_count(0)


def test_no_answer_overtakes_one_that_the_network_kept(desk: Desk, open_page: Open) -> None:
    student = desk.student("In Order")
    page = open_page(thread_of(student))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()  # what waits goes by itself when the network comes
    kept: list[str] = []

    def keep_the_first(route: Route) -> None:
        if kept:
            route.continue_()
        else:
            kept.append(route.request.url)
            route.abort()

    page.route(SEND, keep_the_first)
    writes(page, "First of two")
    writes(page, "Second of two")
    expect(pending(page)).to_have_count(2)
    pending(page).first.get_by_role("button", name="Try again").click()
    expect(pending(page)).to_have_count(0)
    said = [f"🎧 Support Team: {words} of two" for words in ("First", "Second")]
    eventually(lambda: student.told()[-2:] == said)


def hears(page: Page, student: Student, number: int) -> None:
    """The student writes, and this page has heard of so many messages."""
    student.says("Newest words")
    expect(page).to_have_title(re.compile(rf"^\({number}\) "))


def test_what_is_heard_while_a_list_or_a_thread_loads_is_not_lost(desk: Desk, open_page: Open) -> None:
    student = desk.student("Lo Ading")
    page = open_page("/dashboard", user="musa")  # whose the chat is
    page.add_init_script(AT_ANOTHER_WINDOW)
    page.reload()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    rows = Held(page, "**/api/admin/conversations?*")
    page.get_by_role("link", name="Chats").click()
    rows.wait()
    hears(page, student, 1)
    rows.let_go()
    expect(row(page, "Lo Ading").locator(".unread")).to_have_text("1")
    said = Held(page, re.compile(r"/messages\?limit=50$"))
    row(page, "Lo Ading").click()
    said.wait()
    hears(page, student, 2)
    said.let_go()
    expect(messages(page).filter(has_text="Newest words")).to_have_count(2)


def test_a_long_list_lets_go_of_what_is_gone_when_it_is_read_again(desk: Desk, open_page: Open) -> None:
    desk.manage("seed_demo", "--conversations", "60", "--messages", "120", "--seed", "5")
    gone = desk.api("GET", "admin/conversations?limit=40")["data"][30]["contact_id"]
    page = open_page("/conversations")
    its_row = page.locator(f".list a[href$='/{gone}']")
    expect(its_row).to_have_count(1)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.wait_for_function(
        """() => {
             const list = document.querySelector(".list-body");
             list.scrollTop = list.scrollHeight;
             return document.querySelectorAll(".list a.row").length > 45;
           }""",
        polling=100,
    )
    page.route("**/api/admin/conversations?*", partial(without, gone))
    page.context.set_offline(True)
    expect(page.get_by_text(re.compile("Offline since"))).to_be_visible()
    page.context.set_offline(False)
    expect(its_row).to_have_count(0)
    assert page.locator(".list a.row").count() > 45
    page.unroute_all(behavior="ignoreErrors")


def without(contact: str, route: Route) -> None:
    """The same answer, in which somebody is not."""
    answer = route.fetch(headers=_anew(route))
    body = answer.json()
    body["data"] = [one for one in body["data"] if one["contact_id"] != contact]
    route.fulfill(response=answer, json=body)


def test_nothing_of_somebody_who_was_erased_stays_on_the_screen(desk: Desk, open_page: Open) -> None:
    student = desk.student("Erased Soon", in_chat=False)
    before = len(student.told())
    student.says("My secret")
    eventually(lambda: len(student.told()) > before)
    page = open_page(thread_of(student))
    expect(messages(page).filter(has_text="My secret").first).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    desk.manage("erase_person", student.number, "--yes")
    expect(page.get_by_text("My secret")).to_have_count(0)
    expect(page.get_by_role("alert")).to_be_visible()


def test_of_a_number_that_somebody_else_has_by_now_nothing_old_stays_on_the_screen(desk: Desk, open_page: Open) -> None:
    student, other = desk.student("Former Owner"), desk.student("Next Owner")
    number = student.number
    student.says("My secret")
    page = open_page(thread_of(student))
    expect(messages(page).filter(has_text="My secret")).to_have_count(1)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    for address in ("**/api/admin/events", "**/api/admin/conversations/**"):
        page.route(address, lambda route: route.abort())
    page.context.set_offline(True)
    expect(page.get_by_text(re.compile("Offline since"))).to_be_visible()
    page.context.set_offline(False)
    student.moves_to("2348111111112")
    eventually(lambda: (student.number, "Former Owner") in owners(desk))
    other.moves_to(number.removeprefix("+"))
    eventually(lambda: (number, "Next Owner") in owners(desk))
    page.unroute("**/api/admin/conversations/**")
    expect(page.get_by_role("heading", name="Next Owner")).to_be_visible()
    expect(messages(page).filter(has_text="My secret")).to_have_count(0)
    expect(messages(page).filter(has_text="Hello").first).to_be_visible()


def owners(desk: Desk) -> list[tuple[str, str]]:
    rows = desk.api("GET", "admin/conversations?limit=100")["data"]
    return [(one["contact_id"], one["student_name"]) for one in rows]


def test_coming_back_to_a_chat_marks_it_as_read_and_asks_once(desk: Desk, open_page: Open) -> None:
    student = desk.student("Back Again")
    page = open_page("/")
    page.add_init_script(AWAY)
    page.goto(f"{desk.address}{thread_of(student)}")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(box_of(page)).to_be_visible()
    is_away(page, away=True)
    student.says("Are you back?")
    unread = row(page, "Back Again").locator(".unread")
    expect(unread).to_have_text("1")
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            asked.append(request.url)

    page.on("request", note)
    is_away(page, away=False)
    expect(unread).to_have_count(0)
    assert len(asked) == 1


def test_an_answer_to_a_ticket_that_failed_after_one_moved_on_is_told_and_goes_out_once(
    desk: Desk, open_page: Open
) -> None:
    student = desk.student("Moved On", in_chat=False)
    left, other = ticket_of(desk, student), ticket_of(desk, desk.student("Next One", in_chat=False))
    page = open_page(f"/support-tickets/{left}")
    held: list[Route] = []
    page.route("**/messages?sender_type=admin", lambda route: held.append(route))  # noqa: PLW0108
    box = page.get_by_role("textbox", name="Answer to Moved On")
    box.fill("Half way there")
    box.press("Control+Enter")
    row_of(page, other).get_by_role("link").click()
    expect(page.get_by_role("textbox", name="Answer to Next One")).to_be_visible()
    eventually(lambda: page.evaluate("1") and held)
    answered_and_lost(held[0])
    told = page.locator(".toast").get_by_role("link", name=re.compile(f"ticket #{left} of Moved On were not sent"))
    told.click()
    page.wait_for_url(f"**/support-tickets/{left}")
    expect(box).to_have_value("Half way there")
    page.unroute("**/messages?sender_type=admin")
    box.press("Control+Enter")
    expect(box).to_have_value("")
    expect(page.get_by_role("log").get_by_text("Half way there")).to_have_count(1)
    eventually(lambda: "Half way there" in str(student.told()))
    assert str(student.told()).count("Half way there") == 1


def test_a_ticket_is_read_once_at_a_time_however_much_happens(desk: Desk, open_page: Open) -> None:
    student = desk.student("One Question")
    ticket = desk.api("GET", f"support/tickets?phone={student.number}")["data"][0]["id"]
    page = open_page("/", user="musa")
    page.add_init_script(AT_ANOTHER_WINDOW)
    page.goto(f"{desk.address}/support-tickets/{ticket}")
    expect(page.get_by_role("textbox", name="Answer to One Question")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    asked: list[Route] = []
    page.route(f"**/api/support/tickets/{ticket}", lambda route: asked.append(route))  # noqa: PLW0108
    for number in range(3):
        hears(page, student, number + 1)
    assert len(asked) == 1
    asked[0].continue_()
    eventually(lambda: page.evaluate("1") and len(asked) == 2)
    asked[1].continue_()
    expect(messages(page).filter(has_text="Newest words")).to_have_count(3)
    assert len(asked) == 2


def test_an_answer_to_a_ticket_leaves_the_box_as_soon_as_the_api_has_it(desk: Desk, open_page: Open) -> None:
    student = desk.student("Slow Read", in_chat=False)
    ticket = ticket_of(desk, student)
    page = open_page(f"/support-tickets/{ticket}")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    box = page.get_by_role("textbox", name="Answer to Slow Read")
    box.fill("On its way to you")
    read = Held(page, f"**/api/support/tickets/{ticket}")
    box.press("Control+Enter")
    expect(box).to_have_value("")
    read.wait()
    read.let_go()
    expect(page.get_by_role("log").get_by_text("On its way to you")).to_have_count(1)
