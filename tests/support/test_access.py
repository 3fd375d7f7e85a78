"""Who may act on whose chats, as rules: the API, the console and Django admin all ask the same."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User

from conversations.models import Contact, Conversation
from support import access
from support.access import Right, Role
from support.errors import AssignedToOther, Forbidden
from support.models import SupportTicket

pytestmark = pytest.mark.django_db


def member(username: str, *groups: str, **fields: bool) -> User:
    """Somebody in these groups."""
    user = User.objects.create(username=username, **fields)
    user.groups.set([Group.objects.get_or_create(name=name)[0] for name in groups])
    return user


@pytest.fixture
def team() -> dict[str, User]:
    """One of each, and an agent's colleague."""
    return {
        "reader": member("reader", is_staff=True),
        "agent": member("agent", "agent", is_staff=True),
        "colleague": member("colleague", "agent", is_staff=True),
        "supervisor": member("supervisor", "supervisor", is_staff=True),
        "both": member("both", "agent", "supervisor", is_staff=True),
        "admin": member("admin", is_superuser=True, is_staff=True),
        "customer": member("customer"),
        "not staff": member("not staff", "agent"),
        "gone": member("gone", "supervisor", is_staff=True, is_superuser=True, is_active=False),
    }


def ticket_of(holder: User | None) -> SupportTicket:
    """A ticket that this person has."""
    conversation = Conversation.objects.create(contact=Contact.objects.create(phone="+2348012345678"))
    return SupportTicket.objects.create(conversation=conversation, assigned_admin=holder)


@pytest.mark.parametrize(
    ("who", "role"),
    [
        ("reader", Role.READER),
        ("agent", Role.AGENT),
        ("supervisor", Role.SUPERVISOR),
        ("both", Role.SUPERVISOR),
        ("admin", Role.ADMIN),
        ("customer", None),
        ("not staff", None),
        ("gone", None),
    ],
)
def test_everybody_has_the_role_of_their_group(team: dict[str, User], who: str, role: Role | None) -> None:
    assert access.role_of(team[who]) == role
    assert access.role_of(access.with_groups(User.objects.all()).get(pk=team[who].pk)) == role


@pytest.mark.parametrize("user", [None, AnonymousUser()])
def test_who_is_not_logged_in_has_no_right(user: AnonymousUser | None) -> None:
    assert access.rights_of(user) == frozenset()
    with pytest.raises(Forbidden):
        access.require(user, Right.READ)


def test_a_right_that_nobody_has_thought_of_is_nobodys(team: dict[str, User]) -> None:
    assert not access.may(team["admin"], "launch")
    assert set(access.LEAST) == set(Right)


def test_other_groups_give_nothing(team: dict[str, User]) -> None:
    team["reader"].groups.add(Group.objects.create(name="admin"), Group.objects.create(name="Supervisor"))
    assert access.role_of(team["reader"]) == Role.READER


@pytest.mark.parametrize(
    ("who", "holder", "take", "refusal"),
    [
        ("agent", None, False, None),
        ("agent", "agent", False, None),
        ("agent", "colleague", False, AssignedToOther),
        ("agent", "colleague", True, None),
        ("supervisor", "colleague", False, None),
        ("admin", "colleague", False, None),
        ("reader", None, False, Forbidden),
        ("reader", None, True, Forbidden),
        ("customer", None, False, Forbidden),
        ("gone", "gone", False, Forbidden),
    ],
)
def test_acting_on_a_chat(
    team: dict[str, User], who: str, holder: str | None, take: bool, refusal: type[Exception] | None
) -> None:
    ticket = ticket_of(team[holder] if holder else None)
    if refusal is None:
        access.check_own(team[who], ticket, take=take)
        return
    with pytest.raises(refusal):
        access.check_own(team[who], ticket, take=take)


@pytest.mark.parametrize(
    ("who", "change", "take", "refusal"),
    [
        ("agent", (None, "agent"), False, None),
        ("agent", ("agent", None), False, None),
        ("agent", ("colleague", "agent"), True, None),
        ("agent", ("colleague", "agent"), False, AssignedToOther),
        ("agent", (None, "colleague"), False, Forbidden),
        ("agent", ("agent", "colleague"), False, Forbidden),
        ("agent", ("colleague", None), False, AssignedToOther),
        ("supervisor", ("agent", "colleague"), False, None),
        ("supervisor", ("agent", None), False, None),
        ("admin", (None, "agent"), False, None),
        ("supervisor", (None, "reader"), False, Forbidden),
        ("supervisor", (None, "gone"), False, Forbidden),
        ("supervisor", (None, "customer"), False, Forbidden),
        ("reader", (None, "reader"), False, Forbidden),
    ],
)
def test_giving_a_chat_to_somebody(
    team: dict[str, User], who: str, change: tuple[str | None, str | None], take: bool, refusal: type[Exception] | None
) -> None:
    holder, receiver = (team[name] if name else None for name in change)
    ticket = ticket_of(holder)
    if refusal is None:
        access.check_assign(team[who], ticket, receiver, take=take)
        return
    with pytest.raises(refusal):
        access.check_assign(team[who], ticket, receiver, take=take)
