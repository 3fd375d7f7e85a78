"""The team."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from rest_framework.request import Request

from edubot.api import Endpoint, Page, PageQuery, operation, page
from support.access import with_groups
from support.api.accounts import PersonOut


class Staff(Endpoint):
    """Who works here."""

    @operation(query=PageQuery, answers=PersonOut, paged=True)
    def get(self, request: Request, query: dict[str, Any]) -> Page:
        """The active members of the team, by user name."""
        team = User.objects.filter(Q(is_staff=True) | Q(is_superuser=True), is_active=True)
        return page(with_groups(team), query, by="username")
