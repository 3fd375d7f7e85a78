"""Nobody writes a column by naming it: what a request may change is listed, whatever the row holds (CVE-2026-72719)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import BooleanField, DateTimeField, Field, Model
from django.db.models.fields.related import ForeignKey

from conversations.models import BotText, Contact, Conversation, FaqTopic, Homework, Payment
from support.models import CannedReply, Category, SupportTicket
from tests.conversations.conftest import Phone
from tests.support.api.conftest import ClientFor
from tests.support.api.world import PHONE, World, make_world

# Whose columns a PATCH or PUT could be after, by what stands in its path.
TARGETS: dict[str, tuple[type[Model], ...]] = {
    "/conversations/": (Conversation, Contact),
    "/tickets/": (SupportTicket,),
    "/homework/": (Homework,),
    "/payments/": (Payment,),
    "/canned-replies/": (CannedReply,),
    "/categories/": (Category,),
    "/faqs/": (FaqTopic,),
    "/bot-texts/": (BotText,),
}


@pytest.fixture
def world(ticket: SupportTicket, phone: Phone, admin: User) -> World:
    return make_world(ticket, phone, admin)


def another(field: Field[Any, Any]) -> object:
    """A value that the column would take, and does not have."""
    if isinstance(field, BooleanField):
        return True
    if isinstance(field, DateTimeField):
        return "2001-01-01T00:00:00Z"
    return 4711 if isinstance(field, ForeignKey) or "Integer" in field.get_internal_type() else "4711"


def stored(models: tuple[type[Model], ...]) -> list[dict[str, Any]]:
    """Every row of these tables, but for when it was last written."""
    rows = [row for model in models for row in model._default_manager.order_by("pk").values()]
    return [{name: value for name, value in row.items() if name != "updated_at"} for row in rows]


def test_naming_a_column_does_not_write_it(world: World, admin: User, client_for: ClientFor) -> None:
    api = client_for(admin)
    writes = [found for found in world.operations if found[0] in {"PATCH", "PUT"} and "preferences" not in found[1]]
    assert {next(part for part in TARGETS if part in path) for _, path in writes} == set(TARGETS)
    for method, path in writes:
        models = next(models for part, models in TARGETS.items() if part in path)
        columns = [field for model in models for field in model._meta.concrete_fields]
        named = {name: another(field) for field in columns for name in (field.name, field.attname)}
        body = {name: value for name, value in named.items() if name not in world.keys((method, path))}
        before = stored(models)
        answer = api.send(method, world.path(path, phone=PHONE), body | {"is_staff": True, "is_superuser": True})
        assert answer.status_code in {200, 409, 422}, (method, path)
        assert stored(models) == before, (method, path)
    admin.refresh_from_db()
    assert User.objects.filter(is_superuser=True).count() == 1
