"""Payments and subscriptions. Every button calls the service that the API calls."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone

from conversations import payments
from conversations.admin.base import ReadOnlyAdmin, Rows, badge, new_key, staff_of
from conversations.admin.filters import ChoiceFilter
from conversations.admin.search import PeopleSearch
from conversations.models import Payment, PaymentStatus, Subscription


class DaysForm(forms.Form):
    """By how much a subscription is extended. The hidden key makes a second click harmless."""

    days = forms.IntegerField(min_value=1, max_value=payments.LONGEST_EXTENSION)
    client_id = forms.CharField(
        max_length=128, required=False, empty_value=None, widget=forms.HiddenInput, initial=new_key
    )


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin, PeopleSearch):
    """What students asked to pay. Only "received" gives a subscription."""

    also = ("reference",)
    list_display = ("reference", "student", "amount", "currency", "plan", "status_badge", "created_at", "decided_by")
    list_filter = ("status",)
    list_select_related = ("contact", "decided_by")
    ordering = ("-id",)
    actions = ("confirm", "fail", "cancel")
    change_form_template = "admin/conversations/payment/change_form.html"
    fields = (
        *("reference", "contact", "amount", "currency", "plan", "days", "is_subscription", "status_badge"),
        *("created_at", "decided_by", "decided_at"),
    )
    readonly_fields = ("status_badge",)

    VERBS: ClassVar[dict[str, tuple[Any, str]]] = {
        "confirm": (payments.confirm, "has arrived; the student is told, at the latest when they next write."),
        "fail": (payments.fail, "is marked as failed."),
        "cancel": (payments.cancel, "is cancelled."),
    }

    @admin.display(description="student", ordering="contact__name")
    def student(self, payment: Payment) -> str:
        """Who wants to pay."""
        return payment.contact.display_name

    @admin.display(description="status", ordering="status")
    def status_badge(self, payment: Payment) -> str:
        """Where it stands."""
        return badge(payment.status, payment.get_status_display())

    def get_urls(self) -> list[URLPattern]:
        """With what the page's buttons do."""
        return [*(self.post_url(name, partial(self._decide, name)) for name in self.VERBS), *super().get_urls()]

    def panel(self, request: HttpRequest, row: Payment) -> dict[str, Any]:
        """The buttons that its status allows."""
        legal = payments.LEGAL[row.status]
        return {"may_confirm": PaymentStatus.SUCCESS in legal, "may_refuse": PaymentStatus.FAILED in legal}

    def _decide(self, name: str, request: HttpRequest, pk: int) -> HttpResponse:
        payment, (verb, done) = self.found(request, pk), self.VERBS[name]
        self.carry_out(request, payment, partial(verb, by=staff_of(request)), done)
        return self.back_to(payment)

    @admin.action(description="Received: activate and tell the student", permissions=["act"])
    def confirm(self, request: HttpRequest, rows: Rows) -> HttpResponse | None:
        """The money of the selected payments is here. Asks first: it cannot be undone."""
        if "confirmed" in request.POST:
            self._each(request, rows, "confirm")
            return None
        context = self.admin_site.each_context(request) | {
            "title": "Have these payments arrived?",
            "opts": self.opts,
            "rows": self.selected(request, rows),
        }
        return TemplateResponse(request, "admin/conversations/payment/are_you_sure.html", context)

    @admin.action(description="Failed", permissions=["act"])
    def fail(self, request: HttpRequest, rows: Rows) -> None:
        """The selected payments did not succeed."""
        self._each(request, rows, "fail")

    @admin.action(description="Cancel", permissions=["act"])
    def cancel(self, request: HttpRequest, rows: Rows) -> None:
        """The selected payments are not expected any more."""
        self._each(request, rows, "cancel")

    def _each(self, request: HttpRequest, rows: Rows, name: str) -> None:
        verb, done = self.VERBS[name]
        self.carry_out_each(request, rows, partial(verb, by=staff_of(request)), done)


class ActiveFilter(ChoiceFilter):
    """Paid for at this moment, or not any more."""

    title = "active"
    parameter_name = "active"
    conditions = {"yes": ("Active", Q()), "no": ("Ended", Q())}

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """By the clock of this request."""
        now = timezone.now()
        wanted = {"yes": Q(active_until__gt=now), "no": Q(active_until__lte=now)}
        return queryset.filter(wanted.get(self.value() or "", Q()))


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin, PeopleSearch):
    """Until when whose subscription is active; it may be extended by hand."""

    list_display = ("student", "plan", "started_at", "active_until", "is_active_badge")
    list_filter = (ActiveFilter,)
    list_select_related = ("contact",)
    ordering = ("-active_until", "-id")
    change_form_template = "admin/conversations/subscription/change_form.html"
    fields = ("contact", "plan", "started_at", "active_until", "is_active_badge")
    readonly_fields = ("is_active_badge",)

    @admin.display(description="student", ordering="contact__name")
    def student(self, subscription: Subscription) -> str:
        """Whose it is."""
        return subscription.contact.display_name

    @admin.display(description="state")
    def is_active_badge(self, subscription: Subscription) -> str:
        """Whether it is paid for."""
        return badge("success", "Active") if subscription.is_active else badge("cancelled", "Ended")

    def get_urls(self) -> list[URLPattern]:
        """With what the page's button does."""
        return [self.post_url("extend", self._extend), *super().get_urls()]

    def panel(self, request: HttpRequest, row: Subscription) -> dict[str, Any]:
        """The box for the days."""
        return {"days_form": DaysForm()}

    def _extend(self, request: HttpRequest, pk: int) -> HttpResponse:
        subscription, form = self.found(request, pk), DaysForm(request.POST)
        if form.is_valid():
            days = form.cleaned_data["days"]
            extend = partial(payments.extend, by=staff_of(request), **form.cleaned_data)
            done = f"is extended by {days} days; the student is told, at the latest when they next write."
            self.carry_out(request, subscription, extend, done)
        else:
            self.message_user(request, f"Days: 1 to {payments.LONGEST_EXTENSION}.", messages.ERROR)
        return self.back_to(subscription)
