"""What supervisors and administrators write in Django admin: templates, rules, the team. All of it is written down."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models import Model

from support import services
from support.audit import AuditEntry
from support.models import CannedReply, EscalationRule, MessageTemplate, SupportTicket, TokenFamily
from tests.conversations.admin.conftest import Desk, page
from tests.support.api.conftest import log_in, make_user

TEMPLATE = {"name": "we_answered", "language": "en", "body": "Hello {{1}}, about {{2}}.", "is_active": "on"}
RULE = {"priority": "LOW", "minutes": 30, "raised_to": "HIGH", "is_active": "on"}


def written() -> list[tuple[str, str, dict[str, object]]]:
    """What was written down: verb, id and details."""
    return list(AuditEntry.objects.exclude(verb="log_in").order_by("pk").values_list("verb", "object_id", "details"))


@pytest.mark.parametrize(
    ("model", "fields", "mistake"),
    [
        (MessageTemplate, TEMPLATE, ({"body": "Hello {{2}}."}, "without a gap")),
        (EscalationRule, RULE, ({"raised_to": "LOW"}, "A rule raises the priority.")),
    ],
)
def test_supervisors_write_templates_and_rules_and_agents_read_them(
    supervisor: Desk,
    agent: Desk,
    model: type[Model],
    fields: dict[str, object],
    mistake: tuple[dict[str, object], str],
) -> None:
    wrong, why = mistake
    assert why in supervisor.client.post(page(model, "add"), fields | wrong).content.decode()
    assert supervisor.client.post(page(model, "add"), fields).status_code == 302
    row = model._default_manager.get()
    assert agent.client.post(page(row), fields).status_code == 403
    assert agent.opens(row).status_code == 200
    supervisor.client.post(page(row), {name: value for name, value in fields.items() if name != "is_active"})
    supervisor.client.post(page(row, "delete"), {"post": "yes"})
    name = model._meta.model_name
    assert written() == [
        (f"{name}.add", str(row.pk), {"fields": []}),
        (f"{name}.change", str(row.pk), {"fields": ["is_active"]}),
        (f"{name}.delete", str(row.pk), {}),
    ]


def test_deleting_several_is_written_down_one_by_one(supervisor: Desk) -> None:
    rows = [CannedReply.objects.create(shortcut=name, title=name, text=name) for name in ("one", "two")]
    supervisor.runs("delete_selected", *rows, post="yes")
    assert not CannedReply.objects.exists()
    assert sorted(written()) == [("words.delete", str(row.pk), {}) for row in rows]


def test_a_new_password_and_new_rights_of_a_colleague_are_written_down(boss: Desk) -> None:
    colleague = User.objects.create_user("olu", is_staff=True)
    words = {"password1": "a-long-new-word-5", "password2": "a-long-new-word-5", "usable_password": "true"}
    boss.client.post(page(colleague, "password_change").replace("password_change", "password"), words)
    boss.client.post(page(colleague), {"username": "olu", "date_joined_0": "2026-01-01", "date_joined_1": "10:00"})
    colleague.refresh_from_db()
    assert colleague.check_password("a-long-new-word-5")
    assert [verb for verb, *_ in written()] == ["user.password", "user.change"]
    assert "is_staff" in str(written()[1][2])


@pytest.mark.parametrize("from_the_list", [False, True])
def test_a_colleague_who_left_is_deleted_with_their_log_ins_and_their_work_stays(
    boss: Desk, ticket: SupportTicket, *, from_the_list: bool
) -> None:
    olu = make_user("olu", "agent", is_staff=True)
    assert log_in("olu").status_code == 200
    answer = services.reply(ticket, olu, "Send it once more, please.")
    if from_the_list:
        boss.runs("delete_selected", olu, post="yes")
    else:
        assert boss.client.post(page(olu, "delete"), {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=olu.pk).exists()
    assert not TokenFamily.objects.exists()
    answer.refresh_from_db()
    ticket.refresh_from_db()
    assert (answer.text, answer.staff, ticket.assigned_admin) == ("Send it once more, please.", None, None)
    assert AuditEntry.objects.get(username="olu").verb == "log_in"
    assert written()[-1] == ("user.delete", str(olu.pk), {})
