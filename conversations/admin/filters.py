"""What the filters beside the lists of Django admin are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from conversations.admin.base import Rows


class ChoiceFilter(admin.SimpleListFilter):
    """A filter of a few named conditions. `default` is used where nothing is chosen; "All" then is a choice, too."""

    conditions: dict[str, tuple[str, Q]]
    default: str | None = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The names of the conditions."""
        return [(key, label) for key, (label, _) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """The rows that fulfil the chosen condition; unknown choices are ignored."""
        _, condition = self.conditions.get(self.value() or self.default or "", ("", Q()))
        return queryset.filter(condition)

    def choices(self, changelist: Any) -> Any:
        """As Django's, but without "All" where a default stands in for it."""
        choices = list(super().choices(changelist))
        if self.default is None:
            return choices
        chosen = self.value() or self.default
        return [choice | {"selected": key == chosen} for key, choice in zip(self.conditions, choices[1:], strict=True)]
