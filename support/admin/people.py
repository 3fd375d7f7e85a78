"""A person's own data, on their page in Django admin: all of it as one file, and all of it gone."""

from __future__ import annotations

import tempfile
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern

from conversations.admin.people import ContactAdmin
from conversations.models import Contact
from conversations.people import Busy
from conversations.storage import StoreError
from support.access import Right, may
from support.audit import audit
from support.privacy import Person, erase, export

CONFIRMATION = "erase"

admin.site.unregister(Contact)


@admin.register(Contact)
class PersonAdmin(ContactAdmin):
    """With two buttons for administrators."""

    change_form_template = "admin/support/person/change_form.html"

    def panel(self, request: HttpRequest, row: Contact) -> dict[str, Any]:
        """Whether the buttons are shown."""
        return super().panel(request, row) | {"may_erase": may(request.user, Right.ERASE), "word": CONFIRMATION}

    def get_urls(self) -> list[URLPattern]:
        """With what the buttons do."""
        return [
            self.post_url("export", self._export),
            self.post_url("erase", self._erase),
            *super().get_urls(),
        ]

    def _export(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        person = self._person(request, pk)
        file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
        try:
            with transaction.atomic():
                counts, _ = export(person, file)
                audit(request, "person.export", person.contact, rows=counts)
        except StoreError as error:
            file.close()
            return self._not_done(request, person, f"{error} Nothing was exported: try again later.")
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=f"person-{pk}.zip", content_type="application/zip")

    def _erase(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = self._person(request, pk)
        if request.POST.get("confirmation", "").strip() != CONFIRMATION:
            self.message_user(request, f"Nothing was done: type {CONFIRMATION} to erase.", messages.WARNING)
            return self.back_to(person.contact)
        try:
            with transaction.atomic():
                audit(request, "person.erase", person.contact, rows=erase(person))
        except Busy:
            return self._not_done(request, person, "A message is on its way. Try again in a minute.")
        except StoreError as error:
            return self._not_done(request, person, f"{error} Nothing was erased: try again later.")
        self.message_user(request, "This person's data is gone.", messages.SUCCESS)
        return self.back_to_list()

    def _not_done(self, request: HttpRequest, person: Person, why: str) -> HttpResponse:
        self.message_user(request, why, messages.ERROR)
        return self.back_to(person.contact)

    def _person(self, request: HttpRequest, pk: int) -> Person:
        if not may(request.user, Right.ERASE):
            raise PermissionDenied
        return Person(self.found(request, pk).conversation)
