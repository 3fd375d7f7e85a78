"""Who may see and do what in Django admin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client

from conversations import models
from conversations.channel import MemoryChannel
from support import models as desk_models
from support.audit import AuditEntry
from tests.conversations.admin.conftest import Desk, homework_of, one_of_everything, page, payment_of, person

FOR_SUPERVISORS = {models.InboxItem, models.UnreadablePost}
FOR_ADMINISTRATORS = {AuditEntry, desk_models.TokenFamily}
READ_ONLY = {
    *(models.Conversation, models.Message, models.Attachment, models.Homework, models.Payment, models.Subscription),
    *(models.InboxItem, models.UnreadablePost, models.AccountNotice, models.Gate, models.DeliveryReport),
    desk_models.SupportTicket,
    *FOR_ADMINISTRATORS,
}
WRITTEN_BY_SUPERVISORS = {
    *(models.FaqTopic, models.BotText),
    *(desk_models.CannedReply, desk_models.Category, desk_models.Holiday),
    *(desk_models.MessageTemplate, desk_models.EscalationRule),
}
OURS = [model for model in admin.site._registry if model._meta.app_label in {"conversations", "support"}]

pytestmark = pytest.mark.usefixtures("channel")


def test_the_tables_of_this_file_name_every_page() -> None:
    assert {models.Contact} | READ_ONLY | WRITTEN_BY_SUPERVISORS == set(OURS)


@pytest.mark.parametrize("model", OURS)
def test_a_list_is_seen_by_those_whose_work_it_is(
    model: type[Model], agent: Desk, supervisor: Desk, boss: Desk, onlooker: Desk
) -> None:
    assert agent.opens(model).status_code == (403 if model in FOR_SUPERVISORS | FOR_ADMINISTRATORS else 200)
    assert supervisor.opens(model).status_code == (403 if model in FOR_ADMINISTRATORS else 200)
    assert boss.opens(model).status_code == 200
    assert onlooker.opens(model).status_code == 403


@pytest.mark.parametrize("model", OURS)
def test_strangers_and_those_who_have_left_are_sent_to_the_log_in(model: type[Model], agent: Desk) -> None:
    User.objects.update(is_active=False)
    for nobody in (Desk(None, Client()), agent):
        answer = nobody.opens(model)
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]


@pytest.mark.parametrize("name", ["auth_user_changelist", "auth_group_changelist"])
def test_accounts_are_for_superusers(name: str, agent: Desk, supervisor: Desk, boss: Desk) -> None:
    path = f"/admin/{name.replace('_changelist', '').replace('_', '/')}/"
    assert [desk.get(path).status_code for desk in (agent, supervisor, boss)] == [403, 403, 200]


def test_what_is_read_only_is_so_for_superusers_too(boss: Desk) -> None:
    for row in one_of_everything():
        if type(row) not in READ_ONLY:
            continue
        before = type(row).objects.values().get(pk=row.pk)  # type: ignore[attr-defined]
        assert boss.client.get(page(type(row), "add")).status_code == 403
        assert boss.client.post(page(row), {"text": "changed"}).status_code == 403
        assert boss.client.post(page(row, "delete"), {"post": "yes"}).status_code == 403
        assert "delete_selected" not in boss.reads(type(row))
        assert type(row).objects.values().get(pk=row.pk) == before  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", sorted(WRITTEN_BY_SUPERVISORS, key=str))
def test_words_are_written_by_supervisors_and_read_by_agents(model: type[Model], agent: Desk, supervisor: Desk) -> None:
    assert agent.client.get(page(model, "add")).status_code == 403
    assert supervisor.client.get(page(model, "add")).status_code == 200


Verb = Callable[[], tuple[Model, str]]
VERBS: dict[str, Verb] = {
    "answer": lambda: (homework_of(person()), "answer"),
    "take": lambda: (homework_of(person()), "take"),
    "solve": lambda: (homework_of(person()), "solve"),
    "cancel": lambda: (homework_of(person()), "cancel"),
    "reopen": lambda: (homework_of(person()), "reopen"),
    "received": lambda: (payment_of(person()), "confirm"),
    "failed": lambda: (payment_of(person()), "fail"),
    "payment cancelled": lambda: (payment_of(person()), "cancel"),
    "retry": lambda: (person().messages.latest("id"), "retry"),
}


@pytest.mark.parametrize("name", VERBS)
def test_a_button_is_for_those_who_may_act_and_only_by_post(name: str, agent: Desk, sit: Callable[..., Desk]) -> None:
    row, verb = VERBS[name]()
    reader = sit("reader", "agent")
    assert reader.user is not None
    reader.user.groups.clear()
    reader.user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    assert reader.does(row, verb, text="x").status_code == 403
    assert agent.client.get(page(row, verb)).status_code == 405
    assert agent.does(row, verb, text="x").status_code in {200, 302}


def test_a_button_pressed_elsewhere_does_nothing(agent: Desk) -> None:
    homework = homework_of(person())
    assert agent.user is not None
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(agent.user)
    assert careful.post(page(homework, "take")).status_code == 403
    homework.refresh_from_db()
    assert homework.status == "PENDING"


def test_only_supervisors_stop_and_start_sending(agent: Desk, supervisor: Desk, channel: MemoryChannel) -> None:
    assert agent.client.post("/admin/conversations/gate/pause/").status_code == 403
    assert supervisor.client.post("/admin/conversations/gate/pause/").status_code == 302
    assert models.Gate.objects.filter(name="paused").exists()
