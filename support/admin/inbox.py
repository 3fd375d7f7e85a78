"""The inbox of Django admin: which tickets, in which order. What the folders hold is said in support.folders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from conversations.admin.base import Rows, staff_of
from conversations.admin.filters import ChoiceFilter
from support import access, folders
from support.access import Right
from support.folders import BY_SLUG, FOLDERS
from support.models import LIVE

EVERYTHING = "all"
FOLDER = "show"
ORDER_OF_EVERYTHING = ("-id",)
NARROWED = ("q", "status__exact")  # whoever looks for these means all tickets, unless they name a folder


def folder_of(parameters: Mapping[str, Any]) -> str:
    """The slug of the folder that an address of the inbox means, or EVERYTHING."""
    named = parameters.get(FOLDER)
    if named in BY_SLUG or named == EVERYTHING:
        return str(named)
    return EVERYTHING if any(parameters.get(name) for name in NARROWED) else FOLDERS[0].slug


def order_of(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """In which order its tickets stand; each is read from an index."""
    slug = folder_of(parameters)
    return BY_SLUG[slug].order if slug in BY_SLUG else ORDER_OF_EVERYTHING


class FolderFilter(ChoiceFilter):
    """The folders with how much they hold; what waits comes first."""

    title = "folder"
    template = "admin/support/supportticket/folders.html"  # above the list, where a phone shows them, too
    parameter_name = FOLDER
    conditions = {folder.slug: (folder.name, folder.condition) for folder in FOLDERS} | {EVERYTHING: ("All", Q())}

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        self.default = folder_of(request.GET)
        super().__init__(request, *args)

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Their names with their counts, as far as they are counted."""
        counts = folders.counts(staff_of(request))
        for slug, (name, _) in self.conditions.items():
            yield slug, f"{name} ({counts[slug]})" if slug in counts else name

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """What the folder holds for the one who looks."""
        folder = BY_SLUG.get(folder_of(request.GET))
        return queryset.filter(folder.holds(staff_of(request))) if folder else queryset


class ChatFilter(ChoiceFilter):
    """Tickets with a live chat."""

    title = "live chat"
    parameter_name = "chat"
    conditions = {"live": ("In live chat", LIVE)}


class AssigneeFilter(ChoiceFilter):
    """Whose tickets."""

    title = "assignee"
    parameter_name = "assignee"
    conditions = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Everybody who answers."""
        return [("none", "Nobody"), *((str(user.pk), user.username) for user in answerers())]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """The tickets of the chosen one; what is nobody's number is ignored."""
        value = self.value() or ""
        if value == "none":
            return queryset.filter(assigned_admin=None)
        return queryset.filter(assigned_admin=int(value)) if value in dict(self.lookup_choices) else queryset


class AgeFilter(ChoiceFilter):
    """How long the student has been waiting."""

    title = "waiting"
    parameter_name = "waiting"
    conditions = {
        "300": ("More than 5 minutes", Q()),
        "3600": ("More than an hour", Q()),
        "86400": ("More than a day", Q()),
    }

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """Those whose student has waited that many seconds."""
        if self.value() not in self.conditions:
            return queryset
        return queryset.filter(waiting_since__lte=timezone.now() - timedelta(seconds=int(str(self.value()))))


def answerers() -> list[User]:
    """Who can be given a ticket, by user name. Two queries."""
    team = access.with_groups(User.objects.filter(is_active=True).order_by("username"))
    return [user for user in team if access.may(user, Right.ANSWER)]
