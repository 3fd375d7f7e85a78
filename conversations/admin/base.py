"""What all pages of Django admin share: who may act, how big tables stay fast, where a refusal of the domain is caught.

Reading needs the model's `view` permission, acting its `change` permission; the groups `agent` and `supervisor` carry
them (support.migrations.0002_roles). Whatever changes something calls the same service as everybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import DataError, transaction
from django.db.models import Model, QuerySet
from django.dispatch import Signal
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from conversations.errors import DomainError

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
    Inline = admin.TabularInline[Any, Any]
    Form = ModelForm[Any]
    Rows = QuerySet[Any, Any]
    CountingPaginator = Paginator[Any]
else:
    Admin, Inline, Form = admin.ModelAdmin, admin.TabularInline, ModelForm
    Rows, CountingPaginator = QuerySet, Paginator

MOST_COUNTED = 10_000  # rows; "10000+" tells a person as much as 4,812,377
MOST_AT_ONCE = 200  # rows of one bulk action
SHOWN_WORDS = 80  # characters of a message in a list

Do = Callable[[Any], object]

acted = Signal()  # (request, row, verb, details): somebody did something; sent in the transaction of what was done


class CappedPaginator(CountingPaginator):
    """Stops counting where an exact figure would take longer than the page itself (`10000+` in the list's foot)."""

    most_counted = MOST_COUNTED

    @cached_property
    def count(self) -> int:
        """The number of rows, `most_counted` at most."""
        rows: Any = self.object_list
        return int(rows.order_by()[: self.most_counted].count())


class DeskList(ChangeList):
    """A list that answers a value which a field cannot have as Django answers an unknown filter (`?e=1`).

    Django itself does so only where it finds out before the database does.
    """

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str | None] | None = None) -> Rows:
        """What is listed; a search may ask the database for it already here."""
        with self._as_asked():
            return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        """The rows."""
        with self._as_asked():
            super().get_results(request)

    @contextmanager
    def _as_asked(self) -> Iterator[None]:
        """Raises IncorrectLookupParameters where the address asks for what cannot be."""
        try:
            yield
        except (DataError, OverflowError, TypeError) as error:
            if not self.get_filters_params():
                raise  # nobody asked for anything: a bug of ours
            raise IncorrectLookupParameters from error


class Listed(Admin):
    """What its list is asked for by hand is no error of ours."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The class of its list."""
        return DeskList


class Audited(Listed):
    """Whatever is added, changed or deleted by a form is told, as what buttons do."""

    audited_as = ""  # what its rows are called where it is written down who did what; the model's name otherwise

    def save_model(self, request: HttpRequest, obj: Model, form: Form, change: bool) -> None:  # noqa: FBT001
        """Save, with the names of the fields that were changed."""
        self.write(obj, form.changed_data if change else None)
        self.tell(request, obj, "change" if change else "add", fields=sorted(form.changed_data) if change else [])

    def write(self, row: Model, changed: list[str] | None) -> None:
        """Into the database; `changed` are the fields that a form changed, None for a new row."""
        row.save()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete one."""
        self.tell(request, obj, "delete")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Rows) -> None:
        """Delete several: all of them, or none."""
        with transaction.atomic():
            for row in queryset:
                self.tell(request, row, "delete")
            super().delete_queryset(request, queryset)

    def tell(self, request: HttpRequest, row: Model, verb: str, **details: Any) -> None:
        """Say what somebody did to a row; `details` are ids and codes."""
        name = (isinstance(row, self.model) and self.audited_as) or row._meta.model_name  # noqa: SLF001
        acted.send(type(row), request=request, row=row, verb=f"{name}.{verb}", details=details)


class DeskForm(Form):
    """A form by which somebody changes what they changed: what stood in it when its page was opened comes with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            comes = not self.is_bound or self.add_initial_prefix(name) in self.data
            field.show_hidden_initial = self.instance.pk is not None and comes

    def clean(self) -> dict[str, Any]:
        """What they left alone is as others may have made it meanwhile, so the row is looked at as it will be."""
        given = super().clean() or self.cleaned_data
        if self.instance.pk is None:
            return given
        return {
            name: value if name in self.changed_data else getattr(self.instance, name) for name, value in given.items()
        }


class DeskAdmin(Audited):
    """A table of any size. Only what a form changed is written: the rest may have moved on since it was opened."""

    form = DeskForm
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they count every row for every filter
    list_per_page = 50

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, named as people say it."""
        named = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, named | (extra_context or {}))

    def panel(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the template of a row's page shows beside the fields."""
        return {}

    def render_change_form(  # noqa: PLR0917  (Django's signature)
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT001, FBT002
        change: bool = False,  # noqa: FBT001, FBT002
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """The row's page with its panel."""
        extra = {"may_act": self.has_act_permission(request)} | self.panel(request, obj) if obj else {}
        return super().render_change_form(request, context | extra, add, change, form_url, obj)

    def write(self, row: Model, changed: list[str] | None) -> None:
        """A new row whole, of an old one what the form changed."""
        row.save(update_fields=changed)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may do what the page offers, beyond reading."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def post_url(self, name: str, view: Callable[..., HttpResponseBase], pk: str = "<int:pk>/") -> URLPattern:
        """The address of something that is done by POST, named as Django names its own (`app_model_name`)."""

        def permitted(request: HttpRequest, **found: Any) -> HttpResponseBase:
            if not self.has_act_permission(request):
                raise PermissionDenied
            return view(request, **found)

        wrapped = self.admin_site.admin_view(require_POST(permitted))
        return path(f"{pk}{name}/", wrapped, name=f"{self.opts.app_label}_{self.opts.model_name}_{name}")

    def found(self, request: HttpRequest, pk: object) -> Any:
        """The row, or 404."""
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def carry_out(self, request: HttpRequest, row: Model, do: Do, done: str, **details: Any) -> bool:
        """Call one service for one row and say how it went; what was done stands in the row's history.

        The one catcher of what the domain refuses in Django admin.
        """
        try:
            with transaction.atomic():
                do(row)
                self.tell(request, row, verb_of(request), **details)
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
            return False
        self.log_change(request, row, done)
        self.message_user(request, f"{row} {done}", messages.SUCCESS)
        return True

    def carry_out_each(self, request: HttpRequest, rows: Rows, do: Do, done: str, **details: Any) -> None:
        """`carry_out` for the selected rows; each stands for itself."""
        for row in self.selected(request, rows):
            self.carry_out(request, row, do, done, **details)

    def selected(self, request: HttpRequest, rows: Rows) -> list[Any]:
        """The selected rows, or none (and a word to the person) where they are more than anybody has looked at."""
        found = list(rows[: MOST_AT_ONCE + 1])
        if len(found) <= MOST_AT_ONCE:
            return found
        self.message_user(request, f"At most {MOST_AT_ONCE} at a time, please.", messages.ERROR)
        return []

    def back_to(self, row: Model) -> HttpResponseRedirect:
        """To the row's page."""
        return HttpResponseRedirect(page_of(row))

    def back_to_list(self) -> HttpResponseRedirect:
        """To the list."""
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))


class ReadOnlyAdmin(DeskAdmin):
    """A page to read. Nothing is added, changed or deleted by a form; buttons and actions call services."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows come from the domain."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is edited here; see `has_act_permission`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """History is kept; a person's data is erased by its own command."""
        return False


def new_key() -> str:
    """What a page's box is sent under, hidden in it: a second click is the same once more."""
    return uuid4().hex


def staff_of(request: HttpRequest) -> User:
    """Who acts. Admin pages are for those who are logged in."""
    return cast("User", request.user)


def verb_of(request: HttpRequest) -> str:
    """What is being done: the end of a button's address (`app_model_verb`), or the action of a list."""
    name = (request.resolver_match and request.resolver_match.url_name) or ""
    word = name.split("_", 2)[-1]
    return request.POST.get("action", "") if word == "changelist" else word


def page_of(row: Model) -> str:
    """The address of a row's page."""
    meta = row._meta  # noqa: SLF001  (public API in spite of its name: "Model _meta API")
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def link_to(row: Model | None, words: str) -> str:
    """Words of ours, never a person's, that lead to a row's page."""
    return format_html('<a href="{}">{}</a>', page_of(row), words) if row else "-"


def badge(value: str | None, label: str) -> str:
    """A status as a coloured word. Both come from our own choices, never from a person."""
    return format_html('<span class="badge badge-{}">{}</span>', (value or "none").lower(), label) if value else "-"


def shortened(words: str) -> str:
    """The beginning of a message, on one line."""
    line = " ".join(words.split())
    return line if len(line) <= SHOWN_WORDS else f"{line[: SHOWN_WORDS - 1]}…"
