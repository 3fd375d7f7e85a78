"""What requests of several endpoints hold: names and ids that stand for rows (an unknown one is 422), and searches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from rest_framework import serializers
from rest_framework.fields import empty

from edubot.api import Id
from support.access import with_groups
from support.models import Category


class CategoryName(serializers.CharField):
    """The name of a ticket's category; the value is the Category."""

    default_error_messages = {"unknown": "There is no such category."}

    def run_validation(self, data: Any = empty) -> Any:
        """The category, or None."""
        name = super().run_validation(data)
        if name is None:
            return None
        found = Category.objects.filter(name=name, is_active=True).first()
        if found is None:
            self.fail("unknown")
        return found


class StaffId(Id):
    """The id of a member of the team; the value is the User."""

    default_error_messages = {"unknown": "There is nobody of this number."}

    def run_validation(self, data: Any = empty) -> Any:
        """The user, or None."""
        number = super().run_validation(data)
        if number is None:
            return None
        found = with_groups(User.objects.filter(pk=number, is_active=True)).first()
        if found is None:
            self.fail("unknown")
        return found


def matching(words: str | None, columns: Iterable[str]) -> Q:
    """Rows that hold these words in one of the columns, whatever the case; all rows for no words."""
    found = Q()
    for column in columns if words else ():
        found |= Q(**{f"{column}__icontains": words})
    return found


class AssignedFilter(serializers.RegexField):
    """Whose: `me`, `none` or somebody's id (see `assignee`)."""

    def __init__(self, **options: Any) -> None:
        about: dict[str, Any] = {"required": False, "help_text": "`me`, `none` or somebody's id."}
        super().__init__(r"^(?:me|none|[1-9][0-9]{0,17})$", **about | options)


def assignee(word: str, user: User) -> int | None:
    """The id of whom an AssignedFilter names; None: nobody."""
    named = {"me": user.pk, "none": None}
    return named[word] if word in named else int(word)
