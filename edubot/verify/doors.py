"""What stands at the doors: the JSON API, WhatsApp's webhook and client, errors, security, and pages on a phone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from django.conf import settings

from edubot.verify.checks import Check, check, holds, same
from edubot.verify.service import Client, error_code
from edubot.verify.stage import Stage
from edubot.verify.student import eventually
from whatsapp.simulator import payloads, webhooks
from whatsapp.simulator.models import Phone
from whatsapp.simulator.webhooks import PATH

PAGES = (f"/{settings.ADMIN_PATH}login/", "/api/docs/", "/login", "/dashboard", "/conversations", "/support-tickets")
_UNKNOWN = "admin/conversations/2349990000"


def api(stage: Stage) -> Iterator[Check]:
    """The envelope, and a real status code for each mistake."""
    agent = stage.colleague("agent")
    fine = agent.ask("GET", "support/notifications").json()
    yield same(
        "a success has its envelope", (fine["status"], "message" in fine, "data" in fine), ("success", True, True)
    )
    for name, method, path, body, status in (
        ("an unknown phone is 404", "GET", _UNKNOWN, None, 404),
        ("a malformed phone is 404", "GET", "admin/conversations/abc", None, 404),
        ("an unknown path is 404", "GET", "admin/nothing-here", None, 404),
        ("a wrong method is 405", "DELETE", "admin/conversations", None, 405),
        ("a wrong parameter is 422", "GET", "admin/conversations?limit=0", None, 422),
        ("a missing field is 422", "POST", "support/tickets", {}, 422),
        ("what a role may not is 403", "POST", "admin/canned-replies", {"shortcut": "x", "title": "x"}, 403),
    ):
        answer = agent.ask(method, path, body)
        yield same(name, (answer.status_code, answer.json()["status"]), (status, "error"))
        yield check(f"{name}, with a code", error_code(answer), answer.text)
    broken = agent.ask("POST", "support/tickets", data=b"{", headers={"Content-Type": "application/json"})
    yield same("unreadable JSON is 400", broken.status_code, 400)
    schema = agent.ask("GET", "schema/")
    yield check("the schema names the endpoints", b"/api/admin/conversations" in schema.content, schema.status_code)
    yield same("what is polled is cheap", _polled(agent, "support/tickets?limit=1"), 304)
    yield from _safe_to_repeat(stage, agent)


def _polled(agent: Client, path: str) -> int:
    """The status of a second look. Where something happened between the two, a few more: the service is at work."""
    looked = agent.ask("GET", path)
    for _ in range(5):
        looked = agent.ask("GET", path, headers={"If-None-Match": looked.headers.get("ETag", "")})
        if looked.status_code == 304:
            break
    return looked.status_code


def _safe_to_repeat(stage: Stage, agent: Client) -> Iterator[Check]:
    student = stage.registered()
    student.says("support")
    body = {"message": "Once.", "client_id": secrets.token_hex(8)}
    sent = [agent.post(f"{student.path}/chat-support/send", body)["id"] for _ in range(2)]
    yield same("a send that is repeated is one message", len(set(sent)), 1)
    student.gets("🎧 Support Team: Once.")
    yield same("and arrives once", sum("Once." in text for text in student.screen()), 1)


def whatsapp(stage: Stage) -> Iterator[Check]:
    """The webhook's handshake and signature, and what really stands on the phone."""
    service = stage.service
    asked = {
        "hub.mode": "subscribe",
        "hub.verify_token": settings.WHATSAPP_VERIFY_TOKEN,
        "hub.challenge": "1158201444",
    }
    shaken = service.request("GET", PATH, params=asked)
    yield same("the handshake gives the challenge back", (shaken.status_code, shaken.text), (200, "1158201444"))
    wrong = service.request("GET", PATH, params=asked | {"hub.verify_token": "wrong"})
    yield same("with a wrong token it is 403", wrong.status_code, 403)
    student = stage.registered()
    pair = [(student.phone.sender, student.item("text", {"body": "forged"}))]
    body = payloads.encode(payloads.messages(webhooks.line(), pair))
    for name, signature in (("no signature", ""), ("a wrong signature", payloads.signature("not the secret", body))):
        yield same(f"{name} is 401", service.webhook(body, signature), 401)
    turn = student.says("menu")
    yield check("nothing forged is in the thread", "forged" not in [row["text"] for row in student.thread()])
    yield check("the phone shows what the thread shows", student.gets(turn.text))
    yield check("and reports it delivered", student.delivered(turn.replies[-1]["id"])["delivery_status"] != "failed")
    batch = [student.item("text", {"body": words}) for words in ("help", "menu")]
    both = student.heard(student.posts(*batch))
    rules = [row["explanation"]["rule"] for row in both.said]
    yield same("a batch is taken in its order", rules, ["help", "main_menu"])
    quiet = student.sends("reaction", {"message_id": student.keys[-1], "emoji": "👍"})
    yield same("a reaction is not answered", quiet.replies, [])


def errors(stage: Stage) -> Iterator[Check]:
    """What goes wrong is kept, shown in plain words, and can be tried again."""
    garbage = f"not JSON {secrets.token_hex(8)}".encode()
    stage.posts.append(garbage)
    yield same("signed content that nobody can read is taken", stage.service.webhook(garbage), 200)
    agent, student = stage.colleague("agent"), stage.registered()
    good = student.item("text", {"body": "menu"})
    bad: dict[str, Any] = {"id": payloads.new_wamid(), "type": ["text"]}
    mixed = payloads.messages(webhooks.line(), [(student.phone.sender, good)])
    mixed["entry"][0]["changes"][0]["value"]["messages"].insert(0, bad)
    yield same("a bad item does not drop its neighbour", stage.service.webhook(mixed), 200)
    student.keys += [str(good["id"]), str(bad["id"])]
    yield same("which is answered", student.heard([good["id"]]).why.get("rule"), "main_menu")
    student.says("support")
    Phone.objects.filter(pk=student.phone.pk).update(faults={"answer": "rejected", "code": 131026})
    sent = agent.post(f"{student.path}/chat-support/send", {"message": "Do you read me?"})
    failed = student.delivered(sent["id"])
    yield same("a message that WhatsApp refuses has failed", failed["delivery_status"], "failed")
    error = failed["error"] or {}
    yield same("with Meta's code", error.get("code"), 131026)
    yield check("in plain words and with advice", error.get("message") and error.get("hint"), error)
    yield check("it may be sent again", failed["retry_possible"] is True)
    Phone.objects.filter(pk=student.phone.pk).update(faults={})
    agent.post(f"admin/messages/{sent['id']}/retry")
    yield check("and then arrives", student.gets("Do you read me?"))
    again = eventually(
        lambda: agent.ask("POST", f"admin/messages/{sent['id']}/retry").status_code == 409, "the message is delivered"
    )
    yield check("what has arrived is not sent again", again)


HOSTILE = '<img src=x onerror="alert(1)"> {{7*7}} \' OR 1=1; -- \u202e'


def security(stage: Stage) -> Iterator[Check]:
    """Nobody comes in without a key, roles hold, and foreign text stays text."""
    service, reader = stage.service, stage.colleague()
    for name, client in (("no token", Client(service)), ("a garbage token", Client(service, "a.b.c"))):
        answer = client.ask("GET", "admin/conversations")
        yield same(f"{name} is 401", (answer.status_code, error_code(answer) != ""), (401, True))
    wrong = Client(service).ask("POST", "admin/login", {**reader.account, "password": "wrong"})
    yield same("a wrong password is 401", wrong.status_code, 401)
    reader.log_in()  # and the failure counts no more
    student = stage.registered()
    student.says("support")
    refused = reader.ask("POST", f"{student.path}/chat-support/send", {"message": "x"})
    yield same("who may only read cannot answer", (refused.status_code, error_code(refused)), (403, "FORBIDDEN"))
    student.says(HOSTILE)
    answer = reader.ask("GET", f"{student.path}/messages")
    yield same("hostile text stays as it was", answer.json()["data"][-2]["text"], HOSTILE)
    yield holds("and is served as JSON", answer.headers["Content-Type"], "application/json")
    yield holds("that nobody keeps", answer.headers.get("Cache-Control"), "no-store")
    for page in PAGES:
        head = service.request("GET", page).headers
        policy = head.get("Content-Security-Policy", "")
        yield check(f"{page} has a strict policy", "default-src 'self'" in policy and "unsafe" not in policy, policy)
        yield same(f"{page} is not sniffed", head.get("X-Content-Type-Options"), "nosniff")
    inside = service.request("GET", f"/{settings.ADMIN_PATH}")
    yield same("Django admin asks who is there", inside.status_code, 302)
    ended = stage.colleague("agent")
    ended.ask("POST", "admin/logout", {"everywhere": True})
    yield same("after a log-out everywhere a token is dead", ended.ask("GET", "admin/me").status_code, 401)


class _Head(HTMLParser):
    """What a page says about small screens, and the styles it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.viewport = ""
        self.styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what matters here."""
        named = dict(attrs)
        if tag == "meta" and named.get("name") == "viewport":
            self.viewport = named.get("content") or ""
        if tag == "link" and "stylesheet" in (named.get("rel") or ""):
            self.styles.append(named.get("href") or "")


def mobile(stage: Stage) -> Iterator[Check]:
    """Each page is made for a phone's screen too."""
    for page in PAGES:
        answer = stage.service.request("GET", page)
        yield same(f"{page} is there", answer.status_code, 200)
        head = _Head()
        head.feed(answer.text)
        yield holds(f"{page} fits the width of the screen", head.viewport, "width=device-width")
        yield check(f"{page} lets people zoom", "user-scalable=no" not in head.viewport.replace(" ", ""), head.viewport)
        found = [stage.service.request("GET", style).status_code for style in head.styles]
        yield check(f"{page} has all its styles", found and set(found) == {200}, found)
