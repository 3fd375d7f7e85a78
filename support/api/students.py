"""Students, the leads they were once, and their subscriptions."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from conversations import payments
from conversations.models import Contact, HomeworkStatus, Message, PaymentStatus, Sender, Subscription
from conversations.models.people import KNOWN
from edubot.api import Body, Endpoint, Page, PageQuery, operation, page
from support.api.desk_fields import matching
from support.audit import audit

NEW, FREE, SUBSCRIBER = "NEW_USER", "REGISTERED_FREE", "ACTIVE_SUBSCRIBER"
STATUSES = [NEW, FREE, SUBSCRIBER]
OF_PERSON = ("name", "profile_name", "email", "phone")
OF_SUBSCRIPTION = ("contact__name", "contact__phone", "plan")
BY_CONTENT = "A part of the name, the e-mail or the phone."


class StudentOut(serializers.Serializer[Contact]):
    """A student."""

    id = serializers.IntegerField()
    phone_number = serializers.CharField(source="phone", allow_null=True)
    contact_id = serializers.CharField(source="address")
    full_name = serializers.CharField(source="display_name")
    email = serializers.CharField()
    class_grade = serializers.CharField()
    status = serializers.SerializerMethodField(help_text=f"One of: {', '.join(STATUSES)}.")
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    registered_at = serializers.DateTimeField(allow_null=True)

    def get_status(self, contact: Contact) -> str:
        """How far the person has come with us."""
        subscription = getattr(contact, "subscription", None)
        if subscription and subscription.is_active:
            return SUBSCRIBER
        return FREE if contact.is_registered else NEW


class StudentsQuery(PageQuery):
    """Which students."""

    status = serializers.ChoiceField(choices=STATUSES, required=False, help_text="Students are never NEW_USER.")
    search = serializers.CharField(max_length=100, required=False, help_text=BY_CONTENT)


class StudentSearchQuery(PageQuery):
    """Whom to look for."""

    query = serializers.CharField(max_length=100, help_text=BY_CONTENT)
    status = serializers.ChoiceField(choices=STATUSES, required=False)


class Students(Endpoint):
    """All students."""

    @operation(query=StudentsQuery, answers=StudentOut, paged=True, etag=True)
    def get(self, request: Request, query: dict[str, Any]) -> Page:
        """The students, the latest to register first."""
        return page(_students(query.get("search"), query.get("status")), query, by="-registered_at")


class StudentSearch(Endpoint):
    """Looking for somebody."""

    @operation(query=StudentSearchQuery, answers=StudentOut, paged=True)
    def get(self, request: Request, query: dict[str, Any]) -> Page:
        """The students whose name, e-mail or phone holds these words."""
        return page(_students(query["query"], query.get("status")), query, by="-registered_at")


class Student(Endpoint):
    """One student."""

    @operation(answers=StudentOut, etag=True)
    def get(self, request: Request, student_id: int) -> Contact:
        """A student."""
        return get_object_or_404(_students(), pk=student_id)


class StudentStatsOut(serializers.Serializer[Any]):
    """What a student did."""

    homework_submissions = serializers.IntegerField()
    solved_homework = serializers.IntegerField()
    total_payments = serializers.IntegerField()
    total_paid = serializers.FloatField()
    tickets = serializers.IntegerField()
    message_count = serializers.IntegerField()
    subscribed_until = serializers.DateTimeField(allow_null=True)


class StudentStats(Endpoint):
    """Figures of one student."""

    @operation(answers=StudentStatsOut, etag=True)
    def get(self, request: Request, student_id: int) -> dict[str, Any]:
        """What a student handed in, paid and asked."""
        student = get_object_or_404(_students().select_related("conversation"), pk=student_id)
        done, arrived = Q(status=HomeworkStatus.SOLVED), Q(status=PaymentStatus.SUCCESS)
        subscription = getattr(student, "subscription", None)
        return {
            **student.homework.aggregate(homework_submissions=Count("pk"), solved_homework=Count("pk", filter=done)),
            **student.payments.aggregate(
                total_payments=Count("pk"), total_paid=Sum("amount", filter=arrived, default=0)
            ),
            "tickets": student.conversation.tickets.count(),
            "message_count": student.conversation.message_count,
            "subscribed_until": subscription.active_until if subscription else None,
        }


class LeadOut(serializers.Serializer[Contact]):
    """Somebody who wrote to us, registered since or not."""

    id = serializers.IntegerField()
    phone_number = serializers.CharField(source="phone", allow_null=True)
    contact_id = serializers.CharField(source="address")
    sender_name = serializers.CharField(source="display_name")
    first_message = serializers.CharField()
    last_message = serializers.SerializerMethodField()
    message_count = serializers.IntegerField(source="conversation.message_count")
    is_active = serializers.BooleanField()
    converted_to_student = serializers.BooleanField(source="is_registered")
    created_at = serializers.DateTimeField()
    last_message_time = serializers.DateTimeField(source="conversation.last_message_at", allow_null=True)

    def get_last_message(self, contact: Contact) -> str:
        """What was said last, by whomever."""
        last = contact.conversation.last_message
        return last.text if last else ""


class LeadStatsOut(serializers.Serializer[Any]):
    """How many people wrote to us, and how many of them registered."""

    total_leads = serializers.IntegerField()
    active_leads = serializers.IntegerField(help_text="Not registered, and not blocked.")
    converted_leads = serializers.IntegerField()
    unconverted_leads = serializers.IntegerField()
    conversion_rate = serializers.FloatField(help_text="Per cent.")


class LeadsQuery(PageQuery):
    """Which leads."""

    converted = serializers.BooleanField(required=False, help_text="Registered since, or not.")
    search = serializers.CharField(max_length=100, required=False, help_text=BY_CONTENT)


class Leads(Endpoint):
    """Everybody who wrote to us."""

    @operation(query=LeadsQuery, answers=LeadOut, paged=True, etag=True)
    def get(self, request: Request, query: dict[str, Any]) -> Page:
        """The people who wrote to us, the newest first."""
        found = _leads().filter(matching(query.get("search"), OF_PERSON))
        if "converted" in query:
            found = found.filter(registered_at__isnull=not query["converted"])
        return page(found, query, by="-created_at")


class LeadStats(Endpoint):
    """Figures."""

    @operation(answers=LeadStatsOut, etag=True)
    def get(self, request: Request) -> dict[str, Any]:
        """How many people wrote to us, and how many of them registered."""
        found = Contact.objects.filter(KNOWN, conversation__isnull=False).aggregate(
            total_leads=Count("pk"),
            active_leads=Count("pk", filter=Q(registered_at=None, is_active=True)),
            converted_leads=Count("registered_at"),
        )
        total, converted = found["total_leads"], found["converted_leads"]
        rate = round(100 * converted / total, 1) if total else 0.0
        return found | {"unconverted_leads": total - converted, "conversion_rate": rate}


class Lead(Endpoint):
    """One of them."""

    @operation(answers=LeadOut, etag=True)
    def get(self, request: Request, lead_id: int) -> Contact:
        """Somebody who wrote to us."""
        return get_object_or_404(_leads(), pk=lead_id)


class SubscriptionOut(serializers.Serializer[Subscription]):
    """A subscription."""

    id = serializers.IntegerField()
    student_id = serializers.IntegerField(source="contact_id")
    student_name = serializers.CharField(source="contact.display_name")
    plan = serializers.CharField()
    started_at = serializers.DateTimeField()
    active_until = serializers.DateTimeField()
    is_active = serializers.BooleanField()


class SubscriptionStatsOut(serializers.Serializer[Any]):
    """How many subscriptions there are."""

    total_subscriptions = serializers.IntegerField()
    active_subscriptions = serializers.IntegerField()
    expired_subscriptions = serializers.IntegerField()


class SubscriptionsQuery(PageQuery):
    """Which subscriptions."""

    active = serializers.BooleanField(required=False)
    search = serializers.CharField(max_length=100, required=False, help_text="A part of the name, phone or plan.")


class Subscriptions(Endpoint):
    """All subscriptions."""

    @operation(query=SubscriptionsQuery, answers=SubscriptionOut, paged=True, etag=True)
    def get(self, request: Request, query: dict[str, Any]) -> Page:
        """The subscriptions, those that last longest first."""
        found = Subscription.objects.select_related("contact").filter(matching(query.get("search"), OF_SUBSCRIPTION))
        if "active" in query:
            is_active = Q(active_until__gt=timezone.now())
            found = found.filter(is_active if query["active"] else ~is_active)
        return page(found, query, by="-active_until")


class SubscriptionStats(Endpoint):
    """Figures."""

    @operation(answers=SubscriptionStatsOut, etag=True)
    def get(self, request: Request) -> dict[str, int]:
        """How many subscriptions there are, and how many are paid for now."""
        is_active = Q(active_until__gt=timezone.now())
        return Subscription.objects.aggregate(
            total_subscriptions=Count("pk"),
            active_subscriptions=Count("pk", filter=is_active),
            expired_subscriptions=Count("pk", filter=~is_active),
        )


class ExtendBody(Body):
    """For how long."""

    days = serializers.IntegerField(min_value=1, max_value=payments.LONGEST_EXTENSION)


class Extend(Endpoint):
    """More days."""

    @operation(body=ExtendBody, answers=SubscriptionOut, message="Subscription extended", example={"days": 30})
    def post(self, request: Request, subscription_id: int, body: dict[str, Any]) -> Subscription:
        """Give a subscription so many more days, and tell the student."""
        rows = Subscription.objects.select_related("contact")
        subscription = get_object_or_404(rows, pk=subscription_id)
        with transaction.atomic():
            payments.extend(subscription, body["days"], self.user)
            audit(request, "subscription.extend", subscription, days=body["days"])
        return rows.get(pk=subscription_id)


def _students(words: str | None = None, status: str | None = None) -> QuerySet[Contact]:
    """The registered people that hold these words and have this status."""
    found = Contact.objects.filter(matching(words, OF_PERSON), registered_at__isnull=False)
    subscribed = Q(subscription__active_until__gt=timezone.now())
    wanted = {None: Q(), NEW: Q(registered_at=None), FREE: ~subscribed, SUBSCRIBER: subscribed}[status]
    return found.filter(wanted).select_related("subscription")


def _leads() -> QuerySet[Contact]:
    """Everybody we know who has a conversation, with its first and last words."""
    said = Message.objects.filter(conversation__contact=OuterRef("pk"), sender=Sender.USER).order_by("pk")
    found = Contact.objects.filter(KNOWN, conversation__isnull=False).select_related("conversation__last_message")
    return found.annotate(first_message=Coalesce(Subquery(said.values("text")[:1]), Value("", TextField())))
