"""Homework: who waits, its files, and the box whose answer goes to WhatsApp. Every button calls a service."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone

from conversations import homework as desk
from conversations.admin.base import Do, ReadOnlyAdmin, Rows, badge, staff_of
from conversations.admin.filters import ChoiceFilter
from conversations.admin.search import PeopleSearch
from conversations.admin.thread import trouble_of
from conversations.models import Homework, HomeworkStatus

ANSWERED = "is answered; the student gets it, at the latest when they next write."
SOLVED = "is solved; the student is told, at the latest when they next write."


class AnswerForm(forms.Form):
    """The answer to homework. `again`: it is meant as a correction of an earlier one."""

    text = forms.CharField(
        label="Answer", max_length=desk.LONGEST_ANSWER, widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"})
    )
    again = forms.BooleanField(required=False, widget=forms.HiddenInput)


class HolderFilter(ChoiceFilter):
    """Whose homework it is."""

    title = "holder"
    parameter_name = "whose"
    conditions = {"nobody": ("Nobody's", Q(assigned_admin=None)), "mine": ("Mine", Q())}

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """The rows of the one who looks, or of nobody."""
        if self.value() == "mine":
            return queryset.filter(assigned_admin=request.user.pk)
        return super().queryset(request, queryset)


class WaitingFilter(ChoiceFilter):
    """What waits for an answer comes first, the rest on demand."""

    title = "status"
    parameter_name = "show"
    default = "waiting"
    conditions = {
        "waiting": ("Waiting", Q(status__in=[HomeworkStatus.PENDING, HomeworkStatus.IN_PROGRESS])),
        **{status.value: (str(status.label), Q(status=status.value)) for status in HomeworkStatus},
        "all": ("All", Q()),
    }


@admin.register(Homework)
class HomeworkAdmin(ReadOnlyAdmin, PeopleSearch):
    """What students handed in: who waits longest comes first; the answer goes to WhatsApp."""

    also = ("reference", "subject")
    list_display = ("reference", "status_badge", "waiting", "student", "subject", "assigned_admin", "submission_type")
    list_filter = (WaitingFilter, HolderFilter, "submission_type")
    list_select_related = ("contact", "assigned_admin")
    ordering = ("id",)
    actions = ("take", "mark_solved", "cancel")
    change_form_template = "admin/conversations/homework/change_form.html"
    fields = (
        *("reference", "contact", "subject", "submission_type", "content", "status_badge", "assigned_admin"),
        *("created_at", "solved_at", "solution_text"),
    )
    readonly_fields = ("status_badge",)

    @admin.display(description="student", ordering="contact__name")
    def student(self, homework: Homework) -> str:
        """Who handed it in."""
        return homework.contact.display_name

    @admin.display(description="status", ordering="status")
    def status_badge(self, homework: Homework) -> str:
        """Where it stands."""
        return badge(homework.status, homework.get_status_display())

    @admin.display(description="waiting", ordering="created_at")
    def waiting(self, homework: Homework) -> str:
        """How long the student has been waiting, or had to."""
        return duration((homework.solved_at or timezone.now()) - homework.created_at)

    def get_urls(self) -> list[URLPattern]:
        """With what the page's buttons do."""
        verbs = {
            "answer": self._answer,
            "take": self._take,
            "solve": self._solve,
            "cancel": self._cancel,
            "reopen": self._reopen,
        }
        return [*(self.post_url(name, view) for name, view in verbs.items()), *super().get_urls()]

    def panel(self, request: HttpRequest, row: Homework) -> dict[str, Any]:
        """Its files, the answer box, and how far the answer has come."""
        told, solved = row.solution_message, row.status == HomeworkStatus.SOLVED
        return {
            "homework": row,
            "attachments": list(row.attachments.order_by("id")),
            "answer_form": AnswerForm(initial={"again": solved}),
            "is_open": row.status in {HomeworkStatus.PENDING, HomeworkStatus.IN_PROGRESS},
            "is_solved": solved,
            "is_cancelled": row.status == HomeworkStatus.CANCELLED,
            "told": told,
            "trouble": trouble_of(told) if told else "",
        }

    def _answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send the answer. Where that cannot be, what was typed stands there again."""
        homework, form = self.found(request, pk), AnswerForm(request.POST)
        if form.is_valid():
            send = partial(desk.answer, staff=staff_of(request), **form.cleaned_data)
            if self.carry_out(request, homework, send, ANSWERED):
                return self.back_to(homework)
            homework.refresh_from_db()
            # Whoever has now read that a colleague was faster may still send theirs, as a correction.
            solved = homework.status == HomeworkStatus.SOLVED
            form = AnswerForm(initial={"text": form.cleaned_data["text"], "again": solved})
        context = self.admin_site.each_context(request) | self.panel(request, homework)
        context |= {"title": f"Answer {homework.reference}", "opts": self.opts, "answer_form": form, "may_act": True}
        return TemplateResponse(request, "admin/conversations/homework/answer.html", context)

    def _take(self, request: HttpRequest, pk: int) -> HttpResponse:
        homework = self.found(request, pk)
        self.carry_out(request, homework, partial(desk.take, staff=staff_of(request)), "is yours.")
        return self.back_to(homework)

    def _solve(self, request: HttpRequest, pk: int) -> HttpResponse:
        homework = self.found(request, pk)
        solve = partial(desk.mark_solved, staff=staff_of(request))
        self.carry_out(request, homework, solve, SOLVED)
        return self.back_to(homework)

    def _cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        homework = self.found(request, pk)
        self.carry_out(request, homework, _change(HomeworkStatus.CANCELLED, request), "is cancelled.")
        return self.back_to(homework)

    def _reopen(self, request: HttpRequest, pk: int) -> HttpResponse:
        homework = self.found(request, pk)
        self.carry_out(request, homework, _change(HomeworkStatus.PENDING, request), "waits for an answer again.")
        return self.back_to(homework)

    @admin.action(description="Take", permissions=["act"])
    def take(self, request: HttpRequest, rows: Rows) -> None:
        """Work on the selected homework."""
        self.carry_out_each(request, rows, partial(desk.take, staff=staff_of(request)), "is yours.")

    @admin.action(description="Mark as solved (tells the student)", permissions=["act"])
    def mark_solved(self, request: HttpRequest, rows: Rows) -> None:
        """The selected homework was dealt with elsewhere."""
        solve = partial(desk.mark_solved, staff=staff_of(request))
        self.carry_out_each(request, rows, solve, SOLVED)

    @admin.action(description="Cancel", permissions=["act"])
    def cancel(self, request: HttpRequest, rows: Rows) -> None:
        """The selected homework is not answered."""
        self.carry_out_each(request, rows, _change(HomeworkStatus.CANCELLED, request), "is cancelled.")


def _change(status: str, request: HttpRequest) -> Do:
    return partial(desk.change_status, status=status, staff=staff_of(request))


def duration(span: timedelta) -> str:
    """A waiting time as people say it: "3 d 4 h", "2 h 5 min", "7 min"."""
    minutes = max(0, int(span.total_seconds() // 60))
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
