"""Tickets: who waits, what was said, and the boxes and buttons by which staff answer. Every one calls a service."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone

from conversations.admin.base import Do, Rows, badge, shortened, staff_of
from conversations.admin.homework import duration
from conversations.admin.thread import is_an_id
from conversations.models import Message
from edubot.api.limits import SENDS
from support import access, searching, services
from support.access import Right
from support.admin.bulk import BulkActions
from support.admin.inbox import AgeFilter, AssigneeFilter, ChatFilter, FolderFilter, order_of
from support.admin.ticket_page import (
    AnswerForm,
    ChangeForm,
    CloseForm,
    NoteForm,
    TemplateForm,
    filled,
    panel,
    templates,
)
from support.models import CannedReply, SupportTicket

CUT = f"The newest {searching.MOST} tickets that fit are listed. To find older ones add a filter, or more words."


@admin.register(SupportTicket)
class SupportTicketAdmin(BulkActions):
    """The longest waiting first."""

    audited_as = "ticket"
    search_fields = ("pk",)  # shows the box; the search itself is below
    search_help_text = "A name, words of the issue, four or more digits of a phone, or a ticket's number."
    list_display = (
        *("number", "waits", "priority_badge", "person", "about", "holder"),
        *("status_badge", "chat", "category"),
    )
    list_filter = (FolderFilter, ChatFilter, AgeFilter, "status", "priority", "category", AssigneeFilter)
    list_select_related = ("conversation__contact", "category", "assigned_admin")
    sortable_by = ()  # each folder has its order, read from an index
    change_form_template = "admin/support/supportticket/change_form.html"
    fields = (
        *("issue_description", "opened_by", "created_at", "first_response_at"),
        *("resolved_at", "closed_at", "ended_by", "rating"),
    )

    @admin.display(description="ticket")
    def number(self, ticket: SupportTicket) -> str:
        """Its number."""
        return str(ticket)

    @admin.display(description="person")
    def person(self, ticket: SupportTicket) -> str:
        """Who asked for somebody."""
        return ticket.conversation.contact.display_name

    @admin.display(description="about")
    def about(self, ticket: SupportTicket) -> str:
        """How the request begins."""
        return shortened(ticket.issue_description) or "-"

    @admin.display(description="status")
    def status_badge(self, ticket: SupportTicket) -> str:
        """Where it stands."""
        return badge(ticket.status, ticket.get_status_display())

    @admin.display(description="priority")
    def priority_badge(self, ticket: SupportTicket) -> str:
        """How urgent it is."""
        return badge(ticket.priority, ticket.get_priority_display())

    @admin.display(description="assigned to")
    def holder(self, ticket: SupportTicket) -> str:
        """Who has it."""
        return ticket.assigned_admin.username if ticket.assigned_admin else "-"

    @admin.display(description="live chat")
    def chat(self, ticket: SupportTicket) -> str:
        """Whether the student is in a chat with us."""
        return badge("live", "In chat") if ticket.in_chat else "-"

    @admin.display(description="waiting")
    def waits(self, ticket: SupportTicket) -> str:
        """How long the student has been waiting for our answer."""
        return duration(timezone.now() - ticket.waiting_since) if ticket.waiting_since else "-"

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The folder's."""
        return order_of(request.GET)

    def get_queryset(self, request: HttpRequest) -> Rows:
        """With what a page shows of each."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_search_results(self, request: HttpRequest, queryset: Rows, search_term: str) -> tuple[Rows, bool]:
        """As the API searches, which is told where it leaves some out; `#12` means the number alone."""
        term = search_term.strip()
        if term.startswith("#"):
            return queryset.filter(pk=is_an_id(term[1:]) or 0), False
        if not term:
            return queryset, False
        found = searching.find(term, queryset)
        if found.is_cut and request.method == "GET":  # an action looks at the list once more
            self.message_user(request, CUT, messages.WARNING)
        return found.tickets, False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may answer; the rest is asked by each service."""
        return access.may(staff_of(request), Right.ANSWER)

    def panel(self, request: HttpRequest, row: SupportTicket) -> dict[str, Any]:
        """Its thread, the boxes, and what may be done."""
        return panel(row, staff_of(request))

    def get_urls(self) -> list[URLPattern]:
        """With what the page's boxes and buttons do."""
        views: dict[str, Callable[..., HttpResponse]] = {
            "answer": self._answer,
            "note": self._note,
            "template": self._template,
            "triage": self._change,
            "close": self._close,
            "retry": self._retry,
            **{name: partial(self._move, name) for name in MOVES},
        }
        return [*(self.post_url(name, view) for name, view in views.items()), *super().get_urls()]

    def _answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send an answer, or put a canned reply into the box."""
        ticket, form = self.found(request, pk), AnswerForm(request.POST, auto_id="answer_%s")
        if "insert" in request.POST:
            return self._page(request, ticket, answer_form=self._with_canned(request, ticket))

        def send(row: SupportTicket) -> None:
            SENDS.hit(staff_of(request).pk)
            services.reply(row, staff_of(request), **form.cleaned_data)

        return self._send(request, ticket, form, send, "is answered; the answer is on its way.", box="answer_form")

    def _with_canned(self, request: HttpRequest, ticket: SupportTicket) -> AnswerForm:
        """The box with the chosen reply below what was typed already."""
        typed = request.POST.get("text", "").strip()
        reply = CannedReply.objects.filter(pk=is_an_id(request.POST.get("canned")) or 0).first()
        words = "\n".join(part for part in (typed, filled(reply, ticket) if reply else "") if part)
        kept = {"text": words, "take": "take" in request.POST, "client_id": request.POST.get("client_id", "")}
        return AnswerForm(kept, auto_id="answer_%s")

    def _note(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep an internal note."""
        ticket, form = self.found(request, pk), NoteForm(request.POST, auto_id="note_%s")

        def write(row: SupportTicket) -> None:
            services.note(row, staff_of(request), **form.cleaned_data)

        return self._send(request, ticket, form, write, "has a new note.", box="note_form")

    def _template(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a template: the way to write after the 24 hours."""
        ticket = self.found(request, pk)
        chosen = get_object_or_404(templates(), pk=is_an_id(request.POST.get("template")))
        form = TemplateForm(chosen, request.POST)

        def send(row: SupportTicket) -> None:
            SENDS.hit(staff_of(request).pk)
            kept = {name: form.cleaned_data[name] for name in ("take", "client_id")}
            staff = staff_of(request)
            services.send_template(row.conversation, staff, chosen.name, chosen.language, form.parameters, **kept)

        others = [TemplateForm(one) for one in templates() if one.pk != chosen.pk]
        boxes = [form, *others]
        done = "is written to; the template is on its way."
        return self._send(request, ticket, form, send, done, box="template_forms", boxes=boxes)

    def _send(
        self,
        request: HttpRequest,
        ticket: SupportTicket,
        form: forms.Form,
        do: Do,
        done: str,
        *,
        box: str,
        boxes: Any = None,
        **details: Any,
    ) -> HttpResponse:
        """Carry it out and go back to the page; where that cannot be, what was typed stands there again."""
        if form.is_valid() and self.carry_out(request, ticket, do, done, **details):
            return self.back_to(ticket)
        return self._page(request, self.found(request, ticket.pk), **{box: boxes or form})

    def _page(self, request: HttpRequest, ticket: SupportTicket, **boxes: Any) -> HttpResponse:
        context = self.admin_site.each_context(request) | panel(ticket, staff_of(request), **boxes)
        context |= {"title": f"Ticket {ticket}", "opts": self.opts, "original": ticket, "may_act": True}
        return TemplateResponse(request, "admin/support/supportticket/again.html", context)

    def _close(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End it, with these words or the usual ones."""
        ticket, form = self.found(request, pk), CloseForm(request.POST, auto_id="close_%s")

        def close(row: SupportTicket) -> None:
            services.close(row, staff_of(request), form.cleaned_data["words"] or None, take=form.cleaned_data["take"])

        return self._send(request, ticket, form, close, "is closed.", box="close_form")

    def _change(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change what this person changed: all of it, or nothing."""
        ticket = self.found(request, pk)
        form = ChangeForm(ticket, staff_of(request), request.POST)

        def change(row: SupportTicket) -> None:
            for name in ("priority", "category", "assignee"):  # whoever gives it away may still change it before
                if name in form.changed_data:
                    value = form.cleaned_data[name]
                    CHANGES[name](row, form.users.get(value) if name == "assignee" else value, staff_of(request))

        to = {name: form[name].data for name in form.changed_data}
        return self._send(request, ticket, form, change, "is changed.", box="change_form", to=to)

    def _move(self, name: str, request: HttpRequest, pk: int) -> HttpResponse:
        ticket, (verb, done) = self.found(request, pk), MOVES[name]
        self.carry_out(request, ticket, partial(verb, staff=staff_of(request)), done)
        return self.back_to(ticket)

    def _retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a message of its thread again."""
        ticket = self.found(request, pk)
        message = get_object_or_404(Message, support_entries__ticket=ticket, pk=is_an_id(request.POST.get("message")))
        self.carry_out(request, message, partial(services.retry, staff=staff_of(request)), "is sent again.")
        return self.back_to(ticket)


MOVES: dict[str, tuple[Any, str]] = {
    "take": (services.take, "is yours."),
    "take_over": (partial(services.take, from_colleague=True), "is yours now."),
    "resolve": (services.resolve, "is resolved."),
    "reopen": (services.reopen, "is in progress again."),
}
CHANGES: dict[str, Any] = {
    "priority": services.set_priority,
    "category": services.set_category,
    "assignee": services.assign,
}
