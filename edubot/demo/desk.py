"""Who answers in the demo, and what the team has prepared."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group, User

from support.models import CannedReply, Category

MAIL = "demo.invalid"  # RFC 2606: nobody's; the mark of the demo's staff

STAFF = (
    ("grace", "Grace", "Okafor", "supervisor"),
    ("tunde", "Túndé", "Adébáyọ̀", "agent"),
    ("amaka", "Amaka", "Eze", "agent"),
    ("yusuf", "Yusuf", "Bello", "agent"),
    ("chloe", "Chloé", "Mensah", "agent"),
)
CATEGORIES = ("Homework", "Payment", "Account", "Other")
REPLIES = (
    ("hello", "Greeting", "Hello {name}, thank you for writing to us. How can we help?"),
    ("receipt", "Ask for the receipt", "Please send us a photo of the receipt, {name}, so that we can look it up."),
    ("retake", "Ask for a better photo", "The photo is too dark to read. Could you send it again, in daylight?"),
    ("bye", "Good-bye", "We are glad that it works now. Have a good day, {name}!"),
)


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody of the team."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Desk:
    """The team and its categories, by their ids."""

    supervisor: Agent
    agents: tuple[Agent, ...]
    categories: dict[str, int]


def prepare() -> Desk:
    """Make what is missing of the team, the categories and the canned replies.

    Nobody can log in as them: they have no password. A user who bears one of the names already is left as they are.
    """
    people = [_somebody(*who) for who in STAFF]
    categories = {name: Category.objects.get_or_create(name=name)[0].pk for name in CATEGORIES}
    for shortcut, title, text in REPLIES:
        CannedReply.objects.get_or_create(shortcut=shortcut, defaults={"title": title, "text": text})
    return Desk(people[0], tuple(people[1:]), categories)


def _somebody(username: str, first: str, last: str, group: str) -> Agent:
    user, made = User.objects.get_or_create(
        username=username,
        defaults={"first_name": first, "last_name": last, "email": f"{username}@{MAIL}", "is_staff": True},
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    return Agent(user.pk, username)
