"""The webhook's address, under `/api/`. Without a trailing slash: a redirect would lose the body of a POST."""

from __future__ import annotations

from django.urls import path

from whatsapp import views

urlpatterns = [path("webhook/whatsapp", views.webhook, name="whatsapp-webhook")]
