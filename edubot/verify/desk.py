"""What the desk promises: a person is asked for, answers, and the chat ends; the list shows it all."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from edubot.verify.checks import Check, check, holds, same
from edubot.verify.service import Client, error_code
from edubot.verify.stage import FAMILY_NAME, Stage
from edubot.verify.student import Student, eventually


def full_chat(stage: Stage) -> Iterator[Check]:
    """The whole journey of a request for a person, from both ends."""
    agent, student = stage.colleague("agent"), stage.registered("Nkechi")
    welcome = student.taps("support")
    yield holds("the student is welcomed by name", welcome.text, "Hi Nkechi! 💬")
    yield holds("and connected", welcome.text, "You are now connected to our support team!")
    ticket_id = student.conversation()["ticket_id"]
    yield same("a ticket is open", agent.get(f"support/tickets/{ticket_id}")["status"], "OPEN")
    first = student.says("My homework is gone.")
    yield holds("the first message is acknowledged", first.text, "Your message has been sent to support.")
    sent = agent.post(f"{student.path}/chat-support/send", {"message": "Which subject?"})
    yield same("an answer is queued, without its prefix", sent["text"], "Which subject?")
    yield check("and reaches the phone", student.gets("🎧 Support Team: Which subject?"))
    yield check("and its arrival is shown", student.delivered(sent["id"])["delivery_status"] in {"delivered", "read"})
    ticket = agent.get(f"support/tickets/{ticket_id}")
    yield same("the ticket is in progress", ticket["status"], "IN_PROGRESS")
    yield check("and belongs to who answered", ticket["assigned_admin_id"], ticket["assigned_to"])
    yield check("the first response is stamped", ticket["first_response_at"])
    follow_up = student.says("Physics, from Monday.")
    yield same("what the student adds stays in the ticket", student.conversation()["ticket_id"], ticket_id)
    told = [row["message"] for row in agent.get(f"support/tickets/{ticket_id}")["messages"]]
    yield same("the ticket's thread has all of it", told[-1], follow_up.said[-1]["text"])
    ended = agent.post(f"{student.path}/chat-support/end", {"message": "Found it. Bye!"})
    yield same("the chat ends", (ended["new_state"], ended["ticket_status"]), ("IDLE", "CLOSED"))
    yield check("with the closing words", student.gets("Found it. Bye!"))
    yield check("history stays", len(student.thread()) >= len(told))
    student.says("agent")
    yield check("a new request opens a new ticket", student.conversation()["ticket_id"] not in {None, ticket_id})


def chat_detection(stage: Stage) -> Iterator[Check]:
    """A chat shows at once, in the list, the banner and the conversation."""
    agent, student = stage.colleague("agent"), stage.registered()
    before = _banner(agent)
    yield check("no chat before it is asked for", student.conversation()["is_chat_support"] is False)
    student.says("I want to talk to someone")
    seen = student.conversation()
    yield same("the conversation says so", (seen["is_chat_support"], seen["is_active"]), (True, True))
    yield check("the list of live chats has it", student.number in _numbers(agent, "chat_support=true"))
    now = _banner(agent)
    yield check("the banner counts it", now["active_chats"] > before["active_chats"], now)
    yield check("as unassigned", now["unassigned_tickets"] > before["unassigned_tickets"], now)
    yield check("and alerts", now["has_alerts"] is True)
    student.taps("end_chat")
    yield check("afterwards it is gone from the list", student.number not in _numbers(agent, "chat_support=true"))


def end_chat(stage: Stage) -> Iterator[Check]:
    """A chat ends from either side, once, and by nothing else."""
    agent = stage.colleague("agent")
    student = stage.registered("Nkechi")
    student.says("support")
    stays = student.says("is the closest school near?")
    yield same("a word that holds 'close' ends nothing", stays.to_state, "chat_support_active")
    stray = student.taps("homework")
    yield same("nor does another button", stray.to_state, "chat_support_active")
    left = student.taps("end_chat")
    yield same("the button does", left.to_state, "idle")
    yield holds("and greets with the menu", left.text, "What would you like to do?")
    lead = stage.student()
    lead.says("hi")
    lead.says("support")
    yield same("a lead is invited to register", lead.says("done").ids, ["register", "faq", "support"])
    yield same("outside a chat there is nothing to end", _end(agent, student), (409, "CHAT_NOT_ACTIVE"))
    yield from _both_at_once(stage, agent)


def _both_at_once(stage: Stage, agent: Client) -> Iterator[Check]:
    student = stage.registered()
    student.says("support")
    ticket_id = student.conversation()["ticket_id"]
    with ThreadPoolExecutor(2) as pool:
        theirs = pool.submit(student.posts, student.tap("end_chat"))
        ours = pool.submit(_end, agent, student)
        left, (status, _) = student.heard(theirs.result()), ours.result()
    yield check("both at once is one ending", status in {200, 409}, status)
    ticket = agent.get(f"support/tickets/{ticket_id}")
    yield same("with one closed ticket", (ticket["status"], student.state), ("CLOSED", "idle"))
    by_staff = sum("chat session has ended" in row["text"] for row in student.thread())
    yield same("told once", by_staff + (left.why.get("rule") == "chat_left"), 1)


def conversation_list(stage: Stage) -> Iterator[Check]:
    """The list: newest first, found by phone and name, counted, page by page."""
    agent = stage.colleague("agent")
    first, second = stage.registered("Amina"), stage.registered("Bola")
    first.says("menu")
    numbers = _numbers(agent, "limit=100")
    places = [numbers.index(student.number) for student in (first, second)]
    yield check("the newest message comes first", places[0] < places[1], places)
    yield same("the last digits find a phone", _numbers(agent, f"search={first.phone.number[-6:]}"), [first.number])
    found = _numbers(agent, f"search=Bola%20{FAMILY_NAME}")
    yield same("a name finds its person", found, [second.number])
    yield check("unread messages are counted", first.conversation()["unread_count"] > 0)
    agent.patch(first.path, {"read": True})
    yield same("and read ones are not", first.conversation()["unread_count"], 0)
    page = agent.ask("GET", "admin/conversations?limit=1").json()
    cursor = agent.ask("GET", "admin/conversations", params={"limit": 1, "cursor": page["next"]}).json()
    there = [row["contact_id"] for row in page["data"] + cursor["data"]]
    yield same("a page follows a page without repeating", len(set(there)), 2)


def ticket_statuses(stage: Stage) -> Iterator[Check]:
    """What may follow what in a ticket; played with the transitions."""
    agent, student = stage.colleague("agent"), stage.registered()
    student.says("support")
    path = f"support/tickets/{student.conversation()['ticket_id']}"
    for status in ("IN_PROGRESS", "RESOLVED"):
        yield same(f"a ticket becomes {status}", agent.patch(path, {"status": status})["status"], status)
    illegal = agent.ask("PATCH", path, {"status": "OPEN"})
    yield same("but never OPEN again", (illegal.status_code, error_code(illegal)), (409, "INVALID_TRANSITION"))
    student.says("It is still broken.")
    reopened = eventually(lambda: agent.get(path)["status"] == "IN_PROGRESS", "the ticket is reopened")
    yield check("the student's next word reopens it", reopened)
    yield same("and it is closed", agent.patch(path, {"status": "CLOSED"})["status"], "CLOSED")
    yield same("which ends the chat", student.state, "idle")


def _banner(client: Client) -> dict[str, Any]:
    return dict(client.get("support/notifications"))


def _numbers(client: Client, query: str) -> list[str]:
    return [row["phone_number"] for row in client.get(f"admin/conversations?{query}")]


def _end(client: Client, student: Student) -> tuple[int, str]:
    answer = client.ask("POST", f"{student.path}/chat-support/end")
    return answer.status_code, error_code(answer)
