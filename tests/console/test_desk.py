"""The console in a real browser, over real processes: what somebody with forty chats must be able to rely on."""

from __future__ import annotations

import re
import signal
import time
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.console.conftest import CHROMIUM, Desk, Open, Student, barriers, enter, promised, too_small
from tests.processes import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

HOSTILE = [
    '<img src=x onerror="window.__xss = 1">',
    "javascript:alert(1) https://example.org/<b>",
    "\u202egnp.exe \u2066\u2067mixed",
    "{{7*7}} ${7*7} *<script>window.__xss = 1</script>*",
    "x" * 4000,
]

# Texts on the page with a mark of direction that nothing keeps to itself: what follows them would be turned around.
LOOSE = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode())
    if (/[\u202a-\u202e\u2066-\u2069]/.test(texts.currentNode.data)
        && !texts.currentNode.parentElement.closest("bdi, [dir=auto]")) found.push(texts.currentNode.data);
  return found;
}"""

# Pixels between what is in sight and the end of the thread.
LEFT = "(box => box.scrollHeight - box.scrollTop - box.clientHeight)(document.querySelector('.thread'))"


PAUSE = 21_000  # milliseconds after which nobody counts as writing any more


def thread_of(student: Student) -> str:
    return f"/conversations/{student.number}"


def box_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("^Answer to"))


def writes(page: Page, words: str) -> None:
    box_of(page).fill(words)
    box_of(page).press("Enter")


def messages(page: Page) -> Locator:
    return page.get_by_role("log").get_by_role("article")


def test_who_is_logged_out_comes_back_to_where_they_wanted_to_go(desk: Desk, browser: Browser) -> None:
    student = desk.student()
    page = browser.new_page()
    page.goto(f"{desk.address}{thread_of(student)}")
    enter(page)
    expect(box_of(page)).to_be_visible()
    assert page.url.endswith(thread_of(student))
    page.reload()
    expect(box_of(page)).to_be_visible()
    page.context.close()


def test_a_wrong_password_is_told_and_the_next_address_is_one_of_ours(desk: Desk, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{desk.address}/login?next=//evil.example/conversations")
    page.get_by_label("User name").fill("grace")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("User name or password is wrong.")
    enter(page)
    page.wait_for_url(f"{desk.address}/dashboard")
    page.context.close()


def test_the_seconds_until_one_may_try_again_are_no_alarm(desk: Desk, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{desk.address}/login")
    refused = {"status": "error", "message": "Too many attempts.", "error_code": "RATE_LIMITED"}
    page.route(
        "**/api/admin/login", lambda route: route.fulfill(status=429, json=refused, headers={"Retry-After": "60"})
    )
    enter(page)
    expect(page.get_by_text(re.compile("You can try again in [0-9]+ seconds"))).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("Too many attempts.")
    page.context.close()


def test_a_message_appears_within_a_second_and_moves_nothing(desk: Desk, open_page: Open) -> None:
    student, other = desk.student("Ada"), desk.student("Obi")
    page = open_page(thread_of(student))
    box = box_of(page)
    box.fill("half a sentence")
    page.evaluate("document.querySelector('textarea').setSelectionRange(5, 9)")
    other.says("From somebody else")  # the bot acknowledges it, so only the mark tells
    assert min(seconds_until_seen(page, student, f"Can you see {number}?") for number in range(3)) < promised(1)
    expect(page.get_by_role("link", name=re.compile("Obi.*1 unread message"))).to_be_visible()
    expect(page.locator("a.row[aria-current]")).to_contain_text("Ada")
    expect(box).to_have_value("half a sentence")
    expect(box).to_be_focused()
    assert page.evaluate("[document.activeElement.selectionStart, document.activeElement.selectionEnd]") == [5, 9]


def seconds_until_seen(page: Page, student: Student, words: str) -> float:
    """From the phone through webhook, worker and database to the screen."""
    began = time.monotonic()
    student.says(words)
    page.wait_for_function("words => document.querySelector('.thread').innerText.includes(words)", arg=words)
    return time.monotonic() - began


def test_an_answer_is_sent_and_its_ticks_follow(desk: Desk, open_page: Open) -> None:
    student = desk.student()
    page = open_page(thread_of(student))
    box_of(page).fill("We look into *it*.")
    box_of(page).press("Enter")
    expect(box_of(page)).to_have_value("")
    sent = messages(page).filter(has_text="We look into it.")
    expect(sent).to_have_count(1)
    expect(sent.locator("strong")).to_have_text("it")
    expect(sent.get_by_role("img", name=re.compile("Sent|Delivered|Read"))).to_be_visible()
    assert student.told()[-1] == "🎧 Support Team: We look into *it*."


def test_what_cannot_be_sent_stays_and_a_retry_sends_it_once(desk: Desk, open_page: Open) -> None:
    student = desk.student()
    page = open_page(thread_of(student))
    page.route("**/chat-support/send", answered_and_lost)
    box_of(page).fill("Only once, please")
    box_of(page).press("Enter")
    bubble = page.get_by_role("article", name="Your message, on its way")
    expect(bubble.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute("**/chat-support/send")
    bubble.get_by_role("button", name="Try again").click()
    expect(bubble).to_have_count(0)
    expect(messages(page).filter(has_text="Only once, please")).to_have_count(1)
    eventually(lambda: "Only once, please" in student.told()[-1])
    assert str(student.told()).count("Only once, please") == 1


def answered_and_lost(route: Route) -> None:
    route.fetch()
    route.abort()


def test_the_service_goes_and_comes_back_without_a_gap(desk: Desk, open_page: Open) -> None:
    student = desk.student()
    page = open_page(thread_of(student))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    desk.processes["web"].stop(signal.SIGKILL)
    expect(page.get_by_text(re.compile("Reconnecting"))).to_be_visible()
    desk.start_web()
    for number in range(4):
        student.says(f"While you were away {number}")
    for number in range(4):
        expect(messages(page).filter(has_text=f"While you were away {number}")).to_have_count(1, timeout=15_000)
    expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=15_000)


def test_a_token_that_ends_while_somebody_types_loses_nothing(desk: Desk, open_page: Open) -> None:
    student = desk.student()
    page = open_page(thread_of(student))
    box_of(page).fill("A long answer")
    refused = iter([True])
    page.route("**/chat-support/send", lambda route: refuse_once(route, refused))
    box_of(page).press("Enter")
    expect(page.get_by_role("article", name="Your message, on its way")).to_have_count(0)
    expect(messages(page).filter(has_text="A long answer")).to_have_count(1)  # refreshed, and sent again by itself

    box_of(page).fill("Another long answer")
    page.context.clear_cookies()
    page.reload()
    enter(page)
    expect(box_of(page)).to_have_value("Another long answer")
    assert page.url.endswith(thread_of(student))


def refuse_once(route: Route, refused: Any) -> None:
    if next(refused, False):
        route.fulfill(status=401, json={"status": "error", "message": "Log in.", "error_code": "UNAUTHORIZED"})
    else:
        route.continue_()


def test_hostile_words_names_and_buttons_stay_words(desk: Desk, open_page: Open) -> None:
    students = [(words, desk.student(words[:60], in_chat=False)) for words in HOSTILE]
    page = open_page("/conversations")
    for words, student in students:
        student.says(words)
        page.unroute_all(behavior="wait")
        page.route("**/messages?*", partial(with_hostile_parts, words))
        page.route("**/api/admin/media/1", lambda route: route.fulfill(body=b"<b>", content_type="text/html"))
        page.goto(f"{desk.address}{thread_of(student)}")
        expect(messages(page).locator(".text").filter(has_text=words[:14]).first).to_be_attached()
        expect(page.locator(".choices").first).to_contain_text(words[:60])
        expect(page.locator("a.document").first).to_contain_text(words[:14])
        assert page.evaluate("window.__xss") is None
        assert page.evaluate(LOOSE) == []
        assert page.locator("a[href^=javascript], .text img, .text script, .choices img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.unroute_all(behavior="ignoreErrors")


def with_hostile_parts(words: str, route: Route) -> None:
    """The same answer, with buttons and a file that nobody but an attacker would make."""
    answer = route.fetch()
    if answer.status != 200:  # nothing new: the page has it
        route.fulfill(response=answer)
        return
    body = answer.json()
    for message in body["data"]:
        message["buttons"] = [{"id": "x", "title": words, "description": ""}]
        message["media"] = {
            "url": "/api/admin/media/1",
            "mime_type": "text/html",
            "filename": words,
            "size": None,
            "caption": words,
            "status": "stored",
        }
    route.fulfill(response=answer, json=body)


def test_a_thread_of_ten_thousand_messages_is_read_from_both_ends(desk: Desk, open_page: Open) -> None:
    desk.manage("seed_demo", "--conversations", "1", "--messages", "10000", "--seed", "7")
    found = max(desk.api("GET", "admin/conversations?limit=100")["data"], key=lambda row: int(row["message_count"]))
    assert found["message_count"] >= 9_000
    page = open_page(f"/conversations/{found['contact_id']}")
    expect(messages(page).last).to_be_visible()
    page.wait_for_function(
        """() => {
             document.querySelector(".thread").scrollTop = 0;
             return document.querySelector(".to-end");
           }""",
        polling=100,
    )  # so far up that the newest messages have left the page
    assert messages(page).count() <= 300
    page.get_by_role("button", name="To the newest").click()
    expect(page.get_by_role("button", name="To the newest")).to_have_count(0)
    page.wait_for_function(f"() => {LEFT} < 4")


def test_a_page_that_begins_with_a_reaction_does_not_hold_up_who_scrolls_on(desk: Desk, open_page: Open) -> None:
    desk.manage("seed_demo", "--conversations", "1", "--messages", "200", "--seed", "8")
    rows = desk.api("GET", "admin/conversations?limit=100")["data"]
    address = next(row["contact_id"] for row in rows if row["message_count"] > 100)
    thread = f"admin/conversations/{address}/messages"
    newest = desk.api("GET", f"{thread}?limit=50")["data"]
    about = desk.api("GET", f"{thread}?limit=50&before={newest[0]['id']}")["data"][-1]["id"]
    page = open_page("/")

    def begin_with_a_reaction(route: Route) -> None:
        asked = {name: value for name, value in route.request.headers.items() if name != "if-none-match"}
        answer = route.fetch(headers=asked)
        body = answer.json()
        body["data"][0] |= {"message_type": "reaction", "reply_to": about, "text": "👍", "media": None}
        route.fulfill(response=answer, json=body)

    page.route(re.compile(r"/messages\?limit=50$"), begin_with_a_reaction)
    page.goto(f"{desk.address}/conversations/{address}")
    expect(page.locator(f"[data-id={newest[0]['id']}]")).to_have_count(1)
    page.wait_for_function(
        """about => {
             const older = document.querySelector(`[data-id=${about}]`);
             if (!older) document.querySelector(".thread").scrollTop = 0; // again, where it went to its end
             return older;
           }""",
        arg=about,
        polling=100,
    )
    expect(page.locator(f"[data-id={newest[0]['id']}]")).to_have_count(0)  # it stands at its message now
    expect(page.locator(f"[data-id={newest[1]['id']}]")).to_be_in_viewport()
    page.wait_for_function("document.querySelector('.thread').scrollTop > 0")


def test_older_messages_come_without_moving_what_is_read(desk: Desk, open_page: Open) -> None:
    student = desk.student()
    for number in range(4):
        desk.api(
            "POST",
            f"admin/conversations/{student.number}/chat-support/send",
            json={"message": "\n".join(f"line {number}.{line}" for line in range(40))},
        )
    page = open_page(thread_of(student), height=600)
    expect(messages(page).filter(has_text="line 3.39")).to_be_visible()
    top = "document.querySelector('.thread').scrollTop"
    page.wait_for_function(f"() => {LEFT} > 800 || !({top} -= 900)", polling=100)  # it may follow the newest once more
    before = page.evaluate(top)
    student.says("Something new")
    expect(page.get_by_role("button", name="New messages")).to_be_visible()
    assert page.evaluate(top) == before
    page.get_by_role("button", name="New messages").click()
    expect(messages(page).last).to_be_in_viewport()
    expect(page.get_by_role("button", name="New messages")).to_have_count(0)


def test_a_message_is_found_by_its_words_and_shown_in_its_place(desk: Desk, open_page: Open) -> None:
    student = desk.student("Finder")  # in a chat the bot does not say the words again
    student.says("rhubarb crumble")
    page = open_page("/conversations")
    page.get_by_role("searchbox").fill("rhubarb")
    page.get_by_role("link", name=re.compile("Finder.*rhubarb crumble")).last.click()
    expect(page.locator(".is-found")).to_contain_text("rhubarb crumble")


def test_a_search_says_that_there_may_be_more_and_how_far_back_it_looked(desk: Desk, open_page: Open) -> None:
    desk.student("Com Mon").says("rutabaga")
    eventually(lambda: desk.api("GET", "admin/search?query=rutabaga")["data"])
    page = open_page("/conversations")

    def with_very_common_words(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        hits = [body["data"][0] | {"id": f"msg_{number}"} for number in range(50)]
        route.fulfill(response=answer, json=body | {"data": hits, "searched_from": "2026-01-15T12:00:00Z"})

    page.route("**/api/admin/search?*", with_very_common_words)
    page.get_by_role("searchbox").fill("rutabaga")
    expect(page.get_by_role("heading", name="The newest 50 messages found")).to_be_visible()
    expect(page.get_by_text("Looked back to 15 Jan")).to_be_visible()


def test_one_is_told_of_a_colleague_who_writes_in_the_same_chat(desk: Desk, open_page: Open) -> None:
    student = desk.student()
    page = open_page(thread_of(student))
    expect(box_of(page)).to_be_visible()
    desk.api("POST", f"admin/conversations/{student.number}/presence", json={"doing": "typing"})
    expect(page.get_by_text("musa is writing here.")).to_be_visible()
    desk.api("POST", f"admin/conversations/{student.number}/presence", json={"doing": "gone"})
    expect(page.get_by_text("musa is writing here.")).to_have_count(0)


def test_on_a_small_screen_one_panel_fills_it_and_fingers_hit_everything(desk: Desk, open_page: Open) -> None:
    student = desk.student("Small Screen")
    page = open_page("/conversations", 360, 740, has_touch=True, is_mobile=True)
    page.get_by_role("link", name=re.compile("Small Screen")).click()
    expect(box_of(page)).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    assert page.url.endswith(thread_of(student))
    assert too_small(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("searchbox")).to_be_visible()


def test_a_chat_is_answered_and_ended_by_keyboard_alone(desk: Desk, open_page: Open) -> None:
    student = desk.student("Key Board")
    page = open_page("/conversations")
    row = page.get_by_role("link", name=re.compile("Key Board"))
    row.focus()
    page.keyboard.press("Enter")
    expect(box_of(page)).to_be_focused()
    page.keyboard.type("Typed")
    page.keyboard.press("Enter")
    expect(messages(page).filter(has_text="Typed")).to_have_count(1)
    end = page.get_by_role("button", name="End Chat Support")
    end.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(end).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The bot is answering.")).to_be_visible()
    eventually(lambda: "🎧 Support Team" not in student.told()[-1])


def test_whoever_opens_a_chat_by_its_row_goes_on_in_it(desk: Desk, open_page: Open) -> None:
    desk.student("Bot Talks", in_chat=False)
    page = open_page("/conversations")
    page.get_by_role("link", name=re.compile("Bot Talks")).press("Enter")
    expect(page.get_by_role("heading", name="Bot Talks")).to_be_focused()
    page.get_by_role("searchbox").focus()
    page.reload()
    expect(page.get_by_role("heading", name="Bot Talks")).to_be_visible()
    expect(page.get_by_role("heading", name="Bot Talks")).not_to_be_focused()
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name=re.compile("Bot Talks")).press("Enter")
    expect(page.get_by_role("link", name="Back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("Bot Talks"))).to_be_focused()


def test_whoever_was_read_stays_among_the_unread_until_one_moves_on(desk: Desk, open_page: Open) -> None:
    for name in ("One", "Two"):
        desk.student(f"Read By Now {name}").says("Are you there?")
    page = open_page("/conversations")
    page.get_by_role("button", name="Unread").click()
    one, two = (page.get_by_role("link", name=re.compile(f"Read By Now {name}")) for name in ("One", "Two"))
    one.click()
    expect(page.get_by_role("heading", name="Read By Now One")).to_be_visible()
    expect(one.get_by_label(re.compile("unread"))).to_have_count(0)
    expect(one).to_be_visible()
    two.click()
    expect(one).to_have_count(0)
    expect(two).to_be_visible()


def test_words_that_wait_in_the_box_are_no_longer_being_written(desk: Desk, open_page: Open) -> None:
    student = desk.student("Half Written")
    grace, musa = open_page(thread_of(student)), open_page(thread_of(student), user="musa")
    grace.clock.install()
    grace.reload()
    expect(grace.get_by_text("musa is looking at this chat.")).to_be_visible()
    box_of(grace).fill("I shall finish this after")
    expect(musa.get_by_text("grace is writing here.")).to_be_visible()
    grace.clock.run_for(PAUSE)
    expect(musa.get_by_text("grace is looking at this chat.")).to_be_visible()
    expect(box_of(grace)).to_have_value("I shall finish this after")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_barriers(desk: Desk, open_page: Open, scheme: str) -> None:
    student = desk.student("Acc Essible")
    page = open_page(thread_of(student), color_scheme=scheme)
    expect(box_of(page)).to_be_visible()
    found = {}
    for address in (thread_of(student), "/conversations", "/dashboard", "/support-tickets", "/login"):
        page.goto(f"{desk.address}{address}")
        expect(page.get_by_role("heading").first).to_be_attached()
        found[address] = barriers(page)
    assert {address: broken for address, broken in found.items() if broken} == {}
