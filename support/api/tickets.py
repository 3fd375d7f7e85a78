"""Support tickets: opening, finding, changing and answering them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from conversations import numbers, people
from conversations.received import Person
from edubot.api import Body, Endpoint, Id, Page, PageQuery, Query, Success, Words, operation, page
from edubot.api.converters import USER_ID, PhoneConverter
from edubot.api.limits import SENDS
from support import banner, searching, services
from support.api.chats import KEY_HELP, Repeatable, key_of
from support.api.desk_fields import AssignedFilter, CategoryName, StaffId, assignee
from support.api.ticket_shapes import (
    MOST_ENTRIES,
    NotificationsOut,
    OpenedOut,
    TicketDetailOut,
    TicketOut,
    WrittenOut,
    with_thread,
)
from support.audit import audit
from support.errors import AssignedToOther, Forbidden, InvalidTransition, TicketActive, TicketClosed, WindowClosed
from support.live.shapes import with_people
from support.models import ACTIVE, By, Category, Priority, Status, SupportMessage, SupportTicket
from support.services.opening import LONGEST_NAME

LONGEST_ISSUE = 4000
LONGEST = {"user": 2000, "admin": 4000}
OLDEST = 10 * 366 * 24 * 60  # minutes
_ADDRESS = rf"^(?:{PhoneConverter.regex})$"
_REACHABLE = rf"^(?:\+?[1-9][0-9]{{4,19}}|{USER_ID})$"  # no country's code begins with 0: such a phone is a local one


class TicketsQuery(PageQuery):
    """Which tickets."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    assigned = AssignedFilter()
    # A `+` that is not escaped arrives as a space, which is trimmed.
    phone = serializers.RegexField(_ADDRESS, required=False, help_text="The whole phone, or the WhatsApp user id.")
    category = serializers.CharField(max_length=60, required=False, help_text="The category's name.")
    active = serializers.BooleanField(required=False, help_text="Those that are OPEN or IN_PROGRESS, or all others.")
    waiting = serializers.BooleanField(
        required=False, help_text="Those whose student waits for an answer, who waits longest first; or all others."
    )
    older_than = serializers.IntegerField(
        min_value=1, max_value=OLDEST, required=False, help_text="Minutes since they were opened."
    )
    search = serializers.CharField(
        max_length=100,
        required=False,
        help_text="A part of the name or the issue, `#` and a ticket's number, or four or more digits of the phone, "
        "from its beginning or to its end.",
    )


class SearchCutOut(serializers.Serializer[Any]):
    """How much of what a search found is listed."""

    search_cut = serializers.BooleanField(
        help_text=f"Whether the search found more than {searching.MOST} tickets: only the newest of them are listed."
    )


class OpenBody(Body):
    """Who asks for a person, and why."""

    phone_number = serializers.RegexField(
        _REACHABLE, error_messages={"invalid": "Give the phone with its country code, such as +2348012345678."}
    )
    sender_name = Words(max_length=LONGEST_NAME, required=False)
    issue_description = Words(max_length=LONGEST_ISSUE, required=False)
    student_id = Id(required=False, allow_null=True, help_text="Checked against the phone; the phone decides.")
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    category = CategoryName(required=False, allow_null=True, max_length=60)


class Tickets(Endpoint):
    """All tickets."""

    @operation(query=TicketsQuery, answers=TicketOut, paged=True, alias="tickets", also=SearchCutOut, etag=True)
    def get(self, request: Request, query: dict[str, Any]) -> Success:
        """The tickets, newest first; of those with `waiting` the one that waits longest."""
        rows, is_cut = SupportTicket.objects.filter(*_conditions(query, self.user)), False
        if "search" in query:
            found = searching.find(query["search"], rows)
            rows, is_cut = found.tickets, found.is_cut
        part = page(with_people(rows), query, by="waiting_since" if query.get("waiting") else "-created_at")
        return Success(part, more={"search_cut": is_cut})

    @operation(
        body=OpenBody,
        answers=OpenedOut,
        status=(201, 200),
        message="Ticket opened",
        errors=(Forbidden,),
        example={"phone_number": "+2348012345678", "issue_description": "I cannot see my homework."},
    )
    def post(self, request: Request, body: dict[str, Any]) -> Success:
        """Open a ticket for somebody; the one that is open already is returned (200) instead of a second one.

        The person notices nothing until staff answer.
        """
        address = PhoneConverter().to_python(body.pop("phone_number"))
        person = Person(phone=address) if address.startswith("+") else Person(user_id=address)
        with transaction.atomic():
            conversation = people.find(person) or people.conversation_with(person)
            if body.pop("student_id", None) not in {None, conversation.contact_id}:
                raise ValidationError({"student_id": ["This is not the student with this phone."]})
            opened = services.open_ticket(conversation, self.user, services.Details(**body), by=By.API)
            if opened.created:
                audit(request, "ticket.open", opened.ticket)
        if opened.created:
            return Success(opened.ticket)
        return Success(opened.ticket, status=200, message="This person's ticket is open already")


class ChangeBody(Body):
    """What to change about a ticket."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    assigned_admin_id = StaffId(required=False, allow_null=True, help_text="null: nobody.")
    category = CategoryName(required=False, allow_null=True, max_length=60)
    take = serializers.BooleanField(required=False, help_text="Take it over from a colleague.")


class ThreadPartQuery(Query):
    """Which part of a ticket's thread; without `before` its end."""

    never_empty = frozenset({"limit"})

    before = Id(required=False, help_text="The newest entries before this one.")
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST_ENTRIES, default=MOST_ENTRIES, help_text="How many entries at most."
    )


class Ticket(Endpoint):
    """One ticket."""

    @operation(query=ThreadPartQuery, answers=TicketDetailOut, etag=True)
    def get(self, request: Request, ticket_id: int, query: dict[str, Any]) -> SupportTicket:
        """A ticket with its thread: the newest entries, oldest first; `has_older` says whether there are more."""
        found = _ticket(ticket_id)
        return with_thread(found, before=_entry(found, query.get("before")), limit=query["limit"])

    @operation(
        body=ChangeBody,
        answers=TicketDetailOut,
        message="Ticket changed",
        errors=(InvalidTransition, TicketActive, AssignedToOther, Forbidden),
        example={"status": "RESOLVED", "priority": "HIGH"},
    )
    def patch(self, request: Request, ticket_id: int, body: dict[str, Any]) -> SupportTicket:
        """Change a ticket: all that is named, or nothing."""
        ticket, take = get_object_or_404(SupportTicket, pk=ticket_id), body.pop("take", False)
        with transaction.atomic():
            for name, change in CHANGES.items():
                if name in body:
                    change(ticket, body[name], self.user, take=take)
            if body:
                audit(request, "ticket.change", ticket, fields=sorted(body))
        return with_thread(_ticket(ticket_id))


# In this order: whoever gives a ticket away in the same breath may still change it before.
CHANGES: dict[str, Any] = {
    "priority": services.set_priority,
    "category": services.set_category,
    "status": services.change_status,
    "assigned_admin_id": services.assign,
}


class WriteQuery(Query):
    """Who said it."""

    sender_type = serializers.ChoiceField(choices=["user", "admin"], default="user")


class WriteBody(Repeatable):
    """What to add to a ticket's thread."""

    message = Words(max_length=max(LONGEST.values()))
    internal = serializers.BooleanField(default=False, help_text="A note that never leaves the desk.")


class TicketMessages(Endpoint):
    """A ticket's thread."""

    @operation(
        query=WriteQuery,
        body=WriteBody,
        answers=WrittenOut,
        status=201,
        message="Message added",
        errors=(TicketClosed, TicketActive, AssignedToOther, WindowClosed, Forbidden),
        headers=KEY_HELP,
        example={"message": "Your homework has arrived."},
    )
    def post(self, request: Request, ticket_id: int, query: dict[str, Any], body: dict[str, Any]) -> SupportMessage:
        """Add a message to a ticket's thread.

        `admin` also goes to the person's WhatsApp and moves OPEN to IN_PROGRESS; `user` notes what the person said
        elsewhere, which is never sent and which no bot reads; `internal` is a note.
        """
        ticket = get_object_or_404(SupportTicket, pk=ticket_id)
        words, sender, client_id = body["message"], query["sender_type"], key_of(request, body)
        if len(words) > LONGEST[sender]:
            raise ValidationError({"message": [f"At most {LONGEST[sender]} characters."]})
        if sender == "admin" and not body["internal"]:
            SENDS.hit(self.user.pk)
        with transaction.atomic():
            if body["internal"]:
                entry = services.note(ticket, self.user, words, client_id=client_id)
            elif sender == "user":
                entry = services.reported(ticket, self.user, words, client_id=client_id)
            else:
                sent = services.reply(ticket, self.user, words, take=body["take"], client_id=client_id)
                entry = SupportMessage.objects.select_related("message", "ticket").get(message=sent)
            audit(request, "ticket.write", entry.ticket, entry=entry.pk, kind=entry.kind)
        return entry


class OpenTickets(Endpoint):
    """What waits or is worked on."""

    section = "tickets"

    @operation(query=PageQuery, answers=TicketOut, paged=True, alias="tickets", etag=True)
    def get(self, request: Request, query: dict[str, Any]) -> Page:
        """The tickets that are open or in progress, newest first."""
        return page(with_people(SupportTicket.objects.filter(status__in=ACTIVE)), query, by="-created_at")


class Notifications(Endpoint):
    """The yellow banner."""

    section = "tickets"

    @operation(answers=NotificationsOut, flat=True, etag=True)
    def get(self, request: Request) -> dict[str, int | bool]:
        """How much waits at the desk."""
        return banner.figures()


def _ticket(ticket_id: int) -> SupportTicket:
    return get_object_or_404(with_people(SupportTicket.objects.all()), pk=ticket_id)


def _entry(ticket: SupportTicket, entry_id: int | None) -> SupportMessage | None:
    if entry_id is None:
        return None
    found = ticket.entries.filter(pk=entry_id).first()
    if found is None:
        raise ValidationError({"before": ["There is no such entry in the thread of this ticket."]})
    return found


def _conditions(query: dict[str, Any], user: User) -> list[Q]:
    """The filters that a query names."""
    found = [Q(**{name: query[name]}) for name in ("status", "priority") if name in query]
    if "category" in query:  # its number, so that the index `ticket_by_category` has the order, too
        found.append(Q(category=Category.objects.filter(name=query["category"]).values("pk")[:1]))
    if "assigned" in query:
        found.append(Q(assigned_admin=assignee(query["assigned"], user)))
    if "active" in query:
        active = Q(status__in=ACTIVE)
        found.append(active if query["active"] else ~active)
    if "waiting" in query:
        found.append(Q(waiting_since__isnull=not query["waiting"]))
    if "older_than" in query:
        minute = timezone.now().replace(second=0, microsecond=0)  # one list all the while, which is counted once
        found.append(Q(created_at__lt=minute - timedelta(minutes=query["older_than"])))
    if "phone" in query:
        address = PhoneConverter().to_python(query["phone"])
        phones = numbers.forms(address)
        found.append(Q(conversation__contact__phone__in=phones) | Q(conversation__contact__user_id=address))
    return found
