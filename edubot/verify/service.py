"""The running service as its clients see it: webhook, JSON API, pages. Nothing here looks into the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from django.conf import settings

from whatsapp.simulator import payloads
from whatsapp.simulator.webhooks import PATH, new_session

TIMEOUT = 30.0  # seconds


@dataclass
class Service:
    """A service at `base`, such as http://127.0.0.1:8000."""

    base: str
    session: requests.Session = field(default_factory=new_session)

    def request(self, method: str, path: str, **more: Any) -> requests.Response:
        """One request; redirects are told, not followed."""
        return self.session.request(method, self.base + path, timeout=TIMEOUT, allow_redirects=False, **more)

    def webhook(self, payload: Mapping[str, Any] | bytes, signature: str | None = None) -> int:
        """Post a webhook, signed as Meta signs it unless a `signature` is given. Returns the status."""
        body = payload if isinstance(payload, bytes) else payloads.encode(payload)
        signed = payloads.signature(settings.WHATSAPP_APP_SECRETS[0], body) if signature is None else signature
        headers = {"Content-Type": "application/json"} | ({"X-Hub-Signature-256": signed} if signed else {})
        return self.request("POST", PATH, data=body, headers=headers).status_code


@dataclass
class Client:
    """Somebody who speaks to the JSON API, with an access token or without."""

    service: Service
    token: str = ""
    account: Mapping[str, str] = field(default_factory=dict)  # what the log-in takes

    def log_in(self) -> None:
        """Log in, by the real log-in. Raises RefusedError."""
        self.token = self.data("POST", "admin/login", self.account)["access"]

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """One request below `/api/`."""
        headers = more.pop("headers", {}) | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        if body is not None:
            more["json"] = body
        return self.service.request(method, f"/api/{path}", headers=headers, **more)

    def data(self, method: str, path: str, body: Any = None) -> Any:
        """The `data` of an answer that must be a success. Raises RefusedError."""
        answer = self.ask(method, path, body)
        if not answer.ok:
            raise RefusedError(f"{method} {path.partition('?')[0]} answered {answer.status_code}: {error_code(answer)}")
        return answer.json()["data"]

    def get(self, path: str) -> Any:
        """The `data` of a GET."""
        return self.data("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        """The `data` of a POST."""
        return self.data("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        """The `data` of a PATCH."""
        return self.data("PATCH", path, body)


class RefusedError(Exception):
    """The API refused what a play cannot go on without."""


def error_code(answer: requests.Response) -> str:
    """The `error_code` of an answer, or "" where it has none."""
    try:
        return str(answer.json().get("error_code", ""))
    except (ValueError, AttributeError):
        return ""
