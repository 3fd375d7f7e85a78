"""What is done in the background: the page of Procrastinate, which does it."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations.admin.base import Audited, Rows

admin.site.unregister(ProcrastinateJob)


@admin.register(ProcrastinateJob)
class JobAdmin(Audited, ProcrastinateJobAdmin):
    """Its package's own, on our lists. What it offers is for whoever may act, and is written down."""

    audited_as = "job"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions that this member of staff may run."""
        if not request.user.has_perm("procrastinate.change_procrastinatejob"):
            return {}
        actions = super().get_actions(request)
        return {name: (_written_down(found[0], name), *found[1:]) for name, found in actions.items() if found}


def _written_down(run: Any, name: str) -> Any:
    """The same action, told of each job that it was run for; what fits none of a job's states changes nothing."""

    @wraps(run)
    def told(page: JobAdmin, request: HttpRequest, jobs: Rows) -> Any:
        with transaction.atomic():
            for job in jobs:
                page.tell(request, job, name)
            return run(page, request, jobs)

    return told
