"""Whether the service's two neighbours are there."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from conversations import gates
from conversations.models import DeliveryReport, InboxItem
from edubot.api import Endpoint, operation

CONNECTED, CONFIGURED, DISCONNECTED = "connected", "configured", "disconnected"
RECENTLY = timedelta(hours=24)
_NEEDED = ("WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_APP_SECRETS")


class StatusOut(serializers.Serializer[dict[str, Any]]):
    """How a neighbour is."""

    status = serializers.ChoiceField(choices=[CONNECTED, CONFIGURED, DISCONNECTED])
    detail = serializers.CharField(help_text="For people.")


class WhatsAppStatusOut(StatusOut):
    """How WhatsApp is."""

    last_heard_at = serializers.DateTimeField(
        allow_null=True, help_text="When Meta last sent a message or a delivery report."
    )


class WhatsAppStatus(Endpoint):
    """WhatsApp."""

    @operation(answers=WhatsAppStatusOut)
    def get(self, request: Request) -> dict[str, Any]:
        """Whether WhatsApp works.

        `connected`: Meta has sent us something in the last 24 hours; `configured`: everything is set, but Meta has been
        silent; `disconnected`: a setting is missing, or messages have not been leaving for a while. Nothing is asked of
        Meta for this.
        """
        newest = [
            InboxItem.objects.order_by("-pk").values_list("received_at", flat=True).first(),
            DeliveryReport.objects.order_by("-pk").values_list("received_at", flat=True).first(),
        ]
        heard = max(filter(None, newest), default=None)
        gate = gates.holding_up()
        if missing := [name for name in _NEEDED if not getattr(settings, name)]:
            status, detail = DISCONNECTED, f"Not set: {', '.join(missing)}."
        elif gate:
            status, detail = DISCONNECTED, gate.reason
        elif heard and heard > timezone.now() - RECENTLY:
            status, detail = CONNECTED, "WhatsApp works."
        else:
            status, detail = CONFIGURED, "Everything is set; Meta has sent nothing in the last 24 hours."
        return {"status": status, "detail": detail, "last_heard_at": heard}


class DatabaseStatusOut(StatusOut):
    """How the database is."""

    version = serializers.CharField()
    milliseconds = serializers.FloatField(help_text="How long it took to answer.")


class DatabaseStatus(Endpoint):
    """The database."""

    @operation(answers=DatabaseStatusOut)
    def get(self, request: Request) -> dict[str, Any]:
        """Whether the database answers. Where it does not, nobody can log in to ask: this is then 503."""
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            (version,) = cursor.fetchone()
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        return {
            "status": CONNECTED,
            "detail": "The database works.",
            "version": version,
            "milliseconds": milliseconds,
        }
