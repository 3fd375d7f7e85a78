"""The dashboard and the support tickets in a real browser: live, by keyboard, on a small screen, without barriers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.console.conftest import CHROMIUM, PASSWORD, Desk, Open, Student, barriers, too_small
from tests.processes import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

CALM = 16_000  # milliseconds: what the dashboard asks for is asked again after so long at most
LATER = 30_000
AWAY = 'Object.defineProperty(document, "hidden", {get: () => Boolean(window.away)})'  # at another tab
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
NOTES = """
from support.models import SupportMessage
notes = [f"Note {{number}}" for number in range(501)]
SupportMessage.objects.bulk_create(
    SupportMessage(ticket_id={ticket}, kind="note", sender_type="admin", text=text) for text in notes
)
"""
AGENT = f"""
from django.contrib.auth.models import Group, User
tari = User.objects.create_user("tari", password={PASSWORD!r}, is_staff=True, first_name="Tari")
tari.groups.add(Group.objects.get(name="agent"))
"""
HOSTILE = '<img src=x onerror="window.__xss = 1">'
NOBODY = {"status": "success", "count": 0, "total": 0, "next": None, "data": []}
REFUSED = {"status": "error", "message": "Only a template.", "error_code": "WINDOW_CLOSED", "data": {"templates": []}}


def ticket_of(desk: Desk, student: Student, issue: str = "My homework is gone") -> int:
    """The id of a new ticket that nobody has."""
    body = {"phone_number": student.number, "issue_description": issue}
    return int(desk.api("POST", "support/tickets", json=body)["data"]["id"])


def row_of(page: Page, ticket: int) -> Locator:
    return page.locator(f"[data-ticket='{ticket}']")


def is_away(page: Page, *, away: bool) -> None:
    page.evaluate("away => { window.away = away; document.dispatchEvent(new Event('visibilitychange')); }", away)


def banner(page: Page) -> Locator:
    return page.get_by_role("region", name="Support Alert")


def test_the_dashboard_follows_what_happens_without_a_reload(desk: Desk, open_page: Open) -> None:
    student = desk.student("Dash Board", in_chat=False)
    page = open_page("/dashboard")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    before = desk.api("GET", "support/notifications")["data"]
    requests = before["open_tickets"] + before["in_progress_tickets"] + 1
    ticket = ticket_of(desk, student)
    expect(banner(page).get_by_role("heading")).to_have_text(re.compile(f"^{requests} Support Request"))
    expect(banner(page)).to_contain_text(f"{before['unassigned_tickets'] + 1} unassigned")
    unassigned = page.locator("[data-figure=unassigned] .figure-value")
    expect(unassigned).to_have_text(str(before["unassigned_tickets"] + 1))
    expect(page.get_by_role("link", name=re.compile("Dash Board"))).to_be_visible(timeout=LATER)
    desk.api("PATCH", f"support/tickets/{ticket}", json={"status": "CLOSED"})
    expect(unassigned).to_have_text(str(before["unassigned_tickets"]))
    expect(page.get_by_role("link", name=re.compile("Dash Board"))).to_have_count(0, timeout=LATER)


def test_a_dashboard_that_nobody_looks_at_asks_nothing_and_says_when_it_is_old(desk: Desk, open_page: Open) -> None:
    student = desk.student("Not Looked At", in_chat=False)
    page = open_page("/")
    page.add_init_script(AWAY)
    page.clock.install()
    page.goto(f"{desk.address}/dashboard")
    expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.clock.run_for(CALM)
    is_away(page, away=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/dashboard/stats" in request.url else None)
    requests = banner(page).get_by_role("heading").inner_text()
    ticket = ticket_of(desk, student)
    expect(banner(page).get_by_role("heading")).not_to_have_text(requests)  # it has heard of it
    page.clock.run_for(CALM)
    assert asked == []
    is_away(page, away=False)
    expect(page.get_by_role("link", name=re.compile("Not Looked At"))).to_be_visible()
    page.route("**/dashboard/stats", lambda route: route.fulfill(status=503, json={}))
    is_away(page, away=False)
    expect(page.get_by_text("What you see may be old.")).to_be_visible()
    page.unroute_all(behavior="wait")
    is_away(page, away=False)
    expect(page.get_by_text("What you see may be old.")).to_have_count(0)
    desk.api("PATCH", f"support/tickets/{ticket}", json={"status": "CLOSED"})


def test_an_older_answer_changes_nothing_on_the_dashboard(desk: Desk, open_page: Open) -> None:
    page = open_page("/")
    page.add_init_script(AWAY)
    page.goto(f"{desk.address}/dashboard")
    expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
    asked: list[Route] = []
    page.route("**/dashboard/stats", lambda route: asked.append(route))  # noqa: PLW0108  (it looks into it)
    for number in (1, 2):
        is_away(page, away=False)
        eventually(lambda number=number: page.evaluate("1") and len(asked) == number)  # type: ignore[misc]
    for route in reversed(asked):
        with page.expect_response("**/dashboard/stats"):
            route.continue_() if route is asked[1] else route.fulfill(status=503, json={})
        page.evaluate(DRAWN)
    expect(page.get_by_text("What you see may be old.")).to_have_count(0)
    page.unroute_all(behavior="ignoreErrors")


def test_a_dashboard_that_could_not_read_who_waits_does_not_say_that_nobody_does(desk: Desk, open_page: Open) -> None:
    page = open_page("/support-tickets")
    page.route("**/support/tickets?*waiting=true*", lambda route: route.fulfill(json=NOBODY))
    page.goto(f"{desk.address}/dashboard")
    nobody = page.get_by_text("Nobody waits for an answer.")
    expect(nobody).to_be_visible()
    page.unroute_all(behavior="wait")
    page.route("**/support/tickets?*waiting=true*", lambda route: route.fulfill(status=503, json={}))
    page.reload()
    expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
    expect(nobody).to_have_count(0)


def test_a_long_ticket_says_where_its_beginning_is(desk: Desk, open_page: Open) -> None:
    student = desk.student("Long Story", in_chat=False)
    ticket = ticket_of(desk, student)
    desk.manage("shell", "-v", "0", "-c", NOTES.format(ticket=ticket))
    page = open_page(f"/support-tickets/{ticket}")
    expect(page.get_by_role("log").get_by_text("Note 500", exact=True)).to_be_in_viewport()
    page.get_by_role("link", name="Earlier messages are in the conversation").click()
    page.wait_for_url(f"**/conversations/{student.number}")


def test_a_day_of_a_report_shows_the_tickets_behind_it(desk: Desk, open_page: Open) -> None:
    ticket = ticket_of(desk, desk.student("Behind It", in_chat=False))
    page = open_page("/dashboard")
    chart = page.get_by_role("article", name="New tickets")
    expect(chart.locator("canvas")).to_be_visible()
    chart.get_by_text("As a table").click()
    chart.get_by_role("button", name=re.compile("^Show the tickets of")).first.click()
    chart.get_by_role("link", name=re.compile("Behind It")).click()
    page.wait_for_url(f"**/support-tickets/{ticket}")
    expect(page.get_by_role("heading", name=re.compile("Behind It"))).to_be_visible()


def test_a_chart_goes_on_with_the_day(desk: Desk, open_page: Open) -> None:
    student = desk.student("Day By Day", in_chat=False)
    page = open_page("/")
    page.add_init_script(AWAY)
    page.goto(f"{desk.address}/dashboard")
    said = page.get_by_role("article", name="New tickets").locator("header p").first
    expect(said).to_have_text(re.compile(r"^\d+ tickets?$"))
    before = int(said.inner_text().split()[0])
    ticket_of(desk, student)
    is_away(page, away=True)
    is_away(page, away=False)
    expect(said).to_have_text(re.compile(f"^{before + 1} tickets?$"))


def test_a_chart_shows_the_days_that_were_asked_for_last(desk: Desk, open_page: Open) -> None:
    page = open_page("/dashboard")
    chart = page.get_by_role("article", name="New tickets")
    expect(chart.locator("canvas")).to_be_visible()
    asked: list[Route] = []
    page.route("**/reports/volume?from=*", lambda route: asked.append(route))  # noqa: PLW0108  (it looks into it)
    for number, span in enumerate(("90 days", "7 days"), start=1):
        page.get_by_role("button", name=span, exact=True).click()
        eventually(lambda number=number: page.evaluate("1") and len(asked) == number)  # type: ignore[misc]
    answers = [(route, route.fetch()) for route in asked]
    for (route, answer), tickets in zip(reversed(answers), (707, 909), strict=True):
        with page.expect_response("**/reports/volume?from=*"):
            body = answer.json()
            route.fulfill(response=answer, json=body | {"data": body["data"] | {"tickets": tickets}})
        page.evaluate(DRAWN)
    expect(chart).to_contain_text("707 tickets")
    expect(chart).not_to_contain_text("909 tickets")


def test_what_a_colleague_does_to_a_ticket_is_seen_and_disturbs_nobody(desk: Desk, open_page: Open) -> None:
    ticket = ticket_of(desk, desk.student("Two Agents", in_chat=False))
    page = open_page(f"/support-tickets/{ticket}")
    box = page.get_by_role("textbox", name="Answer to Two Agents")
    box.fill("half a sentence")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    musa = next(one["id"] for one in desk.api("GET", "admin/staff")["data"] if one["username"] == "musa")
    desk.api("PATCH", f"support/tickets/{ticket}", json={"assigned_admin_id": musa, "priority": "URGENT"})
    expect(row_of(page, ticket)).to_contain_text("musa")
    expect(row_of(page, ticket)).to_contain_text("Urgent")
    expect(page.get_by_role("button", name="Take over")).to_be_visible()
    expect(box).to_have_value("half a sentence")
    expect(box).to_be_focused()


def test_tickets_are_worked_on_by_keyboard_alone(desk: Desk, open_page: Open) -> None:
    student = desk.student("Tick Key", in_chat=False)
    older = ticket_of(desk, student)
    newer = ticket_of(desk, desk.student("Tick Key Two", in_chat=False))
    page = open_page("/support-tickets?search=Tick+Key", user="lena")  # whose keys nobody else needs
    expect(row_of(page, newer)).to_be_visible()
    for key, ticket in (("j", newer), ("j", older), ("k", newer), ("j", older)):
        page.keyboard.press(key)
        page.wait_for_url(f"**/support-tickets/{ticket}?search=Tick+Key")
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="Note about Tick Key")).to_be_focused()
    page.keyboard.type("Ask her mother")
    page.keyboard.press("Control+Enter")
    thread = page.get_by_role("log")
    expect(thread).to_contain_text("Ask her mother")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("We look into it")
    page.keyboard.press("Control+Enter")
    answer = thread.get_by_role("article").filter(has_text="We look into it")
    expect(answer.get_by_role("img", name=re.compile("Sent|Delivered|Read"))).to_be_visible()
    assert [words for words in student.told() if "🎧" in words] == ["🎧 Support Team: We look into it"]
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    page.keyboard.press("?")
    page.get_by_role("switch", name="Single keys act").press("Space")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.get_by_role("textbox", name="Answer to Tick Key")).not_to_be_focused()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("switch", name="Single keys act").press("Space")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.get_by_role("textbox", name="Answer to Tick Key")).to_be_focused()


def test_a_refused_answer_keeps_its_words_and_shows_the_way_out(desk: Desk, open_page: Open) -> None:
    ticket = ticket_of(desk, desk.student("Win Dow", in_chat=False))
    page = open_page(f"/support-tickets/{ticket}")
    page.route("**/messages?sender_type=admin", refuse)
    box = page.get_by_role("textbox", name="Answer to Win Dow")
    box.fill("A long answer")
    box.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("has not written for 24 hours")
    expect(page.get_by_role("alert").get_by_role("button", name="Leave a note instead")).to_be_visible()
    page.reload()
    expect(box).to_have_value("A long answer")


def refuse(route: Route) -> None:
    route.fulfill(status=409, json=REFUSED)


def test_many_tickets_are_changed_at_once(desk: Desk, open_page: Open) -> None:
    tickets = [ticket_of(desk, desk.student(f"Bulk {name}", in_chat=False)) for name in ("One", "Two")]
    page = open_page("/support-tickets?search=Bulk")
    for ticket in tickets:
        page.get_by_role("checkbox", name=f"Choose ticket {ticket}", exact=True).check()
    chosen = page.get_by_role("group", name="What to do with the chosen tickets")
    chosen.get_by_role("button", name="Priority").click()
    page.get_by_role("menuitem", name="Urgent").click()
    for ticket in tickets:
        expect(row_of(page, ticket)).to_contain_text("Urgent")
    expect(chosen).to_have_count(0)
    expect(page.get_by_text("2 tickets changed.")).to_be_visible()


def test_a_search_that_found_more_than_it_lists_says_so(desk: Desk, open_page: Open) -> None:
    ticket = ticket_of(desk, desk.student("Cut Short", in_chat=False))
    page = open_page("/support-tickets?search=Cut+Short")
    told = page.get_by_text("There are older ones")
    expect(row_of(page, ticket)).to_be_visible()
    expect(told).to_have_count(0)
    page.route("**/support/tickets?*search=*", cut_short)
    page.reload()
    expect(row_of(page, ticket)).to_be_visible()
    expect(told).to_be_visible()


def cut_short(route: Route) -> None:
    asked = {name: value for name, value in route.request.headers.items() if name != "if-none-match"}
    answer = route.fetch(headers=asked)
    route.fulfill(response=answer, json=answer.json() | {"search_cut": True})


def test_what_leaves_the_list_is_chosen_no_longer(desk: Desk, open_page: Open) -> None:
    ticket = ticket_of(desk, desk.student("Chosen Once", in_chat=False))
    page = open_page("/support-tickets")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.get_by_role("checkbox", name=f"Choose ticket {ticket}", exact=True).check()
    expect(page.get_by_text("1 ticket chosen")).to_be_visible()
    desk.api("PATCH", f"support/tickets/{ticket}", json={"status": "CLOSED"})
    expect(row_of(page, ticket)).to_have_count(0)
    expect(page.get_by_text("1 ticket chosen")).to_have_count(0)


def test_a_list_whose_rows_have_all_left_shows_those_of_the_next_page(desk: Desk, open_page: Open) -> None:
    def opened(number: int) -> int:
        body = {"phone_number": f"+23470000000{number:02}", "issue_description": "Overcrowded"}
        return int(desk.api("POST", "support/tickets", json=body)["data"]["id"])

    *rest, last = tickets = [opened(number) for number in range(45)]
    page = open_page("/support-tickets?search=Overcrowded")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(row_of(page, last)).to_be_visible()
    desk.api("POST", "support/tickets/bulk", json={"ids": tickets[5:], "action": "close"})
    for ticket in rest[:5]:
        expect(row_of(page, ticket)).to_be_visible()
    expect(row_of(page, last)).to_have_count(0)
    desk.api("POST", "support/tickets/bulk", json={"ids": tickets[:5], "action": "close"})
    expect(page.get_by_text("No ticket is like that.")).to_be_visible()


def test_an_answered_ticket_stays_among_those_that_wait_until_one_moves_on(desk: Desk, open_page: Open) -> None:
    def waiting(name: str) -> int:
        student = desk.student(f"Moving On {name}")
        student.says("Are you there?")
        address = f"support/tickets?phone={student.number}&waiting=true"
        return int(eventually(lambda: desk.api("GET", address)["data"])[0]["id"])

    first, second = waiting("One"), waiting("Two")
    page = open_page(f"/support-tickets/{first}?waiting=true&search=Moving+On")
    expect(row_of(page, first)).to_contain_text("waits")
    page.get_by_role("textbox", name="Answer to Moving On One").fill("Here I am")
    page.keyboard.press("Control+Enter")
    expect(row_of(page, first)).not_to_contain_text("waits")
    row_of(page, second).get_by_role("link").click()
    page.wait_for_url(f"**/support-tickets/{second}?*")
    expect(row_of(page, first)).to_have_count(0)
    expect(row_of(page, second)).to_be_visible()


def test_a_ticket_that_closes_while_somebody_types_takes_their_keys_for_no_commands(
    desk: Desk, open_page: Open
) -> None:
    ticket = ticket_of(desk, desk.student("Mid Sentence", in_chat=False))
    page = open_page(f"/support-tickets/{ticket}")
    box = page.get_by_role("textbox", name="Answer to Mid Sentence")
    box.fill("half a sen")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    desk.api("PATCH", f"support/tickets/{ticket}", json={"status": "CLOSED"})
    shut = page.locator(".answer").get_by_text("This ticket is closed.")
    expect(shut).to_be_visible()
    page.keyboard.type("a r e")  # take it, go to Reopen, press that, resolve
    expect(box).to_be_focused()
    expect(box).to_have_value("half a sen")
    now = desk.api("GET", f"support/tickets/{ticket}")["data"]
    assert (now["status"], now["assigned_to"]) == ("CLOSED", None)
    shut.get_by_role("button", name="Reopen").click()
    expect(shut).to_have_count(0)
    box.press_sequentially("tence")
    expect(box).to_have_value("half a sentence")


def test_a_key_within_a_menu_is_no_command(desk: Desk, open_page: Open) -> None:
    ticket = ticket_of(desk, desk.student("Men U", in_chat=False))
    page = open_page(f"/support-tickets/{ticket}")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("e")  # for Esther, and not to resolve it
    page.keyboard.press("n")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    assert desk.api("GET", f"support/tickets/{ticket}")["data"]["status"] == "OPEN"


def test_closing_promises_no_closing_words_where_there_is_no_chat(desk: Desk, open_page: Open) -> None:
    student = desk.student("No Chat", in_chat=False)
    page = open_page(f"/support-tickets/{ticket_of(desk, student)}")
    told = student.told()
    page.get_by_role("button", name="Close", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Only a student in a live chat gets closing words.")
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_text("The ticket is closed.", exact=True)).to_be_visible()
    assert student.told() == told


def test_a_single_key_takes_a_colleagues_ticket_from_nobody_unasked(desk: Desk, open_page: Open) -> None:
    ticket = ticket_of(desk, desk.student("Musas Own", in_chat=False))
    musa = next(one["id"] for one in desk.api("GET", "admin/staff")["data"] if one["username"] == "musa")
    desk.api("PATCH", f"support/tickets/{ticket}", json={"assigned_admin_id": musa})
    page = open_page(f"/support-tickets/{ticket}")
    who = page.locator(".ticket-who")
    expect(who).to_contain_text("musa")
    page.keyboard.press("a")
    expect(page.get_by_role("dialog")).to_contain_text("musa has it.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(who).to_contain_text("musa")
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("button", name="Take over").click()
    expect(who).to_contain_text("grace")


def test_a_priority_that_was_not_meant_is_shown_no_longer(desk: Desk, open_page: Open) -> None:
    ticket = ticket_of(desk, desk.student("Thought Better", in_chat=False))
    musa = next(one["id"] for one in desk.api("GET", "admin/staff")["data"] if one["username"] == "musa")
    desk.api("PATCH", f"support/tickets/{ticket}", json={"assigned_admin_id": musa})
    desk.manage("shell", "-v", "0", "-c", AGENT)
    page = open_page(f"/support-tickets/{ticket}", user="tari")
    priority = page.get_by_role("combobox", name="Priority").and_(page.locator(".tool select"))
    priority.select_option("URGENT")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(priority).to_have_value("MEDIUM")


def test_a_photo_is_seen_in_the_thread_of_its_ticket(desk: Desk, open_page: Open) -> None:
    student = desk.student("Pho To")
    student.sends_a_photo()
    ticket = desk.api("GET", f"support/tickets?phone={student.number}")["data"][0]["id"]
    page = open_page(f"/support-tickets/{ticket}")
    photo = page.get_by_role("log").get_by_role("img", name="Photo").and_(page.locator("img"))
    expect(photo).to_be_visible()
    assert photo.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_an_export_holds_the_days_that_were_asked_for(desk: Desk, open_page: Open) -> None:
    ticket = ticket_of(desk, desk.student("Ex Port", in_chat=False))
    page = open_page("/support-tickets")
    page.get_by_role("button", name="Views and exports").click()
    page.get_by_role("menuitem", name="Export (CSV)…").click()
    dialog = page.get_by_role("dialog")
    today = dialog.get_by_label("First day").get_attribute("max") or ""
    dialog.get_by_label("First day").fill(today)
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download").click()
    expect(dialog).to_have_count(0)
    assert download.value.suggested_filename == f"tickets-{today}.csv"
    rows = download.value.path().read_text()
    assert re.search(rf"^{ticket},", rows, re.MULTILINE)


def test_a_dialogue_stays_when_a_click_beside_it_began_within(desk: Desk, open_page: Open) -> None:
    page = open_page("/support-tickets?priority=LOW")
    page.get_by_role("button", name="Views and exports").click()
    page.get_by_role("menuitem", name="Save this view").click()
    field = page.get_by_role("dialog").get_by_label("Name")
    field.fill("What can wait")
    field.hover()
    page.mouse.down()
    page.mouse.move(5, 5)
    page.mouse.up()
    expect(field).to_have_value("What can wait")
    page.mouse.click(5, 5)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_hostile_names_stay_names(desk: Desk, open_page: Open) -> None:
    ticket = ticket_of(desk, desk.student(HOSTILE, in_chat=False), HOSTILE)
    page = open_page(f"/support-tickets/{ticket}")
    expect(row_of(page, ticket)).to_contain_text(HOSTILE)
    expect(page.get_by_role("heading", name=re.compile("<img"))).to_be_visible()
    page.goto(f"{desk.address}/dashboard")
    expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
    assert page.evaluate("window.__xss") is None
    assert page.locator("main img").count() == 0


def test_on_a_small_screen_one_panel_fills_it_and_fingers_hit_everything(desk: Desk, open_page: Open) -> None:
    ticket = ticket_of(desk, desk.student("Tiny Screen", in_chat=False))
    page = open_page("/dashboard", 360, 740, has_touch=True, is_mobile=True)
    expect(page.get_by_role("article", name="New tickets").locator("canvas")).to_be_attached()
    fits(page)
    page.get_by_role("link", name="View Support").click()
    page.get_by_role("button", name=re.compile("^Filters")).click()
    fits(page)
    row_of(page, ticket).get_by_role("link").click()
    expect(page.get_by_role("textbox", name="Answer to Tiny Screen")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    fits(page)
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("searchbox")).to_be_visible()


def test_on_a_small_screen_the_focus_follows_into_a_ticket_and_back(desk: Desk, open_page: Open) -> None:
    one, two = (ticket_of(desk, desk.student(f"Fo Cus {name}", in_chat=False)) for name in ("One", "Two"))
    page = open_page("/support-tickets?search=Fo+Cus", 360, 740)
    for ticket in (one, two):
        row = row_of(page, ticket).get_by_role("link")
        row.press("Enter")
        expect(page.get_by_role("link", name="Back")).to_be_focused()
        page.keyboard.press("Enter")
        expect(row).to_be_focused()
    row_of(page, one).get_by_role("link").press("Enter")
    desk.api("PATCH", f"support/tickets/{one}", json={"status": "CLOSED"})
    expect(page.get_by_role("button", name="Reopen").first).to_be_visible()
    page.get_by_role("link", name="Back").press("Enter")
    expect(row_of(page, one)).to_have_count(0)
    expect(row_of(page, two).get_by_role("link")).to_be_focused()


def fits(page: Page) -> None:
    assert too_small(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_neither_page_has_barriers(desk: Desk, open_page: Open, scheme: str) -> None:
    ticket = ticket_of(desk, desk.student("Acc Essible", in_chat=False))
    desk.api("POST", f"support/tickets/{ticket}/messages", json={"message": "Ask her mother", "internal": True})
    desk.api("PATCH", f"support/tickets/{ticket}", json={"priority": "URGENT"})
    page = open_page("/dashboard", color_scheme=scheme)
    expect(page.get_by_role("article", name="New tickets").locator("canvas")).to_be_attached()
    page.get_by_role("button", name="What “Waiting” means").click()
    page.get_by_text("As a table").first.click()
    assert barriers(page) == []
    page.goto(f"{desk.address}/support-tickets/{ticket}")
    expect(page.get_by_role("log")).to_contain_text("Ask her mother")
    page.get_by_role("button", name=re.compile("^Filters")).click()
    page.get_by_role("checkbox", name=f"Choose ticket {ticket}", exact=True).check()
    assert barriers(page) == []
