"""The team and its roles: Django's own pages, for administrators, with what is done there written down."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from conversations.admin.base import Audited
from support.accounts import invitations
from support.models import TokenFamily

admin.site.unregister([User, Group])


@admin.register(User)
class TeamAdmin(Audited, UserAdmin):  # type: ignore[type-arg]  # generic in its stubs alone
    """The team. Whoever is new gets a link with which they set their own password."""

    add_form = invitations.NewMember
    add_fieldsets = ((None, {"fields": invitations.NewMember.Meta.fields}),)
    actions = ("invite",)

    @admin.action(description="Make a link with which they set their password", permissions=["change"])
    def invite(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """A link for each, shown once."""
        for user in people:
            self.tell(request, user, "invite")
            address = invitations.link(request, user)
            messages.success(request, f"For {user.username} alone, good once within three days: {address}")

    def get_deleted_objects(
        self, objs: QuerySet[User] | Sequence[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What goes with somebody; their log-ins go without asking who may delete one, for by itself nobody may."""
        gone, counts, needed, kept = super().get_deleted_objects(objs, request)
        return gone, counts, needed - {TokenFamily._meta.verbose_name}, kept  # noqa: SLF001

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
