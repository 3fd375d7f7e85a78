"""Somebody new sets their own password, with a link that is good once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from support.audit import AuditEntry

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"
CHOSEN = {"new_password1": PASSWORD, "new_password2": PASSWORD}


@pytest.fixture
def boss() -> Client:
    """An administrator in Django admin."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def grace(boss: Client) -> User:
    """A new account."""
    answer = boss.post("/admin/auth/user/add/", {"username": "grace", "email": "grace@example.org"})
    assert answer.status_code == 302, answer.content
    return User.objects.get(username="grace")


def invited(boss: Client, user: User) -> str:
    """The path of the link that the administrator is shown."""
    chosen = {"action": "invite", "_selected_action": [user.pk]}
    page = boss.post("/admin/auth/user/", chosen, follow=True).content.decode()
    (path,) = re.findall(r"http://testserver(/admin/invitation/[\w-]+/[\w-]+/)", page)
    return str(path)


def opened(browser: Client, path: str) -> str:
    """The address of the form behind a link, which tells the token no more."""
    answer = browser.get(path)
    assert (answer.status_code, answer["Location"].endswith("/set-password/")) == (302, True)
    return str(answer["Location"])


def test_nobody_knows_a_password_before_its_owner_has_set_one(boss: Client, grace: User) -> None:
    assert not grace.has_usable_password()
    browser = Client()
    form = opened(browser, invited(boss, grace))
    assert browser.post(form, CHOSEN)["Location"] == "/admin/login/"
    grace.refresh_from_db()
    assert grace.check_password(PASSWORD)
    told = AuditEntry.objects.filter(object_id=grace.pk, object_type="auth.user").order_by("id")
    assert [(entry.username, entry.verb) for entry in told][-2:] == [
        ("boss", "user.invite"),
        ("grace", "user.password"),
    ]


def test_a_link_is_good_once(boss: Client, grace: User) -> None:
    path, browser = invited(boss, grace), Client()
    browser.post(opened(browser, path), CHOSEN)
    again = Client().get(path)
    assert again.status_code == 200
    assert 'name="new_password1"' not in again.content.decode()


def test_a_link_is_good_for_three_days(boss: Client, grace: User) -> None:
    path = invited(boss, grace)
    with time_machine.travel(timezone.now() + timedelta(days=3, hours=2)):
        assert Client().get(path).status_code == 200
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize("path", ["MQ/abc-def/", "x/x/", "MQ/set-password/", "OTk5OTk5OTk5OTk5OTk5OTk5OTk/c-d/"])
def test_a_made_up_link_sets_nothing(grace: User, path: str) -> None:
    answer = Client().post(f"/admin/invitation/{path}", CHOSEN)
    assert answer.status_code == 200
    grace.refresh_from_db()
    assert not grace.has_usable_password()


def test_a_weak_password_is_refused_there_too(boss: Client, grace: User) -> None:
    browser = Client()
    form = opened(browser, invited(boss, grace))
    assert browser.post(form, {"new_password1": "grace", "new_password2": "grace"}).status_code == 200
    grace.refresh_from_db()
    assert not grace.has_usable_password()


def test_a_change_of_ones_own_password_is_written_down(boss: Client) -> None:
    user = User.objects.get(username="boss")
    user.set_password(PASSWORD)
    user.save()
    boss.force_login(user)
    new = {"new_password1": "a quite different sentence", "new_password2": "a quite different sentence"}
    assert boss.post("/admin/password_change/", new | {"old_password": PASSWORD}).status_code == 302
    assert AuditEntry.objects.filter(username="boss", verb="user.password").count() == 1
