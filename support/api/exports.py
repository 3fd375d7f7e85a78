"""Exports: what there is, as files for spreadsheets."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from edubot.api import Endpoint, Query, operation
from edubot.api.converters import among
from support.api.dashboard import EARLIEST, ordered, today
from support.audit import audit
from support.exports import EXPORTS

among("export", EXPORTS)


class ExportQuery(Query):
    """Which days."""

    from_ = serializers.DateField(required=False, help_text="The first day; without it everything up to `to`.")
    to = serializers.DateField(required=False, help_text="The last day; today in the team's time zone.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both days, in their order."""
        attrs["from"], attrs["to"] = ordered(attrs.get("from", EARLIEST), attrs.get("to") or today())
        return attrs


class Exports(Endpoint):
    """An export."""

    @operation(query=ExportQuery, answers="text/csv")
    def get(self, request: Request, export: str, query: dict[str, Any]) -> StreamingHttpResponse:
        """The rows of a stretch of days (of the team's time zone, both included) as comma-separated values.

        Times are UTC. A text that a spreadsheet would take for a formula begins with an apostrophe; so do phones.
        """
        first, last = query["from"], query["to"]
        audit(request, "export.read", name=export, first=first.isoformat(), last=last.isoformat())
        return StreamingHttpResponse(
            EXPORTS[export].file(first, last),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{export}-{first}-{last}.csv"',
                "X-Content-Type-Options": "nosniff",
            },
        )
