"""What the team writes: canned replies, categories, FAQ topics, and its own wording of the bot's sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from conversations import wording
from conversations.models import BotText, FaqTopic
from edubot.api import Endpoint, ModelBody, Page, PageQuery, Success, operation, page
from support.audit import audit
from support.models import CannedReply, Category

Pair = tuple[type[Endpoint], type[Endpoint]]


def _body(table: type[Model], *names: str, unique: tuple[str, ...] = ()) -> type[ModelBody]:
    """A body with these columns. Whether it is unique is looked at with the row in hand (`_keep`)."""
    relaxed: dict[str, dict[str, list[Any]]] = {name: {"validators": []} for name in unique}
    meta = type("Meta", (), {"model": table, "fields": names, "extra_kwargs": relaxed, "validators": []})
    return type(f"{table.__name__}Body", (ModelBody,), {"Meta": meta, "__doc__": "What it says."})


def _out(table: type[Model], *names: str) -> type[serializers.ModelSerializer[Any]]:
    """How a row is shown."""
    meta = type("Meta", (), {"model": table, "fields": ("id", *names)})
    return type(f"{table.__name__}Out", (serializers.ModelSerializer,), {"Meta": meta, "__doc__": "What it says."})


def _endpoints(table: type[Any], *names: str, by: str, unique: tuple[str, ...] = ()) -> Pair:
    """The list and the row of a table that staff write in."""
    body_type, out = _body(table, *names, unique=unique), _out(table, *names)
    what = str(table._meta.verbose_name)  # noqa: SLF001  (public API in spite of its name)

    class Rows(Endpoint):
        """All of them."""

        @operation(query=PageQuery, answers=out, paged=True, etag=True)
        def get(self, request: Request, query: dict[str, Any]) -> Page:
            """List what the team wrote."""
            return page(table.objects.all(), query, by=by)

        @operation(body=body_type, answers=out, status=201, message=f"{what.capitalize()} added")
        def post(self, request: Request, body: dict[str, Any]) -> Any:
            """Add one."""
            with _writing():
                return _keep(request, table(), body, "add")

    class Row(Endpoint):
        """One of them."""

        @operation(body=body_type, answers=out, message=f"{what.capitalize()} changed")
        def patch(self, request: Request, row_id: int, body: dict[str, Any]) -> Any:
            """Change one."""
            with _writing():
                row = _locked(table, row_id)
                return _keep(request, row, body, "change") if body else row

        @operation(message=f"{what.capitalize()} deleted")
        def delete(self, request: Request, row_id: int) -> Success:
            """Delete one."""
            with _writing():
                row = _locked(table, row_id)
                audit(request, "words.delete", row)
                row.delete()
            return Success()

    return Rows, Row


@contextmanager
def _writing() -> Iterator[None]:
    """A transaction after which the bot reads its words anew."""
    with transaction.atomic():
        yield
    wording.forget()


def _locked(table: type[Any], row_id: int) -> Any:
    """The row as it is now, until the transaction ends. Raises Http404."""
    return get_object_or_404(table.objects.select_for_update(), pk=row_id)


def _keep(request: Request, row: Any, values: dict[str, Any], verb: str) -> Any:
    """Store a row with these values. Raises ValidationError for what its table refuses."""
    for name, value in values.items():
        setattr(row, name, value)
    if isinstance(row, BotText):
        row.updated_at = timezone.now()
    row.full_clean()
    row.save()
    audit(request, f"words.{verb}", row)
    return row


CannedReplies, OneCannedReply = _endpoints(
    CannedReply, "shortcut", "title", "text", by="shortcut", unique=("shortcut",)
)
Categories, OneCategory = _endpoints(Category, "name", "first_answer", "is_active", by="name", unique=("name",))
Faqs, OneFaq = _endpoints(FaqTopic, "slug", "language", "title", "answer", "position", "is_active", by="position")
BotTexts, OneBotText = _endpoints(BotText, "key", "language", "text", by="key")
