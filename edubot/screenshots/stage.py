"""What stands on the phones and in the newest chat: three students write through the real webhook, the team answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import requests

from edubot.demo import media
from edubot.processes import eventually
from edubot.screenshots.service import STAFF, Service

PATIENCE = 30.0  # seconds for one step of a conversation
TIMEOUT = 20.0
ADA, KOFI, ZAINAB = "+2348030000001", "+2348030000002", "+2348030000003"

_HANDS_IN = ("homework", "Biology", "text", "Why are leaves green, and not blue?")


class Stage:
    """The service seen from both ends: by who holds a phone, and by the administrator."""

    def __init__(self, service: Service) -> None:
        self._address = service.address
        self._phone, self._staff = requests.Session(), requests.Session()
        self._phone.get(f"{self._address}/simulator/", timeout=TIMEOUT)  # for its cookie
        who = {"username": STAFF, "password": service.password}
        self._staff.headers["Authorization"] = f"Bearer {self.staff('POST', 'admin/login', json=who)['token']}"

    def staff(self, method: str, path: str, **body: Any) -> Any:
        """Ask the API as the administrator."""
        return _answer(self._staff.request(method, f"{self._address}/api/{path}", timeout=TIMEOUT, **body))

    def phone(self, method: str, path: str, **body: Any) -> Any:
        """Ask the phones' page as its script does."""
        headers = {"X-CSRFToken": self._phone.cookies.get("csrftoken", ""), "Referer": self._address}
        address = f"{self._address}/simulator/api/{path}"
        return _answer(self._phone.request(method, address, headers=headers, timeout=TIMEOUT, **body))

    def add(self, number: str, name: str) -> int:
        """Put a phone on the table; its id."""
        added: int = self.phone("POST", "phones", json={"number": number, "name": name})["id"]
        return added

    def converse(self, phone: int, lines: Sequence[str]) -> None:
        """Type the lines, each after the bot's answer to the one before."""
        for line in lines:
            before = len(self._told(phone))
            self.phone("POST", f"phones/{phone}/messages", json={"type": "text", "text": line})
            eventually(lambda before=before: len(self._told(phone)) > before, line, PATIENCE)  # type: ignore[misc]

    def says(self, phone: int, number: str, text: str, photo: bytes | None = None) -> None:
        """Write to the team, and wait until it stands there; with a photo, `text` is what stands below it."""
        path = f"phones/{phone}/messages"
        if photo:
            form = {"type": "file", "kind": "image", "caption": text}
            self.phone("POST", path, data=form, files={"file": ("page.jpg", photo, "image/jpeg")})
        else:
            self.phone("POST", path, json={"type": "text", "text": text})
        thread = f"admin/conversations/{number}/messages"
        eventually(lambda: text in str(self.staff("GET", thread)), text, PATIENCE)

    def answers(self, phone: int, number: str, text: str) -> None:
        """Answer as the administrator, and wait until it stands on the phone."""
        self.staff("POST", f"admin/conversations/{number}/chat-support/send", json={"message": text})
        eventually(lambda: text in str(self._told(phone)), text, PATIENCE)

    def _told(self, phone: int) -> list[Any]:
        changed = self.phone("GET", f"news?phone={phone}:0")["phones"]
        return [one for one in changed[0]["messages"] if not one["mine"]] if changed else []


def _answer(answer: requests.Response) -> Any:
    answer.raise_for_status()
    return answer.json()


def _registers(name: str, mail: str, grade: str) -> tuple[str, ...]:
    return ("hi", name, f"{mail}@example.com", grade)


def play(service: Service, say: Callable[[str], None]) -> None:
    """Three students: one at the menu, one whose homework is handed in, and one who waits for the team's next word."""
    stage = Stage(service)
    say("a student talks to the team")
    ada = stage.add(ADA, "Ada Obi")
    stage.converse(ada, (*_registers("Ada Obi", "ada.obi", "SS2"), "support"))
    stage.converse(ada, ["Good morning! Has my photo of question 2 arrived? I sent it last night."])
    stage.answers(ada, ADA, "Good morning Ada! It has not. Could you send it once more, here in the chat?")
    stage.says(ada, ADA, "Here it is. I got stuck in the second line.", media.drawn()["worksheet.jpg"])
    stage.answers(ada, ADA, "Thank you, that is easy to read. What do you get when you add *9* on both sides?")
    stage.says(ada, ADA, "Oh! 5x = 25, so x is 5?")
    stage.staff("PATCH", f"admin/conversations/{ADA}", json={"labels": ["algebra", "exam in June"]})
    stage.staff("POST", f"admin/conversations/{ADA}/notes", json={"message": "Prefers hints to answers."})
    say("two more talk to the bot")
    kofi = stage.add(KOFI, "Kofi Mensah")
    stage.converse(kofi, (*_registers("Kofi Mensah", "kofi", "JSS3"), *_HANDS_IN))
    zainab = stage.add(ZAINAB, "Zainab Musa")
    stage.converse(zainab, (*_registers("Zainab Musa", "zainab", "SS1"), "menu"))
