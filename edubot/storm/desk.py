"""Staff's half: colleagues who answer, through the JSON API, the students who asked for support.

A request that brought no answer is sent again with the same Idempotency-Key, as the console does.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from edubot.storm.meta import Heard
from edubot.storm.plan import Phase
from edubot.storm.school import Student
from edubot.storm.service import COLLEAGUES, PASSWORD
from edubot.storm.wire import BrokenError, Client

EMPTY: Mapping[str, str] = MappingProxyType({})
PAUSE = 0.3  # seconds before a request is sent again: often enough to come in early, and within the API's limits
# What staff may meet: a session that is over, a student who is not there or in no chat yet, and having asked too often.
REPLYING, LOGGING_IN = {200, 401, 404, 409, 429}, {200, 429}


class Desk:
    """Answers on `port`; `heard` is told how many replies were taken, and of answers that nobody should get."""

    def __init__(self, phase: Phase, port: int, heard: Heard) -> None:
        self._port, self._heard = port, heard
        self._ends = time.monotonic() + phase.longest + phase.patience
        self._chats: list[tuple[_Colleague, Student]] = []

    async def open(self, students: Sequence[Student]) -> None:
        """Log in while all is calm: a log-in that a death cuts short counts against the limit of failed ones."""
        names = itertools.cycle(COLLEAGUES)
        asking = [student for student in students if student.replies]
        self._chats = [(_Colleague(next(names), Client(self._port), self._heard), student) for student in asking]
        for colleague, _ in self._chats:
            await colleague.logs_in()

    async def play(self) -> None:
        """Say all replies, to each student one after the other."""
        await asyncio.gather(*(self._chat(colleague, student) for colleague, student in self._chats))

    async def _chat(self, colleague: _Colleague, student: Student) -> None:
        try:
            for number, words in enumerate(student.replies):
                key = f"{student.number[-6:]}.{number}"
                while not (self._is_asked(student) and await colleague.says(student.number, words, key=key)):
                    if time.monotonic() > self._ends:
                        self._heard.given_up += 1
                        return
                    await asyncio.sleep(PAUSE)
                self._heard.replies[student.number] += 1
        finally:
            colleague.client.close()

    def _is_asked(self, student: Student) -> bool:
        return self._heard.said[student.number] == len(student.lines)


@dataclass(slots=True)
class _Colleague:
    """A member of the team, at work on one connection; `heard` is told of what they are answered."""

    name: str
    client: Client
    heard: Heard
    _token: str = ""

    async def says(self, number: str, words: str, *, key: str) -> bool:
        """Whether the reply was taken: not while the student is not in a chat yet, or the service is away."""
        if not (self._token or await self.logs_in()):
            return False
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": key}
        status, _ = await self._ask(f"conversations/{number}/chat-support/send", {"message": words}, headers)
        self.heard.answered(status, REPLYING)
        if status == 401:
            self._token = ""
        return status == 200

    async def logs_in(self) -> bool:
        """Whether the service let us in."""
        status, content = await self._ask("login", {"username": self.name, "password": PASSWORD})
        self.heard.answered(status, LOGGING_IN)
        self._token = json.loads(content)["token"] if status == 200 else ""
        return bool(self._token)

    async def _ask(self, path: str, body: object, headers: Mapping[str, str] = EMPTY) -> tuple[int, bytes]:
        said = json.dumps(body).encode()
        try:
            return await self.client.ask(f"/api/admin/{path}", said, {"Content-Type": "application/json", **headers})
        except BrokenError:
            return 0, b""
