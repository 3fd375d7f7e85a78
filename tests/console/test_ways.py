"""What staff do in the console besides answering, and several of them at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Response, Route, expect

from tests.console.conftest import CHROMIUM, Desk, Open, Student, enter
from tests.console.test_dashboard_and_tickets import DRAWN
from tests.console.test_desk import box_of, messages, thread_of, writes
from tests.console.test_nothing_is_lost import SEND, refuse
from tests.processes import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

PDF: FilePayload = {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n" + b" " * 200_000}

A_MOMENT = "fetch(location).then((answer) => answer.text())"  # while the clock stands


def side_of(page: Page) -> Locator:
    """What stands beside the thread, opened."""
    about = page.get_by_role("button", name="About the student")
    if about.get_attribute("aria-expanded") == "false":
        about.click()
    return page.get_by_role("complementary")


def test_a_file_shows_how_far_it_is_and_stands_in_the_thread_with_its_caption(desk: Desk, open_page: Open) -> None:
    student = desk.student()
    page = open_page(thread_of(student))
    held: list[Route] = []
    page.route(SEND, lambda route: held.append(route))  # noqa: PLW0108  (it looks into it)
    page.get_by_label("Attach a file").set_input_files(PDF)
    expect(page.get_by_role("list", name="Files to send")).to_contain_text("plan.pdf")
    writes(page, "Your plan")
    on_its_way = page.get_by_role("article", name="Your message, on its way")
    expect(on_its_way.get_by_role("progressbar")).to_be_visible()
    eventually(lambda: page.evaluate("1") and held)
    held[0].continue_()
    expect(on_its_way).to_have_count(0)
    expect(messages(page).filter(has_text="plan.pdf").filter(has_text="Your plan")).to_have_count(1)
    eventually(lambda: any(bubble["file"] for bubble in student.service.thread(student.phone)))
    arrived = student.service.thread(student.phone)[-1]
    assert arrived["file"]["filename"] == "plan.pdf"
    assert arrived["text"] == "🎧 Support Team: Your plan"


def test_each_of_several_files_stays_in_sight_until_it_is_sent(desk: Desk, open_page: Open) -> None:
    page = open_page(thread_of(desk.student()))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    held: list[Route] = []
    page.route(SEND, lambda route: held.append(route))  # noqa: PLW0108
    files = [
        FilePayload(name=f"{name}.pdf", mimeType=PDF["mimeType"], buffer=PDF["buffer"])
        for name in ("one", "two", "three")
    ]
    page.get_by_label("Attach a file").set_input_files(files)
    writes(page, "All three")
    for number in (1, 2, 3):
        eventually(lambda number=number: page.evaluate("1") and len(held) == number)  # type: ignore[misc]
        if number < 3:
            held[-1].continue_()
    expect(messages(page).filter(has_text="two.pdf")).to_have_count(1)
    expect(messages(page).filter(has_text="three.pdf").get_by_role("progressbar")).to_be_visible()
    held[-1].continue_()
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_what_goes_out_with_a_file_quotes_nothing_and_shows_that(desk: Desk, open_page: Open) -> None:
    student = desk.student("No Quote")
    student.says("Which page?")
    page = open_page(thread_of(student))
    messages(page).filter(has_text="Which page?").get_by_role("button", name="Quote in an answer").click()
    quoting = page.get_by_role("button", name="Do not quote it")
    expect(quoting).to_be_visible()
    page.get_by_label("Attach a file").set_input_files(PDF)
    expect(quoting).to_have_count(0)
    page.get_by_role("button", name="Remove plan.pdf").click()
    expect(quoting).to_be_visible()


def test_a_quote_leads_to_its_message_as_often_as_one_wants(desk: Desk, open_page: Open) -> None:
    student = desk.student("Quoted Twice")
    student.says("Where it began")
    thread = f"admin/conversations/{student.number}"
    eventually(lambda: "Where it began" in str(desk.api("GET", f"{thread}/messages")))
    about = next(one["id"] for one in desk.api("GET", f"{thread}/messages")["data"] if one["text"] == "Where it began")
    between = "\n".join(f"line {number}" for number in range(80))
    for body in ({"message": between}, {"message": "As you said", "reply_to": about}):
        desk.api("POST", f"{thread}/chat-support/send", json=body)
    page = open_page(thread_of(student), height=600)
    began = page.locator(f"[data-id={about}]")
    for _ in range(2):
        expect(began).not_to_be_in_viewport()
        page.locator(".quote").click()
        expect(began).to_be_in_viewport()
        page.locator(".thread").evaluate("box => { box.scrollTop = box.scrollHeight; }")


def test_a_canned_reply_is_chosen_by_keys_and_can_be_changed_before_it_goes_out(desk: Desk, open_page: Open) -> None:
    for shortcut in ("later", "lateness"):
        reply = {"shortcut": shortcut, "title": f"About {shortcut}", "text": f"{{name}}, this is {shortcut}."}
        desk.api("POST", "admin/canned-replies", json=reply)
    student = desk.student("Can Ned")
    ticket = desk.api("GET", f"support/tickets?phone={student.number}")["data"][0]["id"]
    page = open_page(thread_of(student))
    for address in (thread_of(student), f"/support-tickets/{ticket}"):
        page.goto(f"{desk.address}{address}")
        box = box_of(page)
        box.fill("/late")
        expect(page.locator(".canned [aria-selected=true]")).to_contain_text("About lateness")
        box.press("ArrowDown")
        expect(page.locator(".canned [aria-selected=true]")).to_contain_text("About later")
        expect(box).to_have_attribute("aria-activedescendant", re.compile("canned-"))
        box.press("Enter")
        expect(box).to_have_value("Can, this is later.")
        expect(box).not_to_have_attribute("aria-activedescendant", re.compile(""))
        box.fill("/late")
        box.press("Escape")
        expect(page.locator(".canned")).to_have_count(0)
        expect(box).to_have_value("/late")
        expect(box).to_be_focused()
        box.fill("")
    assert "this is later" not in str(student.told())


def test_a_note_is_seen_by_the_team_alone_also_when_the_chat_is_over(desk: Desk, open_page: Open) -> None:
    student = desk.student()
    page = open_page(thread_of(student))
    side = side_of(page)
    side.get_by_role("textbox", name="Only the team sees notes").fill("Her mother will call on Monday.")
    side.get_by_role("button", name="Add note").click()
    expect(side.get_by_role("listitem").filter(has_text="Her mother will call")).to_contain_text("grace")
    desk.api("POST", f"admin/conversations/{student.number}/chat-support/end", json={"take": True})
    page.reload()
    expect(side_of(page).get_by_role("listitem").filter(has_text="Her mother will call")).to_have_count(1)
    assert "Her mother" not in str(student.told())


def test_a_note_whose_answer_was_lost_is_added_once(desk: Desk, open_page: Open) -> None:
    page = open_page(thread_of(desk.student()))
    side = side_of(page)
    page.route("**/notes", lambda route: (route.fetch(), route.abort()))
    side.get_by_role("textbox", name="Only the team sees notes").fill("Only one of these")
    side.get_by_role("button", name="Add note").click()
    expect(page.locator(".toast").filter(has_text="cannot be reached")).to_be_visible()
    page.unroute("**/notes")
    side.get_by_role("button", name="Add note").click()
    expect(page.get_by_text("Noted for the team.")).to_be_visible()
    expect(side.get_by_role("listitem").filter(has_text="Only one of these")).to_have_count(1)


def test_a_note_begun_while_another_is_on_its_way_is_kept(desk: Desk, open_page: Open) -> None:
    student, _ = desk.student("Two Notes"), desk.student("In Between")
    page = open_page(thread_of(student))
    held: list[Route] = []
    page.route("**/notes", lambda route: held.append(route))  # noqa: PLW0108
    box = side_of(page).get_by_role("textbox", name="Only the team sees notes")
    box.fill("The first of two")
    page.get_by_role("button", name="Add note").click()
    eventually(lambda: page.evaluate("1") and held)
    for name in ("In Between", "Two Notes"):
        page.get_by_role("link", name=re.compile(name)).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    side_of(page)
    box.fill("The second of two")
    held[0].continue_()
    expect(page.get_by_text("Noted for the team.")).to_be_visible()
    page.reload()
    side_of(page)
    expect(box).to_have_value("The second of two")


def test_what_is_known_beside_a_thread_stays_and_the_rest_comes_when_the_network_is_back(
    desk: Desk, open_page: Open
) -> None:
    student = desk.student()
    desk.api("POST", f"admin/conversations/{student.number}/notes", json={"message": "Noted before"})
    page = open_page(thread_of(student))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    side = side_of(page)
    before, now = (side.get_by_role("listitem").filter(has_text=f"Noted {when}") for when in ("before", "now"))
    expect(before).to_have_count(1)
    page.route("**/notes?*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        side.get_by_role("textbox", name="Only the team sees notes").fill("Noted now")
        side.get_by_role("button", name="Add note").click()
    page.evaluate(DRAWN)
    expect(before).to_have_count(1)
    page.unroute("**/notes?*")
    page.context.set_offline(True)
    expect(page.get_by_text(re.compile("Offline since"))).to_be_visible()
    page.context.set_offline(False)
    expect(now).to_have_count(1)
    expect(before).to_have_count(1)


def test_labels_come_and_go(desk: Desk, open_page: Open) -> None:
    page = open_page(thread_of(desk.student()))
    side = side_of(page)
    for label in ("exam", "fees"):
        side.get_by_role("textbox", name="New label").fill(label)
        side.get_by_role("button", name="Add", exact=True).click()
        expect(side.get_by_role("button", name=f"Remove the label {label}")).to_be_visible()
    side.get_by_role("button", name="Remove the label exam").click()
    expect(side.get_by_role("button", name="Remove the label exam")).to_have_count(0)
    page.reload()
    expect(side_of(page).get_by_role("button", name=re.compile("Remove the label"))).to_have_text(["×"])


def test_labels_that_are_added_fast_all_stay(desk: Desk, open_page: Open) -> None:
    page = open_page(thread_of(desk.student()))
    side = side_of(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "labels" in (route.request.post_data or "") and not let_go:
            held.append(route)
        else:
            route.continue_()

    let_go = False
    page.route(re.compile(r"/api/admin/conversations/[^/?]+$"), hold)
    for label in ("exam", "fees"):
        side.get_by_role("textbox", name="New label").fill(label)
        side.get_by_role("button", name="Add", exact=True).click()
    eventually(lambda: page.evaluate("1") and held)
    let_go = True
    for route in held:
        route.continue_()
    for label in ("exam", "fees"):
        expect(side.get_by_role("button", name=f"Remove the label {label}")).to_be_visible()
    page.reload()
    expect(side_of(page).get_by_role("button", name=re.compile("Remove the label"))).to_have_count(2)


def test_a_chat_is_taken_handed_over_and_found_among_ones_own(desk: Desk, open_page: Open) -> None:
    student = desk.student("Handed Over")
    page = open_page(thread_of(student))
    who = page.locator(".thread-who")
    expect(who).to_contain_text("musa")  # who opened it
    page.get_by_role("button", name="Take over").click()
    expect(who).to_contain_text("grace")
    page.get_by_role("button", name="Mine").click()
    row = page.get_by_role("link", name=re.compile("Handed Over"))
    expect(row).to_be_visible()
    page.get_by_role("button", name="Hand over").click()
    page.get_by_role("menuitem", name="Hand over to Musa").click()
    expect(who).to_contain_text("musa")
    page.get_by_role("link", name="Dashboard").click()
    page.get_by_role("link", name="Chats").click()
    expect(page.get_by_role("button", name="Mine")).to_have_attribute("aria-pressed", "true")
    expect(row).to_have_count(0)


def test_after_a_day_a_template_reaches_them(desk: Desk, open_page: Open) -> None:
    student = desk.student(in_chat=False)
    student.service.ask("POST", f"api/phones/{student.phone}/time", json={"seconds": 25 * 3600})
    page = open_page(thread_of(student))
    refused: list[str] = []

    def note(answer: Response) -> None:
        if answer.status >= 400:
            refused.append(answer.url)

    page.on("response", note)
    page.get_by_role("button", name="Start chat").last.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Hi {{1}}, we have an answer.")
    dialog.get_by_role("textbox").fill("Ada")
    dialog.get_by_role("button", name="Send template").click()
    expect(dialog).to_have_count(0)
    expect(messages(page).filter(has_text="Hi Ada, we have an answer.")).to_have_count(1)
    expect(page.get_by_text("WhatsApp’s 24 hours are over")).to_be_visible()
    eventually(lambda: "we_answered" in str(student.service.thread(student.phone)[-1]))
    assert refused == []


def test_where_there_is_no_template_or_none_can_be_had_whoever_asks_is_told(desk: Desk, open_page: Open) -> None:
    student = desk.student("No Template")
    student.says("Is anybody there?")
    eventually(lambda: "anybody" in str(desk.api("GET", f"admin/conversations/{student.number}/messages")))
    student.service.ask("POST", f"api/phones/{student.phone}/time", json={"seconds": 25 * 3600})
    page = open_page(thread_of(student))
    nothing = {"status": "success", "message": "", "data": []}
    page.route("**/api/admin/templates", lambda route: route.fulfill(json=nothing))
    ask = page.get_by_role("button", name="Send a template instead")
    ask.click()
    expect(page.locator(".toast")).to_contain_text("There is no template yet.")
    page.locator(".toast").get_by_role("button", name="Close").click()
    page.unroute("**/api/admin/templates")
    page.route("**/api/admin/templates", lambda route: route.abort())
    ask.click()
    expect(page.locator(".toast")).to_contain_text("cannot be reached")


def test_what_failed_is_listed_until_it_has_been_sent_again(desk: Desk, open_page: Open) -> None:
    student = desk.student("Un Reachable")
    faults = f"api/phones/{student.phone}/faults"
    student.service.ask("PUT", faults, json={"answer": "rejected", "code": 131026})
    page = open_page(thread_of(student))
    page.get_by_role("button", name="Failed").click()
    row = page.get_by_role("link", name=re.compile("Un Reachable"))
    expect(row).to_have_count(0)
    writes(page, "Are you there?")
    failed = messages(page).filter(has_text="Are you there?")
    expect(failed.get_by_role("button", name="Try again")).to_be_visible()
    expect(row).to_be_visible()
    page.get_by_role("link", name="Dashboard").click()
    page.get_by_role("region", name="Needs attention").get_by_role("link", name=re.compile("Un Reachable")).click()
    student.service.ask("PUT", faults, json={})
    failed.get_by_role("button", name="Try again").click()
    expect(failed.get_by_role("img", name=re.compile("Sent|Delivered|Read"))).to_be_visible()
    page.get_by_role("button", name="Failed").click()
    expect(row).to_have_count(0)


def test_the_console_speaks_french_to_whoever_does(desk: Desk, open_page: Open) -> None:
    page = open_page(thread_of(desk.student()), locale="fr-FR")
    expect(page.get_by_role("button", name="Terminer l’assistance")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "fr"
    page.get_by_role("button", name=re.compile("réglages")).click()
    page.get_by_label("Langue").select_option("en")
    expect(page.get_by_role("button", name="End Chat Support")).to_be_visible()  # at once, and in every browser
    page.get_by_role("button", name=re.compile("settings")).click()
    page.get_by_label("Language").select_option("auto")
    expect(page.get_by_role("button", name="Terminer l’assistance")).to_be_visible()


def test_the_log_in_speaks_french_also_after_a_log_out(desk: Desk, open_page: Open) -> None:
    page = open_page("/dashboard", user="lena", locale="fr-FR")
    page.context.clear_cookies()
    page.goto(f"{desk.address}/login")
    enter(page, "lena")
    page.get_by_role("button", name=re.compile("réglages")).click()
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    expect(page.get_by_label("Mot de passe")).to_be_visible()


def test_a_setting_that_could_not_be_kept_is_told_in_the_dialogue(desk: Desk, open_page: Open) -> None:
    page = open_page("/dashboard", user="lena")
    page.evaluate("window.isSame = true")
    page.route("**/me/preferences", lambda route: route.fulfill(status=503, json={}))
    page.get_by_role("button", name=re.compile("settings")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Language").select_option("fr")
    told = dialog.get_by_role("status").filter(has_text="Something went wrong on our side.")
    expect(told).to_be_visible()
    told.get_by_role("button", name="Close").click()
    expect(told).to_have_count(0)
    expect(dialog.get_by_label("Language")).to_have_value("auto")
    assert page.evaluate("window.isSame")


def test_two_of_us_and_two_of_them_at_once(desk: Desk, open_page: Open) -> None:
    ada, obi = desk.student("Ada Two"), desk.student("Obi Two")
    grace, musa = open_page(thread_of(ada)), open_page(thread_of(ada), user="musa")
    expect(grace.get_by_text("musa is looking at this chat.")).to_be_visible()
    expect(musa.get_by_text("grace is looking at this chat.")).to_be_visible()
    box_of(musa).fill("I am")
    expect(grace.get_by_text("musa is writing here.")).to_be_visible()
    box_of(musa).fill("")
    musa.get_by_role("link", name=re.compile("Obi Two")).click()
    expect(grace.get_by_text(re.compile("musa is"))).to_have_count(0)
    grace.get_by_role("button", name="Take over").click()
    for number in range(3):
        for student, page, name in ((ada, grace, "Ada"), (obi, musa, "Obi")):
            student.says(f"{name} asks {number}")
            writes(page, f"{name} is told {number}")
    for page, name in ((grace, "Ada"), (musa, "Obi")):
        for word in ("asks", "is told"):
            said = messages(page).filter(has_text=re.compile(f"{name} {word} [0-9]")).locator(".text")
            expect(said).to_have_text([f"{name} {word} {number}" for number in range(3)])
    expect(grace.get_by_role("log")).not_to_contain_text("Obi")
    expect(musa.get_by_role("log")).not_to_contain_text("Ada")
    for student, name in ((ada, "Ada"), (obi, "Obi")):
        answers = [f"🎧 Support Team: {name} is told {number}" for number in range(3)]
        eventually(lambda student=student, answers=answers: told(student) == answers)  # type: ignore[misc]


def told(student: Student) -> list[str]:
    """What we answered, as it stands on the phone."""
    return [text for text in student.told() if "is told" in text]


def test_the_network_goes_and_comes_back_without_a_gap(desk: Desk, open_page: Open) -> None:
    student = desk.student()
    page = open_page(thread_of(student))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(box_of(page)).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text(re.compile("Offline since"))).to_be_visible()
    for number in range(3):
        student.says(f"Meanwhile {number}")
    writes(page, "Written in a tunnel")
    expect(page.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
    page.context.set_offline(False)
    seen: Any = messages(page).filter(has_text=re.compile("Meanwhile [0-9]")).locator(".text")
    expect(seen).to_have_text([f"Meanwhile {number}" for number in range(3)])
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    eventually(lambda: student.told()[-1] == "🎧 Support Team: Written in a tunnel")
    assert str(student.told()).count("Written in a tunnel") == 1
    expect(messages(page).filter(has_text="Written in a tunnel")).to_have_count(1)


def test_what_two_tabs_prefer_is_kept_of_both(desk: Desk, open_page: Open) -> None:
    one = open_page("/dashboard", user="lena")
    two = one.context.new_page()
    two.goto(f"{desk.address}/dashboard")
    for page in (one, two):
        page.get_by_role("button", name=re.compile("settings")).click()
    with one.expect_response(lambda answer: answer.request.method == "PUT"):
        one.get_by_label("Colours").select_option("dark")
    sound = two.get_by_role("switch", name="Sound when a student writes")
    before = sound.is_checked()
    with two.expect_response(lambda answer: answer.request.method == "PUT"):
        sound.set_checked(not before)
    one.reload()
    one.get_by_role("button", name=re.compile("settings")).click()
    expect(one.get_by_label("Colours")).to_have_value("dark")
    assert one.get_by_role("switch", name="Sound when a student writes").is_checked() is not before
    with one.expect_response(lambda answer: answer.request.method == "PUT"):
        one.get_by_label("Colours").select_option("system")


def test_where_somebody_else_logs_in_in_another_tab_this_one_ends(desk: Desk, open_page: Open) -> None:
    student = desk.student("Two Of Us")
    page = open_page(thread_of(student))
    expect(box_of(page)).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{desk.address}/login")
    enter(other, "lena")
    other.wait_for_url("**/dashboard")
    page.wait_for_url("**/login?next=*")
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_double_click_on_one_question_does_not_answer_the_next(desk: Desk, open_page: Open) -> None:
    student = desk.student("Double Click")
    page = open_page(thread_of(student))
    asked: list[str] = []

    def refuse_and_note(route: Route) -> None:
        asked.append(route.request.post_data or "")
        refuse(route)

    page.route("**/chat-support/end", refuse_and_note)
    page.locator(".thread-head").get_by_role("button", name="End Chat Support").click()
    question = page.get_by_role("dialog")
    box = question.get_by_role("button", name="End Chat Support").bounding_box()
    assert box
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    with page.expect_response("**/chat-support/end"):
        page.mouse.click(*at)
    page.evaluate(A_MOMENT)
    page.mouse.click(*at)
    page.clock.run_for(1000)
    expect(question).to_contain_text("The chat with Double Click is a colleague’s")
    assert len(asked) == 1


def test_a_question_about_one_chat_waits_for_the_answer_to_that_about_another(desk: Desk, open_page: Open) -> None:
    late, other = desk.student("Late Refusal"), desk.student("Being Read")
    page = open_page(thread_of(late))
    held: list[Route] = []
    page.route("**/chat-support/end", lambda route: held.append(route))  # noqa: PLW0108
    end = page.locator(".thread-head").get_by_role("button", name="End Chat Support")
    question = page.get_by_role("dialog")
    end.click()
    question.get_by_role("button", name="End Chat Support").click()
    eventually(lambda: page.evaluate("1") and held)
    page.get_by_role("link", name=re.compile("Being Read")).click()
    end.click()
    expect(question).to_contain_text("End the chat with Being Read?")
    with page.expect_response("**/chat-support/end"):
        refuse(held[0])
    page.evaluate(DRAWN)
    expect(question).to_contain_text("End the chat with Being Read?")
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_contain_text("The chat with Late Refusal is a colleague’s")
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_have_count(0)
    page.wait_for_url(f"**{thread_of(other)}")
    assert len(held) == 1
