"""What is done in the background: the page of Procrastinate, which does it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations.admin.base import Listed

admin.site.unregister(ProcrastinateJob)


@admin.register(ProcrastinateJob)
class JobAdmin(Listed, ProcrastinateJobAdmin):
    """Its package's own, on our lists. What it offers to whoever may look is for whoever may act."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions that this member of staff may run."""
        may_act = request.user.has_perm("procrastinate.change_procrastinatejob")
        return super().get_actions(request) if may_act else {}
