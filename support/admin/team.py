"""The team and its roles: Django's own pages, for administrators, with what is done there written down."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from conversations.admin.base import Audited

admin.site.unregister([User, Group])


@admin.register(User)
class TeamAdmin(Audited, UserAdmin):  # type: ignore[type-arg]  # generic in its stubs alone
    """The team."""

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Somebody's new password; it is a page of its own."""
        with transaction.atomic():
            answer = super().user_change_password(request, id, form_url)
            if isinstance(answer, HttpResponseRedirect):
                self.tell(request, User.objects.get(pk=id), "password")
        return answer


@admin.register(Group)
class RoleAdmin(Audited, GroupAdmin):
    """The roles."""
