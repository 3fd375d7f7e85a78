"""A ticket's page in Django admin: its thread, its boxes, and what may be done now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.text import capfirst

from conversations.admin.base import new_key
from conversations.admin.thread import Line, line_of
from conversations.bot.types import first_name
from support import access
from support.access import Right
from support.admin.inbox import answerers
from support.models import (
    CannedReply,
    Category,
    EntryKind,
    MessageTemplate,
    Priority,
    Status,
    SupportMessage,
    SupportTicket,
    TicketChange,
)
from support.services import window

MOST_ENTRIES = 100  # of a ticket's thread, the newest; all of it stands in the conversation
LONGEST = 4000  # characters of an answer: WhatsApp takes 4096, and our prefix stands before it
NOBODY = ("", "Nobody")


def _words(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto", "data-words": ""})


class NoteForm(forms.Form):
    """Words for colleagues. The hidden key makes a second click harmless."""

    text = forms.CharField(label="Internal note", max_length=LONGEST, widget=_words(3))
    client_id = forms.CharField(max_length=128, widget=forms.HiddenInput, initial=new_key)


class AnswerForm(NoteForm):
    """Words for the student."""

    text = forms.CharField(label="Answer", max_length=LONGEST, widget=_words(5))
    take = forms.BooleanField(required=False)


class CloseForm(forms.Form):
    """The closing words of a live chat; the usual ones where there are none."""

    words = forms.CharField(required=False, max_length=LONGEST, widget=_words(2))
    take = forms.BooleanField(required=False)


class TemplateForm(forms.Form):
    """One template, with a field for each of its places."""

    client_id = forms.CharField(max_length=128, widget=forms.HiddenInput, initial=new_key)
    template = forms.IntegerField(widget=forms.HiddenInput)
    take = forms.BooleanField(required=False)

    def __init__(self, template: MessageTemplate, data: Any = None) -> None:
        super().__init__(data, initial={"template": template.pk}, auto_id=f"template_{template.pk}_%s")
        self.row = template
        self.places = [f"parameter_{number}" for number in range(1, template.parameter_count + 1)]
        for number, place in enumerate(self.places, 1):
            self.fields[place] = forms.CharField(label=f"{{{{{number}}}}}", max_length=1024)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The words for its places, in their order. The form is valid."""
        return tuple(self.cleaned_data[place] for place in self.places)

    @property
    def place_fields(self) -> list[forms.BoundField]:
        """The fields of its places."""
        return [self[place] for place in self.places]


class ChangeForm(forms.Form):
    """Who has it, how urgent it is, what it is about. What stood there when the page was opened comes with it, so only
    what this person changed is changed.
    """

    priority = forms.ChoiceField(choices=Priority.choices, show_hidden_initial=True)
    category = forms.ModelChoiceField(
        Category.objects.all(), required=False, empty_label="None", show_hidden_initial=True
    )

    def __init__(self, ticket: SupportTicket, staff: User, data: Any = None) -> None:
        holder = ticket.assigned_admin
        initial = {"priority": ticket.priority, "category": ticket.category_id, "assignee": holder.pk if holder else ""}
        super().__init__(data, initial=initial, auto_id="change_%s")
        self.users = {str(user.pk): user for user in _possible_holders(ticket, staff)}
        choices = [NOBODY, *((key, user.username) for key, user in self.users.items())]
        self.fields["assignee"] = forms.ChoiceField(
            choices=choices, required=False, show_hidden_initial=True, label="Assigned to"
        )


def _possible_holders(ticket: SupportTicket, staff: User) -> list[User]:
    """To whom this person may give the ticket, and who has it."""
    assigns = access.may(staff, Right.ASSIGN)
    found = [user for user in answerers() if assigns or user == staff]
    holder = ticket.assigned_admin
    return [*found, holder] if holder and holder not in found else found


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the thread; `line` where the words travelled over WhatsApp."""

    row: SupportMessage
    line: Line | None


def entries_of(ticket: SupportTicket) -> list[Entry]:
    """The newest entries, oldest first. Two statements, however long the thread is."""
    rows = ticket.entries.select_related(
        "staff", "message__staff", "message__reply_to", "message__conversation__contact"
    ).prefetch_related("message__attachments")
    return [_entry(row) for row in reversed(rows.order_by("-id")[:MOST_ENTRIES])]


def _entry(row: SupportMessage) -> Entry:
    return Entry(row, line_of(row.message) if row.message else None)


class Change(NamedTuple):
    """A line of the ticket's history, in the words of the page."""

    row: TicketChange
    name: str
    before: str
    after: str


def changes_of(ticket: SupportTicket) -> list[Change]:
    """The newest changes, newest first."""
    return [_change(row) for row in ticket.changes.select_related("staff").order_by("-id")[:MOST_ENTRIES]]


def _change(row: TicketChange) -> Change:
    """Fields and choices by their names; what has no choices stands as it was written down."""
    field = SupportTicket._meta.get_field(row.field)  # noqa: SLF001  (public API in spite of its name)
    labels = dict(getattr(field, "flatchoices", ()))
    name = NAMES.get(row.field) or capfirst(getattr(field, "verbose_name", row.field))
    return Change(row, name, str(labels.get(row.before, row.before)), str(labels.get(row.after, row.after)))


NAMES = {"assigned_admin": "Assigned to"}


def panel(ticket: SupportTicket, staff: User, **boxes: Any) -> dict[str, Any]:
    """All that the page shows. `boxes` are forms that were refused: they stand there as they were filled in."""
    holder = ticket.assigned_admin
    conversation = ticket.conversation
    is_open = window.is_open(conversation)
    return {
        "ticket": ticket,
        "contact": conversation.contact,
        "entries": entries_of(ticket),
        "most_entries": MOST_ENTRIES,
        "is_closed": ticket.status == Status.CLOSED,
        "colleague": holder if holder and holder.pk != staff.pk else None,
        "is_mine": holder is not None and holder.pk == staff.pk,
        "may_handle": access.may_act(staff, ticket),
        "window_open": is_open,
        "window_until": conversation.window_expires_at,
        "may_send_templates": access.may(staff, Right.TEMPLATES),
        "canned": CannedReply.objects.all(),
        "note_kind": EntryKind.NOTE,
        "answer_form": AnswerForm(auto_id="answer_%s"),
        "note_form": NoteForm(auto_id="note_%s"),
        "close_form": CloseForm(auto_id="close_%s"),
        "change_form": ChangeForm(ticket, staff),
        "may_have_template": not is_open and (ticket.is_active or ticket.in_chat),
        "template_forms": [] if is_open else [TemplateForm(one) for one in templates()],
        "changes": changes_of(ticket),
    } | boxes


def templates() -> QuerySet[MessageTemplate]:
    """The templates that may be sent."""
    return MessageTemplate.objects.filter(is_active=True)


def filled(reply: CannedReply, ticket: SupportTicket) -> str:
    """A canned reply with the student's first name in its place."""
    return reply.text.replace("{name}", first_name(ticket.conversation.contact.name) or "there")
