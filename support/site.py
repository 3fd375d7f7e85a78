"""The site of Django admin: what stands on its first page, for whoever works at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

from support import banner

INBOX = "admin:support_supportticket_changelist"


@dataclass(frozen=True, slots=True)
class Group:
    """Some lists that belong together, by the names of their models, each with what it is for."""

    name: str
    lists: dict[str, str]


GROUPS = (
    Group(
        "The desk",
        {
            "supportticket": "The inbox: who waits, and what for",
            "conversation": "All that was said, by person",
            "contact": "Students and others who wrote",
            "homework": "What was handed in, and its solutions",
            "payment": "What was paid, and what waits to be confirmed",
            "subscription": "Who has one, and until when",
            "message": "Every message, and whether it arrived",
            "attachment": "Photos, documents and voice notes",
        },
    ),
    Group(
        "What we say, and when",
        {
            "cannedreply": "Answers that are given often",
            "messagetemplate": "For those who have not written for 24 hours",
            "faqtopic": "The questions that the bot answers",
            "bottext": "The bot's own sentences",
            "category": "What tickets are about",
            "escalationrule": "When a ticket becomes more urgent",
            "holiday": "When nobody is there",
        },
    ),
)
THE_REST = Group(
    "How it runs",
    {
        "accountnotice": "What WhatsApp, or we ourselves, have to say about the service",
        "gate": "Whether we are sending",
        "deliveryreport": "What WhatsApp said of each message",
        "inboxitem": "What came in, before it was understood",
        "unreadablepost": "What came in and could not be read",
        "auditentry": "Who did what",
        "tokenfamily": "Who is logged in where",
        "procrastinatejob": "What is done in the background",
        "user": "The team",
        "group": "What each role may do in these pages",
    },
)
FIGURES = (
    ("open_tickets", "Open", "?show=active&status__exact=OPEN"),
    ("in_progress_tickets", "In progress", "?show=active&status__exact=IN_PROGRESS"),
    ("unassigned_tickets", "Unassigned", "?show=unassigned"),
    ("active_chats", "Live chats", "?show=all&chat=live"),
)


class DeskSite(admin.AdminSite):
    """Django's own, with a first page that says what waits."""

    site_header = site_title = "EduBot desk"
    index_title = "What waits"
    index_template = "admin/desk.html"
    enable_nav_sidebar = False  # lists need the width; what is used most stands in the header

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's, and the page at which somebody new sets a password."""
        from support.accounts.invitations import Invitation  # it needs the models, which are not there yet up there

        return [path("invitation/<uidb64>/<token>/", Invitation.as_view(), name="invitation"), *super().get_urls()]

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """One's own password; that it was changed is written down."""
        from support.audit import audit

        with transaction.atomic():
            answer = super().password_change(request, extra_context)
            if answer.status_code == 302 and request.user.pk:
                audit(request, "user.password", request.user)
        return answer

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The figures of the banner with the ways to them, and the lists by what they are for."""
        figures = _figures() if request.user.has_perm("support.view_supportticket") else []
        shown = {"figures": figures, "groups": list(_grouped(self.get_app_list(request)))}
        return super().index(request, shown | (extra_context or {}))


def _figures() -> list[tuple[int, str, str]]:
    counts = banner.figures()
    return [(int(counts[name]), label, reverse(INBOX) + query) for name, label, query in FIGURES]


def _grouped(apps: list[dict[str, Any]]) -> Iterator[tuple[str, list[tuple[dict[str, Any], str]]]]:
    """The groups with those of their lists that this person may see; what is in no group comes last."""
    found = {model["object_name"].lower(): model for app in apps for model in app["models"]}
    for group in (*GROUPS, THE_REST):
        rows = [(found.pop(name), about) for name, about in group.lists.items() if name in found]
        if group is THE_REST:
            rows += [(model, "") for model in found.values()]
        if rows:
            yield group.name, rows
