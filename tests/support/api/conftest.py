"""People of the desk who speak to the API over HTTP, logged in by the real log-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from support.models import SupportTicket
from tests.conversations.conftest import Phone

if TYPE_CHECKING:
    from tests.support.api.desk import Desk

PASSWORD = "correct horse battery staple"

Answer = Any  # Django's test response, which knows json()
ClientFor = Callable[[User], "Api"]


@dataclass
class Api:
    """A program that speaks JSON to the API, with an access token or without."""

    token: str | None = None
    http: Client = field(default_factory=Client)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request. `body` is sent as JSON, bytes as they are; `headers`: `if_none_match="…"`."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named.setdefault("authorization", f"Bearer {self.token}")
        kind = named.pop("content-type", "application/json")
        return self.http.generic(method, path, data, content_type=kind, headers=named)

    def get(self, path: str, **headers: str) -> Answer:
        """GET."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """POST."""
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Answer:
        """PUT."""
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Answer:
        """PATCH."""
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        """DELETE."""
        return self.send("DELETE", path, **headers)


@pytest.fixture(autouse=True)
def _quick_hashing(settings: Settings) -> None:
    """Argon2 is slow on purpose; here many people log in."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def make_user(username: str, *groups: str, **fields: Any) -> User:
    """Somebody with the password of these tests."""
    user = User.objects.create_user(username, password=PASSWORD, **fields)
    user.groups.set([Group.objects.get_or_create(name=name)[0] for name in groups])
    return user


def log_in(username: str, password: str = PASSWORD, *, api: Api | None = None, **headers: str) -> Answer:
    """The answer to a log-in."""
    return (api or Api()).post("/api/admin/login", {"username": username, "password": password}, **headers)


@pytest.fixture
def api(db: None) -> Api:
    """A program without a token."""
    return Api()


@pytest.fixture
def nobody(db: None) -> User:
    """A user who is not of the team."""
    return make_user("nobody")


@pytest.fixture
def reader(db: None) -> User:
    """Staff in neither group: may read."""
    return make_user("reader", is_staff=True)


@pytest.fixture
def agent(db: None) -> User:
    """An agent."""
    return make_user("grace", "agent", is_staff=True, first_name="Grace", last_name="Ade")


@pytest.fixture
def other_agent(db: None) -> User:
    """A colleague."""
    return make_user("tunde", "agent", is_staff=True)


@pytest.fixture
def supervisor(db: None) -> User:
    """A supervisor."""
    return make_user("sola", "supervisor", is_staff=True)


@pytest.fixture
def admin(db: None) -> User:
    """An administrator."""
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def client_for() -> ClientFor:
    """A function that logs somebody in and gives a program with their access token."""

    def client(user: User) -> Api:
        answer = log_in(user.username)
        assert answer.status_code == 200, answer.content
        return Api(answer.json()["access"])

    return client


@pytest.fixture
def deactivated(agent: User, client_for: ClientFor) -> Api:
    """An agent who was logged in when the account was closed."""
    found = client_for(agent)
    agent.is_active = False
    agent.save()
    return found


@pytest.fixture
def desk(  # noqa: PLR0917
    ticket: SupportTicket,
    phone: Phone,
    admin: User,
    agent: User,
    reader: User,
    other_agent: User,
    client_for: ClientFor,
) -> Desk:
    """One of each role around a student in a live chat."""
    from tests.support.api.desk import Desk
    from tests.support.api.world import make_world  # both are built on what stands here

    people = {"admin": client_for(admin), "agent": client_for(agent), "reader": client_for(reader)}
    world = make_world(ticket, phone, admin)
    return Desk(world, **people, boss=admin, colleague=other_agent, ticket=ticket)
