"""The desk's addresses, under `/api/`. Without a trailing slash: a redirect would lose the body of a POST."""

from __future__ import annotations

from django.urls import include, path

from support import paystack

urlpatterns = [
    path("webhook/payments/paystack", paystack.webhook, name="paystack-webhook"),
    path("", include("support.api.urls")),
]
