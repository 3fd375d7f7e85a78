"""Messages of Django admin: what a colleague is talking about is theirs to send again."""

from __future__ import annotations

from functools import partial

from django.contrib import admin
from django.http import HttpRequest

from conversations.admin.base import Do, staff_of
from conversations.admin.thread import MessageAdmin
from conversations.models import Message
from support import services

admin.site.unregister(Message)


@admin.register(Message)
class DeskMessageAdmin(MessageAdmin):
    """With the rights of the desk."""

    def retry_by(self, request: HttpRequest) -> Do:
        """As the API does it."""
        return partial(services.retry, staff=staff_of(request))
