"""What is done in the background: the page of Procrastinate, which does it."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.db import connection, transaction
from django.http import HttpRequest
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import UniqueViolation

from conversations.admin.base import Audited, Rows

admin.site.unregister(ProcrastinateJob)


@admin.register(ProcrastinateJob)
class JobAdmin(Audited, ProcrastinateJobAdmin):
    """Its package's own, on our lists. What it offers is for whoever may act, and is written down."""

    audited_as = "job"
    actions = ["retry", "cancel", "abort"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions that this member of staff may run."""
        if not request.user.has_perm("procrastinate.change_procrastinatejob"):
            return {}
        actions = super().get_actions(request)
        return {name: (_written_down(found[0], name), *found[1:]) for name, found in actions.items() if found}

    @admin.action(description="Cancel Job ('todo' jobs, and failed ones that nobody needs any more)")
    def cancel(self, request: HttpRequest, queryset: Rows) -> None:
        """Have these not be done (again). Its package leaves no way to settle a job that failed but to do it again."""
        with connection.cursor() as cursor:
            cursor.execute(_SETTLE, [[job.pk for job in queryset]])
        super().cancel(request, queryset)


_SETTLE = "UPDATE procrastinate_jobs SET status = 'cancelled' WHERE status = 'failed' AND id = ANY(%s)"


def _written_down(run: Any, name: str) -> Any:
    """The same action, told of each job that it was run for; what fits none of a job's states changes nothing."""

    @wraps(run)
    def told(page: JobAdmin, request: HttpRequest, jobs: Rows) -> Any:
        try:
            with transaction.atomic():
                for job in jobs:
                    page.tell(request, job, name)
                return run(page, request, jobs)
        except UniqueViolation:
            page.message_user(request, _SUCCEEDED, messages.ERROR)

    return told


_SUCCEEDED = "Nothing was changed: of one of these jobs the next run waits already. Cancel that job instead."
