"""One action on many tickets of the inbox, for supervisors. Each ticket is a transaction of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from conversations.admin.base import ReadOnlyAdmin, Rows, staff_of
from support import access
from support.access import Right
from support.admin.inbox import answerers
from support.models import Priority
from support.services import ACTIONS

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before an action: the title, what will happen, and the choices where there are any."""

    title: str
    about: str
    choices: tuple[tuple[str, str], ...] = ()


class ValueForm(forms.Form):
    """The value that a bulk action takes."""

    value = forms.ChoiceField(label="To")

    def __init__(self, choices: tuple[tuple[str, str], ...], data: Any = None) -> None:
        super().__init__(data)
        self.fields["value"] = forms.ChoiceField(label="To", choices=(("", "Choose …"), *choices))


class BulkActions(ReadOnlyAdmin):
    """The actions of the inbox; each calls one of support.services.ACTIONS."""

    actions = ("assign_to_me", "assign_to", "set_priority", "resolve_all", "close_all")

    def has_bulk_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may act on many tickets at once."""
        return access.may(staff_of(request), Right.BULK)

    @admin.action(description="Assign to me", permissions=["bulk"])
    def assign_to_me(self, request: HttpRequest, rows: Rows) -> None:
        """The selected tickets are mine."""
        self._each(request, rows, "assign", staff_of(request), "is yours.", to=staff_of(request).pk)

    @admin.action(description="Assign to …", permissions=["bulk"])
    def assign_to(self, request: HttpRequest, rows: Rows) -> HttpResponse | None:
        """The selected tickets are somebody's, or nobody's."""
        team = {str(user.pk): user for user in answerers()}
        names = ((NOBODY, "Nobody"), *((key, user.username) for key, user in team.items()))
        asked = self._asked(
            request, rows, Question("Assign these tickets", "They are given to whom you choose.", names)
        )
        if isinstance(asked, HttpResponse):
            return asked
        given = team.get(asked)
        done = f"is given to {dict(names)[asked]}."
        self._each(request, rows, "assign", given, done, to=given.pk if given else None)
        return None

    @admin.action(description="Set priority …", permissions=["bulk"])
    def set_priority(self, request: HttpRequest, rows: Rows) -> HttpResponse | None:
        """The selected tickets are as urgent as chosen."""
        ladder = tuple((str(value), str(label)) for value, label in Priority.choices)
        asked = self._asked(request, rows, Question("Set their priority", "It changes for all of them.", ladder))
        if isinstance(asked, HttpResponse):
            return asked
        self._each(request, rows, "priority", asked, f"has the priority {Priority(asked).label}.", to=asked)
        return None

    @admin.action(description="Resolve", permissions=["bulk"])
    def resolve_all(self, request: HttpRequest, rows: Rows) -> None:
        """The questions of the selected tickets are answered."""
        self._each(request, rows, "resolve", None, "is resolved.")

    @admin.action(description="Close …", permissions=["bulk"])
    def close_all(self, request: HttpRequest, rows: Rows) -> HttpResponse | None:
        """The selected tickets are over. Asks first: their live chats end."""
        words = "Live chats end with the usual closing words. A closed ticket can be reopened."
        asked = self._asked(request, rows, Question("Close these tickets?", words))
        if isinstance(asked, HttpResponse):
            return asked
        self._each(request, rows, "close", None, "is closed.")
        return None

    def _each(self, request: HttpRequest, rows: Rows, action: str, value: object, done: str, **details: Any) -> None:
        verb, staff = ACTIONS[action], staff_of(request)
        self.carry_out_each(request, rows, partial(_on, verb, value, staff), done, **details)

    def _asked(self, request: HttpRequest, rows: Rows, question: Question) -> HttpResponse | str:
        """What was answered ("" where there is nothing to choose), or the page that asks."""
        confirmed = "confirmed" in request.POST
        form = ValueForm(question.choices, request.POST if confirmed else None) if question.choices else None
        if confirmed and (form is None or form.is_valid()):
            return str(form.cleaned_data["value"]) if form else ""
        context = self.admin_site.each_context(request) | {
            "title": question.title,
            "question": question,
            "form": form,
            "opts": self.opts,
            "action": request.POST["action"],
            "rows": self.selected(request, rows),
        }
        return TemplateResponse(request, "admin/support/supportticket/ask.html", context)


def _on(verb: Any, value: object, staff: object, ticket: object) -> None:
    verb(ticket, value, staff)
