"""What is done in the background: the page of Procrastinate, which does it."""

from __future__ import annotations

from django.contrib import admin
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations.admin.base import Listed

admin.site.unregister(ProcrastinateJob)


@admin.register(ProcrastinateJob)
class JobAdmin(Listed, ProcrastinateJobAdmin):
    """Its package's own, on our lists."""
