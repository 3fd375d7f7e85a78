"""Names and ids in requests that stand for rows of the desk. An unknown one is a wrong value: 422."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
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
