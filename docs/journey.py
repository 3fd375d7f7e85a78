"""A support chat over HTTP alone, from the first word to the next ticket. Beside `make run`:

EDUBOT_PASSWORD=… .venv/bin/python docs/journey.py [http://127.0.0.1:8000]
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import requests

BASE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
NUMBER = f"+23480{time.time_ns() % 10**8:08}"
ADA, TICKETS = f"/api/admin/conversations/{NUMBER}", "/api/support/tickets"
desk, phone = requests.Session(), requests.Session()


def call(who: requests.Session, method: str, path: str, **body: Any) -> Any:
    answer = who.request(method, BASE + path, json=body or None, timeout=10)
    answer.raise_for_status()
    return answer.json()


def until(who: requests.Session, path: str, seen: Callable[[Any], Any]) -> Any:
    """Ask again until something is seen. (A console need not ask: /api/admin/events tells it.)"""
    for _ in range(100):
        answer = who.get(BASE + path, timeout=10)
        if answer.ok and (found := seen(answer.json())):
            return found
        time.sleep(0.2)
    raise TimeoutError(path)


def ticket(number: int) -> str:
    data = call(desk, "GET", f"{TICKETS}/{number}")["data"]
    return f"ticket {number} {data['status']}, messages: {len(data['messages'])}"


# An agent logs in, and Ada switches her phone on: the simulator stands in for WhatsApp.
person = {"username": os.environ.get("EDUBOT_USERNAME", "admin"), "password": os.environ["EDUBOT_PASSWORD"]}
desk.headers["Authorization"] = "Bearer " + call(desk, "POST", "/api/admin/login", **person)["token"]
phone.get(f"{BASE}/simulator/", timeout=10)
phone.headers["X-CSRFToken"] = phone.cookies["csrftoken"]
number = call(phone, "POST", "/simulator/api/phones", number=NUMBER, name="Ada")["id"]
typed, screen = f"/simulator/api/phones/{number}/messages", f"/simulator/api/news?phone={number}:0"

call(phone, "POST", typed, type="text", text="support")
first = until(desk, ADA, lambda it: it["data"]["is_chat_support"] and it["data"]["ticket_id"])
print("Ada asks for a person:", ticket(first))

for _ in range(2):  # the same client_id is the same message, however often it is sent
    sent = call(desk, "POST", f"{ADA}/chat-support/send", message="Hello Ada, how can we help?", client_id="hello")
shown = until(phone, screen, lambda it: [m["text"] for m in it["phones"][0]["messages"] if "🎧" in m["text"]])
print("Her phone shows:", shown)

call(phone, "POST", typed, type="text", text="I cannot see my homework")
until(desk, f"{TICKETS}/{first}", lambda it: it["data"]["messages"][-1]["message"] == "I cannot see my homework")
print("She writes again:", ticket(first))

ended = call(desk, "POST", f"{ADA}/chat-support/end", message="Good luck with the exam!")["data"]
print("The agent ends the chat:", ended["new_state"], ended["ticket_status"])

call(phone, "POST", typed, type="text", text="support")
second = until(desk, ADA, lambda it: it["data"]["is_chat_support"] and it["data"]["ticket_id"])
print("Ada asks once more:", ticket(second), "beside", ended["ticket_id"], ended["ticket_status"])

call(phone, "POST", typed, type="text", text="end chat")
until(desk, ADA, lambda it: it["data"]["state"] == "idle")
print("She ends the chat herself:", ticket(second))

for message in call(desk, "GET", f"{ADA}/messages")["data"]:  # the history stays
    print(f"  {message['sender_type']:<5} {message['text'].splitlines()[0]}")
