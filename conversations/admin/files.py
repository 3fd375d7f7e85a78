"""Received and sent files: to be looked at by staff, one by one, never by address alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.views.decorators.http import require_safe

from conversations import downloads
from conversations.admin.base import ReadOnlyAdmin, badge
from conversations.admin.search import PeopleSearch
from conversations.models import Attachment, AttachmentStatus
from conversations.storage import StoreError
from edubot.http import RETRY_AFTER_OUTAGE

REASONS = {
    "too_large": "larger than we take",
    "wrong_type": "not a kind of file that we take",
    "unreadable": "damaged",
    "expired": "no longer there to be fetched",
}


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin, PeopleSearch):
    """Every file, with what became of it."""

    contact_path = "message__conversation__contact__"
    list_display = ("id", "person", "kind", "status_badge", "mime_type", "size", "filename", "created_at")
    list_filter = ("status",)
    list_select_related = ("message__conversation__contact",)
    ordering = ("-id",)
    sortable_by = ()  # millions of rows have one order
    fields = (
        *("message", "homework", "kind", "status_badge", "mime_type", "size", "filename", "voice", "sha256"),
        *("created_at", "download"),
    )
    readonly_fields = fields

    @admin.display(description="person")
    def person(self, attachment: Attachment) -> str:
        """Whose conversation it belongs to."""
        return attachment.message.conversation.contact.display_name

    @admin.display(description="status", ordering="status")
    def status_badge(self, attachment: Attachment) -> str:
        """How far it has come."""
        label = AttachmentStatus(attachment.status).label
        why = REASONS.get(attachment.reason)
        return badge(attachment.status, f"{label}: {why}" if why else label)

    @admin.display(description="file")
    def download(self, attachment: Attachment) -> str:
        """Where it can be had."""
        return file_links([attachment])

    def get_urls(self) -> list[URLPattern]:
        """The file itself, and a small picture of it."""
        own = [
            path("<int:pk>/file/", self._view(downloads.whole), name="conversations_attachment_file"),
            path("<int:pk>/preview/", self._view(downloads.preview), name="conversations_attachment_preview"),
        ]
        return own + super().get_urls()

    def _view(self, answer: Callable[[Attachment], HttpResponse | None]) -> Callable[..., HttpResponseBase]:
        """A view for whoever may see attachments. 404: not stored, or no picture of it; 503: its store is away."""

        def view(request: HttpRequest, pk: int) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            try:
                found = answer(self.found(request, pk))
            except FileNotFoundError:
                found = None
            except StoreError as error:
                later = {"Retry-After": str(RETRY_AFTER_OUTAGE)}
                found = HttpResponse(f"{error} Try again shortly.", "text/plain", 503, headers=later)
            if found is None:
                raise Http404
            return found

        return self.admin_site.admin_view(require_safe(view))


def file_links(attachments: Iterable[Attachment]) -> str:
    """Links to stored files, by number: a sender's file names stay text."""
    stored = (one for one in attachments if one.status == AttachmentStatus.STORED)
    numbered = ((reverse("admin:conversations_attachment_file", args=[one.pk]), one.pk) for one in stored)
    return format_html_join(", ", '<a href="{}">File {}</a>', numbered) or "-"
