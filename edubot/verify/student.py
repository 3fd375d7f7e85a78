"""A student of the play: writes by the signed webhook, and sees what the stand-in's phone gets."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from conversations.models import InboxItem
from edubot.verify.service import Client, Service
from whatsapp.simulator import payloads, shown, webhooks
from whatsapp.simulator.models import Phone

LONGEST_WAIT = 20.0  # seconds for what a worker does in milliseconds
LOOK_AGAIN = 0.02  # seconds

Json = dict[str, Any]


class UnansweredError(Exception):
    """Something that should have happened has not."""


def eventually(probe: Callable[[], Any], what: str) -> Any:
    """The first true value of `probe`, asked again and again. Raises UnansweredError."""
    deadline = time.monotonic() + LONGEST_WAIT
    while not (value := probe()):
        if time.monotonic() > deadline:
            raise UnansweredError(f"{what}: not within {LONGEST_WAIT:.0f} s")
        time.sleep(LOOK_AGAIN)
    return value


class Student:
    """One phone. `reader` looks the conversation up at the desk."""

    def __init__(self, service: Service, phone: Phone, reader: Client) -> None:
        self.phone = phone
        self.keys: list[str] = []  # the ids of all that was said
        self._service = service
        self.reader = reader
        self._last = 0

    @property
    def number(self) -> str:
        """The phone, E.164."""
        return f"+{self.phone.number}"

    @property
    def path(self) -> str:
        """The conversation's address in the API."""
        return f"admin/conversations/{self.phone.number}"

    def says(self, words: str) -> Turn:
        """Type something and wait for what the bot makes of it."""
        return self.sends("text", {"body": words})

    def taps(self, choice: str) -> Turn:
        """Tap a button or a list row, be it on the screen or scrolled away."""
        return self.heard(self.posts(self.tap(choice)))

    def tap(self, choice: str) -> Json:
        """A tap as it stands in a webhook."""
        return self.item("interactive", payloads.button_reply(choice, choice))

    def sends(self, kind: str, content: object) -> Turn:
        """Send a message of any type and wait until it is handled."""
        return self.heard(self.posts(self.item(kind, content)))

    def item(self, kind: str, content: object) -> Json:
        """A message as it stands in a webhook, with a new id."""
        return payloads.message(self.phone.sender, payloads.new_wamid(), timezone.now(), kind, content)

    def posts(self, *items: Json) -> list[str]:
        """Post messages in one webhook. Returns their ids. Raises UnansweredError unless the webhook took them."""
        wamids = [item["id"] for item in items]
        self.keys += wamids
        pairs = [(self.phone.sender, item) for item in items]
        status = self._service.webhook(payloads.messages(webhooks.line(), pairs))
        if status != 200:
            raise UnansweredError(f"the webhook answered {status}")
        return wamids

    def heard(self, wamids: list[str]) -> Turn:
        """What came of these messages, once a worker has handled them."""
        waiting = InboxItem.objects.filter(key__in=wamids, handled_at__isnull=False)
        eventually(lambda: waiting.count() == len(set(wamids)), "a worker handles the message")
        rows = self.reader.get(f"{self.path}/messages?limit=100" + (f"&after={self._last}" if self._last else ""))
        self._last = max([self._last, *(int(row["id"].removeprefix("msg_")) for row in rows)])
        return Turn(rows)

    def thread(self) -> list[Json]:
        """The newest hundred messages of the conversation, oldest first."""
        rows: list[Json] = self.reader.get(f"{self.path}/messages?limit=100")
        return rows

    def conversation(self) -> Json:
        """The conversation as the desk sees it."""
        found: Json = self.reader.get(self.path)
        return found

    @property
    def state(self) -> str:
        """Where the conversation stands."""
        return str(self.conversation()["state"])

    def screen(self) -> list[str]:
        """What the phone shows of ours, oldest first: the stand-in's own record."""
        bubbles = self.phone.bubbles.filter(from_person=False).order_by("pk")
        return [shown.text(bubble) for bubble in bubbles]

    def gets(self, words: str) -> bool:
        """Wait until the phone shows a message of ours with these words. Raises UnansweredError."""
        return bool(eventually(lambda: any(words in text for text in self.screen()), f"the phone shows {words!r}"))

    def delivered(self, message_id: str) -> Json:
        """A message of ours once its delivery is known. Raises UnansweredError."""

        def found() -> Json | None:
            rows = (row for row in self.thread() if row["id"] == message_id)
            return next((row for row in rows if row["delivery_status"] in {"delivered", "read", "failed"}), None)

        known: Json = eventually(found, "the delivery is reported")
        return known

    def registers(self, name: str) -> Turn:
        """Go through the registration."""
        for words in ("hi", name, "vera@example.org"):
            self.says(words)
        return self.says("SS2")


class Turn:
    """What stands in the thread after a student said something: their message, and our replies."""

    def __init__(self, rows: list[Json]) -> None:
        self.said = [row for row in rows if row["sender"] == "user"]
        self.replies = [row for row in rows if row["sender"] == "bot"]

    @property
    def why(self) -> Mapping[str, Any]:
        """The explanation of the last message that was said."""
        return (self.said[-1]["explanation"] or {}) if self.said else {}

    @property
    def to_state(self) -> str:
        """Where the turn led."""
        return str(self.why.get("to_state"))

    @property
    def text(self) -> str:
        """The words of all replies."""
        return "\n".join(row["text"] for row in self.replies)

    @property
    def buttons(self) -> list[Json]:
        """The choices under the last reply."""
        return list(self.replies[-1]["buttons"]) if self.replies else []

    @property
    def ids(self) -> list[str]:
        """The ids of these choices."""
        return [button["id"] for button in self.buttons]
