"""Phones, and Meta's address as our client sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from whatsapp.simulator import phones
from whatsapp.simulator.models import Phone

JSON = dict[str, Any]
GRAPH = f"/simulator/graph/v25.0/{settings.WHATSAPP_PHONE_NUMBER_ID}"
BEARER = {"Authorization": f"Bearer {settings.WHATSAPP_ACCESS_TOKEN}"}


@dataclass
class Graph:
    """The Graph API as a client calls it; the answer of every call is (HTTP status, JSON)."""

    client: Client

    def send(self, phone: Phone, kind: str = "text", content: object = None, **more: object) -> tuple[int, JSON]:
        """Send a message to a phone; a short text unless told otherwise."""
        to = {"to": f"+{phone.number}"} if "recipient" not in more else {}
        body = {"messaging_product": "whatsapp", **to, "type": kind, kind: content or {"body": "Hello"}, **more}
        return self.post("messages", body)

    def raw(self, phone: Phone) -> Any:
        """Send a short text and hand back the answer as it came, readable or not."""
        body = {"messaging_product": "whatsapp", "to": f"+{phone.number}", "type": "text", "text": {"body": "Hello"}}
        return self.client.post(f"{GRAPH}/messages", json.dumps(body), content_type="application/json", headers=BEARER)

    def post(self, path: str, body: object) -> tuple[int, JSON]:
        """POST JSON to an edge of our number."""
        answer = self.client.post(f"{GRAPH}/{path}", json.dumps(body), content_type="application/json", headers=BEARER)
        return answer.status_code, answer.json()

    def code(self, answer: tuple[int, JSON]) -> int:
        """The error code in an answer; 0 where there is none."""
        return int(answer[1].get("error", {}).get("code", 0))


@pytest.fixture(autouse=True)
def simulated(settings: Settings) -> None:
    """The service talks to the stand-in, as in development."""
    settings.WHATSAPP_API_URL = "http://127.0.0.1:8000/simulator/graph"


@pytest.fixture
def graph(client: Client) -> Graph:
    """The stand-in, called as our client calls Meta."""
    return Graph(client)


@pytest.fixture
def ada(db: None) -> Phone:
    """A phone whose owner has just written, so that the 24-hour window is open."""
    phone = phones.add("+234 803 000 0001", "Ada Obi")
    phones.say_text(phone.pk, "Hi")
    return Phone.objects.get(pk=phone.pk)


@pytest.fixture
def zainab(db: None) -> Phone:
    """A phone whose owner has never written."""
    return phones.add("+234 803 000 0002", "Zainab Musa")


@pytest.fixture
def page(client: Client) -> Callable[..., tuple[int, JSON]]:
    """The page's JSON API: `page(method, path, body)` answers (HTTP status, JSON)."""

    def call(method: str, path: str, body: object = None) -> tuple[int, JSON]:
        data = "" if body is None else json.dumps(body)
        answer = client.generic(method, f"/simulator/api/{path}", data, content_type="application/json")
        return answer.status_code, answer.json()

    return call
