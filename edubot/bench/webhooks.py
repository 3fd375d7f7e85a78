"""Signed webhooks as Meta sends them: texts of invented students."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

from edubot.bench import environment, load
from whatsapp import signature

PATH = "/api/webhook/whatsapp"
FIRST = 2349000000000


def phone(number: int) -> str:
    """The address of student `number`."""
    return str(FIRST + number)


class Webhooks:
    """Posts signed with `secret`; every message has an id that nobody used before."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._ids = (f"wamid.{uuid.uuid4().hex[:12]}{number}" for number in itertools.count())

    def text(self, sender: str, words: str) -> dict[str, Any]:
        """A text message of this person's."""
        return self._message(sender, type="text", text={"body": words})

    def tap(self, sender: str, button: str, title: str) -> dict[str, Any]:
        """A tapped reply button."""
        reply = {"type": "button_reply", "button_reply": {"id": button, "title": title}}
        return self._message(sender, type="interactive", interactive=reply)

    def _message(self, sender: str, **content: Any) -> dict[str, Any]:
        return {"from": sender, "id": next(self._ids), "timestamp": str(int(time.time())), **content}

    def post(self, *messages: dict[str, Any]) -> bytes:
        """One POST with these messages, as it goes over the wire."""
        people = {message["from"] for message in messages}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550000000", "phone_number_id": environment.NUMBER},
            "contacts": [{"wa_id": one, "profile": {"name": "Ada"}} for one in sorted(people)],
            "messages": list(messages),
        }
        entry = {"id": environment.ACCOUNT, "changes": [{"field": "messages", "value": value}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        headers = {"Content_Type": "application/json", "X_Hub_Signature_256": signature.sign(body, self._secret)}
        return load.http("POST", PATH, body, **headers)

    def posts(self, size: int = 1, people: int = 10_000) -> Iterator[bytes]:
        """Endless posts of `size` messages each, from so many people in turn."""
        senders = itertools.cycle(range(people))
        while True:
            yield self.post(*(self.text(phone(next(senders)), "hi") for _ in range(size)))
