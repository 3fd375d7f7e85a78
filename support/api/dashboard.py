"""What the team is steered by: the dashboard's figures, and reports with the tickets behind them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from conversations.models import HomeworkStatus, PaymentStatus
from edubot.api import Endpoint, PageQuery, Success, operation, page
from edubot.api.converters import among
from edubot.api.paging import PageFigures
from support import figures
from support.api.ticket_shapes import TicketOut
from support.figures.table import Unit
from support.live.shapes import with_people
from support.models import Status

MONTH = timedelta(days=29)  # thirty days, both ends included
MOST_DAYS = 366
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)

among("report", figures.REPORTS)


class FigureOut(serializers.Serializer[figures.Value]):
    """One figure of the last seven days, or of this moment."""

    title = serializers.CharField(source="figure.title")
    definition = serializers.CharField(source="figure.definition", help_text="What is counted and what is left out.")
    unit = serializers.ChoiceField(source="figure.unit", choices=[unit.value for unit in Unit])
    value = serializers.FloatField(allow_null=True, help_text="Null where there was nothing to measure.")
    target = serializers.FloatField(source="figure.target_value", allow_null=True, help_text="In the figure's unit.")
    is_met = serializers.BooleanField(allow_null=True, help_text="Null without a target or a value.")
    count = serializers.IntegerField(help_text="How many rows the value comes from.")


def _counts(of: str, statuses: list[str]) -> type[serializers.Serializer[Any]]:
    """A count for each status."""
    return type(
        f"{of}CountsOut", (serializers.Serializer,), {status: serializers.IntegerField() for status in statuses}
    )


class DashboardOut(serializers.Serializer[Any]):
    """How much there is of everything, and how well the desk does."""

    students = serializers.IntegerField()
    leads = serializers.IntegerField()
    active_chats = serializers.IntegerField()
    tickets = _counts("Ticket", Status.values)()
    homework = _counts("Homework", HomeworkStatus.values)()
    payments = _counts("Payment", PaymentStatus.values)()
    total_students = serializers.IntegerField(help_text="The same as `students`.")
    active_subscribers = serializers.IntegerField()
    total_payments = serializers.IntegerField(help_text="Whatever became of them.")
    total_revenue = serializers.FloatField(help_text="Of the payments that arrived.")
    total_homework_submissions = serializers.IntegerField()
    figures = serializers.DictField(
        child=FigureOut(),
        help_text="By name: active_chats, waiting, longest_wait, unassigned, first_response, chat_duration, "
        "resolution, delivery_rate, error_rate, satisfaction.",
    )


class Dashboard(Endpoint):
    """The dashboard."""

    @operation(answers=DashboardOut, etag=True)
    def get(self, request: Request) -> dict[str, Any]:
        """How much there is of everything, and the support figures of the last seven days beside their targets."""
        return figures.totals() | {"figures": figures.measure_lately()}


class ReportQuery(PageQuery):
    """Which days, and which part of the tickets behind them."""

    from_ = serializers.DateField(required=False, help_text="The first day; 30 days up to `to` where it is not given.")
    to = serializers.DateField(required=False, help_text="The last day; today in the team's time zone.")
    group = serializers.ChoiceField(choices=["day"], default="day")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both days, in their order and not too far from each other."""
        attrs = super().validate(attrs)
        attrs["from"], attrs["to"] = period(attrs.get("from"), attrs.get("to"))
        return attrs


def period(first: date | None, last: date | None) -> tuple[date, date]:
    """The days that a report covers. Raises ValidationError for more than a year, and as `ordered` does."""
    last = last or today()
    first, last = ordered(first or max(last, EARLIEST + MONTH) - MONTH, last)
    if (last - first).days >= MOST_DAYS:
        raise ValidationError({"from": [f"At most {MOST_DAYS} days at once."]})
    return first, last


def ordered(first: date, last: date) -> tuple[date, date]:
    """Two days, the earlier first. Raises ValidationError for others, and for days that no calendar of ours reaches."""
    if first > last:
        raise ValidationError({"to": ["It must not be before `from`."]})
    if not (first >= EARLIEST and last <= LATEST):
        raise ValidationError({"to": [f"Days from {EARLIEST} to {LATEST} are known here."]})
    return first, last


def today() -> date:
    """The day that it is for the team."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


class DayOut(serializers.Serializer[figures.Day]):
    """One day."""

    day = serializers.DateField(help_text="In the team's time zone.")
    count = serializers.IntegerField(help_text="How many tickets.")
    value = serializers.FloatField(allow_null=True, help_text="Their average (`volume`: their number); null: none.")


class ReportRowOut(TicketOut):
    """A ticket behind a report."""

    at = serializers.DateTimeField(help_text="What brings it into the report, e.g. when it was first answered.")
    value = serializers.FloatField(allow_null=True, help_text="What it adds to the average; null in `volume`.")


class ReportOut(serializers.Serializer[Any]):
    """A figure by the day."""

    name = serializers.ChoiceField(choices=list(figures.REPORTS))
    title = serializers.CharField()
    definition = serializers.CharField()
    unit = serializers.ChoiceField(choices=[unit.value for unit in Unit])
    time_zone = serializers.CharField()
    value = serializers.FloatField(allow_null=True, help_text="Over all days.")
    tickets = serializers.IntegerField(help_text="Of all days.")
    days = DayOut(many=True)
    rows = ReportRowOut(many=True, help_text="The tickets behind the figure, oldest first, a page at a time.")


class Report(Endpoint):
    """A report."""

    @operation(query=ReportQuery, answers=ReportOut, also=PageFigures, etag=True)
    def get(self, request: Request, report: str, query: dict[str, Any]) -> Success:
        """A figure day by day, days without a ticket too, with the tickets it was computed from.

        A day is one of the team's time zone; `from` and `to` are both included.
        """
        about, span = figures.REPORTS[report], (query["from"], query["to"])
        days = figures.days(report, *span)
        over_all = figures.whole(report, days)
        part = page(with_people(figures.rows(report, *span)), query, by=about.source.at, total=over_all.count)
        data = {
            "name": about.name,
            "title": about.title,
            "definition": about.definition,
            "unit": about.unit,
            "time_zone": settings.TIME_ZONE,
            "value": over_all.value,
            "tickets": over_all.count,
            "days": days,
            "rows": part.rows,
        }
        return Success(data, more=part.figures)
