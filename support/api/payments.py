"""Payments: what students asked to pay, and what arrived."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from conversations import payments
from conversations.errors import InvalidTransition
from conversations.models import Payment, PaymentStatus
from edubot.api import Body, Endpoint, Page, PageQuery, operation, page
from support.api.desk_fields import matching
from support.audit import audit

OF_PAYMENT = ("reference", "contact__name", "contact__phone")


class PaymentOut(serializers.Serializer[Payment]):
    """A payment."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    student_id = serializers.IntegerField(source="contact_id")
    student_name = serializers.CharField(source="contact.display_name")
    amount = serializers.FloatField()
    currency = serializers.CharField()
    plan = serializers.CharField()
    status = serializers.ChoiceField(choices=PaymentStatus.choices)
    is_subscription = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class PaymentStatsOut(serializers.Serializer[Any]):
    """How much was paid."""

    total_payments = serializers.IntegerField()
    successful = serializers.IntegerField()
    pending = serializers.IntegerField()
    failed = serializers.IntegerField()
    total_revenue = serializers.FloatField(help_text="Of all payments that arrived.")
    monthly_revenue = serializers.FloatField(help_text="Of those that arrived this month, in the team's time zone.")


class PaymentsQuery(PageQuery):
    """Which payments."""

    status = serializers.ChoiceField(choices=PaymentStatus.choices, required=False)
    search = serializers.CharField(
        max_length=100, required=False, help_text="A part of the reference, the name or the phone."
    )


class Payments(Endpoint):
    """All payments."""

    @operation(query=PaymentsQuery, answers=PaymentOut, paged=True, etag=True)
    def get(self, request: Request, query: dict[str, Any]) -> Page:
        """The payments, newest first."""
        given = {"status": query["status"]} if "status" in query else {}
        return page(_rows().filter(matching(query.get("search"), OF_PAYMENT), **given), query, by="-created_at")


class PaymentStats(Endpoint):
    """Figures."""

    @operation(answers=PaymentStatsOut, etag=True)
    def get(self, request: Request) -> dict[str, Any]:
        """How many payments there are of each kind, and what they come to."""
        month = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        arrived = Q(status=PaymentStatus.SUCCESS)
        found = Payment.objects.aggregate(
            total_payments=Count("pk"),
            successful=Count("pk", filter=arrived),
            pending=Count("pk", filter=Q(status=PaymentStatus.PENDING)),
            failed=Count("pk", filter=Q(status=PaymentStatus.FAILED)),
            total_revenue=Sum("amount", filter=arrived, default=0),
            monthly_revenue=Sum("amount", filter=arrived & Q(decided_at__gte=month), default=0),
        )
        return dict(found)


class OnePayment(Endpoint):
    """One payment."""

    @operation(answers=PaymentOut, etag=True)
    def get(self, request: Request, payment_id: int) -> Payment:
        """A payment."""
        return _one(payment_id)


class DecisionBody(Body):
    """What became of a payment."""

    status = serializers.ChoiceField(choices=[PaymentStatus.SUCCESS, PaymentStatus.FAILED, PaymentStatus.CANCELLED])


class Decision(Endpoint):
    """What became of a payment."""

    @operation(
        body=DecisionBody,
        answers=PaymentOut,
        message="Payment changed",
        errors=(InvalidTransition,),
        example={"status": "SUCCESS"},
    )
    def put(self, request: Request, payment_id: int, body: dict[str, Any]) -> Payment:
        """Say what became of a payment. SUCCESS activates the subscription and tells the student."""
        payment = _one(payment_id)
        with transaction.atomic():
            payments.change_status(payment, body["status"], self.user)
            audit(request, "payment.decide", payment, status=body["status"])
        return _one(payment_id)


def _rows() -> QuerySet[Payment]:
    return Payment.objects.select_related("contact")


def _one(payment_id: int) -> Payment:
    return get_object_or_404(_rows(), pk=payment_id)
