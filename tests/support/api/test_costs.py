"""What reading costs: as many statements for twelve rows as for two, at every address that is read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Manager
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import (
    Attachment,
    BotText,
    Contact,
    Conversation,
    FaqTopic,
    Homework,
    Message,
    Payment,
    Sender,
    Subscription,
)
from support import figures
from support.exports import EXPORTS
from support.models import CannedReply, Category, SupportMessage, SupportTicket
from tests.support.api.access_table import ROWS
from tests.support.api.conftest import Api, ClientFor, make_user
from tests.support.api.credentials import ROLES
from tests.support.api.routes import example

ENTRY = 2  # statements of every request: the count of requests, and who asks
MOST = 4  # of a list or a row, besides
MORE = {"api/admin/dashboard/stats": 14}
NOT_ROWS = {"api/admin/events", "api/admin/media/<id:media_id>"}  # a stream and a file
SEARCHES = {
    "api/admin/search": ["?query=essay"],
    "api/admin/students/search": ["?query=ada"],
    "api/admin/conversations": [
        "",
        "?search=essay",
        "?search=essay&unread=true",
        "?unread=true&chat_support=false&state=idle",
        "?failed=true&assigned=me",
    ],
    "api/support/tickets": ["", "?search=ada", "?status=OPEN&priority=HIGH&assigned=me&phone=2348012340000"],
}
WORDS: dict[str, Collection[str]] = {"<report:report>": figures.REPORTS, "<export:export>": EXPORTS}


def spelled(route: str) -> list[str]:
    """The route with each word that may stand in it."""
    found = [(place, words) for place, words in WORDS.items() if place in route]
    return [route.replace(place, word) for place, words in found for word in words] or [route]


READ = [route for method, route, least in ROWS if method == "GET" and least in ROLES and route not in NOT_ROWS]
PATHS = [route + query for one in READ for route in spelled(one) for query in SEARCHES.get(one, [""])]


def person(number: int, staff: User) -> None:
    """One more row of everything; all of them belong to the staff's desk."""
    now = timezone.now()
    contact = Contact.objects.create(phone=f"+234801234{number:04}", name=f"Ada {number}", registered_at=now)
    conversation = Conversation.objects.create(contact=contact, last_message_at=now, state="idle", unread_count=1)
    talk(conversation, staff)
    Homework.objects.create(contact=contact, reference=f"HW{number}", subject="Maths", assigned_admin=staff)
    Payment.objects.create(contact=contact, reference=f"P{number}", amount=5, currency="NGN", plan="Month", days=30)
    Subscription.objects.create(contact=contact, plan="Month", active_until=now + timedelta(days=30))
    Category.objects.create(name=f"Category {number}")
    CannedReply.objects.create(shortcut=f"c{number}", title="Hello", text="Hello")
    FaqTopic.objects.create(slug=f"t{number}", title="Prices", answer="Five.")
    BotText.objects.create(key=f"key_{number}", text="Hello")
    make_user(f"colleague{number}", "agent", is_staff=True)


def talk(conversation: Conversation, staff: User) -> None:
    """A ticket with an entry, and a message with a file."""
    said = Message.objects.create(conversation=conversation, sender=Sender.USER, text="My essay is due")
    Attachment.objects.create(message=said, kind="image")
    Conversation.objects.filter(pk=conversation.pk).update(last_message=said)
    now = timezone.now()
    ticket = SupportTicket.objects.create(
        conversation=conversation,
        sender_name="Ada",
        priority="HIGH",
        assigned_admin=staff,
        first_response_at=now,
        first_response_seconds=60,
        resolved_at=now,
        resolution_seconds=600,
        rating=5,
        rated_at=now,
    )
    SupportMessage.objects.create(ticket=ticket, sender_type="user", message=said)


def more_in(conversation: Conversation, staff: User) -> None:
    """One more row in what belongs to one person."""
    said = Message.objects.create(conversation=conversation, sender=Sender.ADMIN, staff=staff, text="Your essay")
    Attachment.objects.create(message=said, kind="image")
    SupportMessage.objects.create(ticket=SupportTicket.objects.earliest("pk"), sender_type="admin", message=said)


def cost(desk: Api, path: str) -> int:
    """How many statements a request takes."""
    with CaptureQueriesContext(connection) as statements:
        answer = desk.get(path)
        assert (answer.status_code, answer.getvalue() != b"") == (200, True), path
    return len(statements)


def place(route: str) -> str:
    """A path to the first row of everything."""
    first: dict[str, Manager[Any]] = {
        "student_id": Contact.objects,
        "lead_id": Contact.objects,
        "ticket_id": SupportTicket.objects,
        "homework_id": Homework.objects,
        "payment_id": Payment.objects,
    }
    path = example(route).replace("2348012345678", "2348012340000")
    names = [name for name in first if f":{name}>" in route]
    return path.replace("/1", f"/{first[names[0]].earliest('pk').pk}") if names else path


@time_machine.travel("2026-01-09T14:30:10Z", tick=False)  # the first request of a minute costs one statement more
def test_reading_costs_as_much_with_twelve_rows_as_with_two(supervisor: User, client_for: ClientFor) -> None:
    desk = client_for(supervisor)
    for number in range(2):
        person(number, supervisor)
    desk.get("/api/admin/me")  # what the first request of a process finds out for all
    first = Conversation.objects.earliest("pk")
    few = {path: cost(desk, place(path)) for path in PATHS}
    for number in range(2, 12):
        person(number, supervisor)
        more_in(first, supervisor)
    many = {path: cost(desk, place(path)) for path in PATHS}
    assert many == few
    assert {path: number for path, number in few.items() if number > ENTRY + MORE.get(path, MOST)} == {}
