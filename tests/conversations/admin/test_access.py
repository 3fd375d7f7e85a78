"""Who may see and do what in Django admin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, reverse
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import models
from conversations.channel import MemoryChannel
from support import models as desk_models
from support.accounts import families
from support.accounts.client import Client as Caller
from support.audit import AuditEntry
from tests.conversations.admin.conftest import Desk, homework_of, one_of_everything, page, payment_of, person
from tests.stored import contents

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


# What our pages can do beyond Django's own: the least role of each, decided here a second time. An onlooker, staff in
# no group, may not even look; a reader is whom an administrator lets see every list, and no more. (A template is sent
# by supervisors; its service tells an agent so, on the page.)
_DOORS = """
    GET   conversations_attachment_file        reader
    GET   conversations_attachment_preview     reader
    GET   conversations_bottext_catalogue      reader
    POST  conversations_contact_export         admin
    POST  conversations_contact_erase          admin
    POST  conversations_gate_pause             supervisor
    POST  conversations_gate_resume            supervisor
    POST  conversations_homework_answer        agent
    POST  conversations_homework_cancel        agent
    POST  conversations_homework_reopen        agent
    POST  conversations_homework_solve         agent
    POST  conversations_homework_take          agent
    POST  conversations_message_retry          agent
    POST  conversations_payment_cancel         agent
    POST  conversations_payment_confirm        agent
    POST  conversations_payment_fail           agent
    POST  conversations_subscription_extend    supervisor
    POST  support_supportticket_answer         agent
    POST  support_supportticket_close          agent
    POST  support_supportticket_note           agent
    POST  support_supportticket_reopen         agent
    POST  support_supportticket_resolve        agent
    POST  support_supportticket_retry          agent
    POST  support_supportticket_take           agent
    POST  support_supportticket_take_over      agent
    POST  support_supportticket_template       agent
    POST  support_supportticket_triage         agent
    POST  auth_user_password_change            admin
"""
ROLES = ["anonymous", "onlooker", "reader", "agent", "supervisor", "admin"]
DOORS = [(method, name, least) for method, name, least in map(str.split, filter(str.strip, _DOORS.splitlines()))]
DJANGOS = {"add", "change", "changelist", "delete", "history"}


def ours() -> dict[str, tuple[type[Model], URLPattern]]:
    """The pages that are not those which Django gives every model, with the model whose they are."""
    found: dict[str, tuple[type[Model], URLPattern]] = {}
    for model, pages in admin.site._registry.items():
        djangos = {f"{model._meta.app_label}_{model._meta.model_name}_{name}" for name in DJANGOS}
        found |= {url.name: (model, url) for url in pages.urls if url.name and url.name not in djangos}
    return found


def test_every_page_that_is_not_djangos_own_stands_in_the_table() -> None:
    assert set(ours()) == {name for _, name, _ in DOORS}


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    """Each role."""
    return str(request.param)


@pytest.fixture
def desk(role: str, sit: Callable[..., Desk]) -> Desk:
    """Somebody in this role at a browser."""
    if role == "anonymous":
        return Desk(None, Client())
    seated = sit("sam", role if role in {"agent", "supervisor"} else "", is_superuser=role == "admin")
    if role == "reader" and seated.user:
        seated.user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return seated


def is_turned_away(answer: HttpResponseBase) -> bool:
    """Whether whoever asked was told to log in, or that this is not for them."""
    return answer.status_code == 403 or "/login/" in answer.get("Location", "")


def test_a_page_of_ours_is_for_its_role_and_those_above(role: str, desk: Desk, agent: Desk) -> None:
    """ASVS 8.2.1: whoever knows the address and is below it is turned away and does nothing."""
    rows: dict[type[Model], Model | None] = {type(row): row for row in one_of_everything()} | {User: agent.user}
    for method, name, least in DOORS:
        model, url = ours()[name]
        row, before = rows[model], contents()
        path = reverse(f"admin:{name}", args=[row.pk] if row and url.pattern.converters else [])
        with transaction.atomic():
            answer = desk.client.generic(method, path)
            answer.getvalue()  # what is sent while it is read is closed when it has been
            assert answer.status_code < 500, name
            if ROLES.index(role) < ROLES.index(least):
                assert (is_turned_away(answer), contents() == before) == (True, True), name
            else:
                assert not is_turned_away(answer), name
            transaction.set_rollback(True)


# What a list can do with the rows that were chosen: the least role of each action. Those of a list that nobody deletes
# from are nobody's.
_ACTIONS = """
    conversations.accountnotice      settle           agent
    conversations.bottext            delete_selected  supervisor
    conversations.faqtopic           delete_selected  supervisor
    conversations.gate               open_gates       supervisor
    conversations.homework           take             agent
    conversations.homework           mark_solved      agent
    conversations.homework           cancel           agent
    conversations.inboxitem          try_again        supervisor
    conversations.message            send_again       agent
    conversations.payment            confirm          agent
    conversations.payment            fail             agent
    conversations.payment            cancel           agent
    support.cannedreply              delete_selected  supervisor
    support.category                 delete_selected  supervisor
    support.escalationrule           delete_selected  supervisor
    support.holiday                  delete_selected  supervisor
    support.messagetemplate          delete_selected  supervisor
    support.supportticket            assign_to_me     supervisor
    support.supportticket            assign_to        supervisor
    support.supportticket            set_priority     supervisor
    support.supportticket            resolve_all      supervisor
    support.supportticket            close_all        supervisor
    support.tokenfamily              end              admin
    auth.group                       delete_selected  admin
    auth.user                        delete_selected  admin
    auth.user                        invite           admin
    procrastinate.procrastinatejob   retry            admin
    procrastinate.procrastinatejob   cancel           admin
    procrastinate.procrastinatejob   abort            admin
"""
ACTIONS = {(model, name): least for model, name, least in map(str.split, filter(str.strip, _ACTIONS.splitlines()))}
NEVER_DELETED = {*READ_ONLY, models.Contact, ProcrastinateJob}


def actions() -> list[tuple[type[Model], str]]:
    """Every action of every list, whoever it is for."""
    lists = admin.site._registry.items()
    return [(model, name) for model, list_ in lists for _, name, _ in list_._get_base_actions()]  # type: ignore[attr-defined]


def chosen(model: type[Model], agent: Desk) -> list[Model]:
    """Rows of a list with which each of its actions can do something."""
    if model is User:
        return [agent.user] if agent.user else []
    if model is ProcrastinateJob:
        app.configure_task("forget_log_ins").defer(timestamp=0)
        stuck = app.configure_task("escalate_tickets").defer(timestamp=0)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [stuck])
    if model is desk_models.TokenFamily and agent.user:
        families.begin(agent.user, Caller("192.0.2.1", "x"))
    return list(model._default_manager.all())


def test_every_action_of_a_list_stands_in_the_table() -> None:
    deletions = {(model._meta.label_lower, "delete_selected") for model in NEVER_DELETED}
    assert {(model._meta.label_lower, name) for model, name in actions()} == set(ACTIONS) | deletions


def test_an_action_is_for_its_role_and_those_above(role: str, desk: Desk, agent: Desk) -> None:
    one_of_everything()
    assert agent.user is not None
    answers = {"assign_to": agent.user.pk, "set_priority": "URGENT"}  # to what some ask before they are carried out
    for model, name in actions():
        least = ACTIONS.get((model._meta.label_lower, name), "nobody")
        with transaction.atomic():
            rows = chosen(model, agent)
            before = contents()
            answer = desk.runs(name, *rows, confirmed="yes", post="yes", value=answers.get(name, ""))
            assert answer.status_code < 500, (model, name)
            is_let = least in ROLES and ROLES.index(role) >= ROLES.index(least)
            did_something = contents() != before
            assert did_something == is_let, (model, name)
            transaction.set_rollback(True)


def test_only_supervisors_stop_and_start_sending(agent: Desk, supervisor: Desk, channel: MemoryChannel) -> None:
    assert agent.client.post("/admin/conversations/gate/pause/").status_code == 403
    assert supervisor.client.post("/admin/conversations/gate/pause/").status_code == 302
    assert models.Gate.objects.filter(name="paused").exists()


def test_what_was_done_to_a_job_is_written_down(boss: Desk) -> None:
    job = app.configure_task("forget_log_ins").defer(timestamp=0)
    boss.runs("cancel", ProcrastinateJob.objects.get(pk=job))
    assert ProcrastinateJob.objects.get(pk=job).status == "cancelled"
    assert AuditEntry.objects.filter(verb="job.cancel", object_id=str(job)).count() == 1


def failed_job() -> ProcrastinateJob:
    """A job of the clock that failed for good."""
    job = app.configure_task("forget_log_ins", queueing_lock="forget_log_ins").defer(timestamp=0)
    with connection.cursor() as cursor:
        for status in ("doing", "failed"):
            cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job])
    failed: ProcrastinateJob = ProcrastinateJob.objects.get(pk=job)
    return failed


@pytest.mark.parametrize(("action", "status"), [("retry", "todo"), ("cancel", "cancelled")])
def test_a_job_that_failed_is_done_again_or_settled(boss: Desk, action: str, status: str) -> None:
    job = failed_job()
    boss.runs(action, job)
    assert ProcrastinateJob.objects.get(pk=job.pk).status == status
    assert AuditEntry.objects.filter(verb=f"job.{action}", object_id=str(job.pk)).count() == 1


def test_a_job_whose_next_run_waits_is_not_done_again(boss: Desk) -> None:
    job = failed_job()
    app.configure_task("forget_log_ins", queueing_lock="forget_log_ins").defer(timestamp=1)
    assert b"Cancel that job instead" in boss.runs("retry", job).content
    assert ProcrastinateJob.objects.get(pk=job.pk).status == "failed"
    assert not AuditEntry.objects.filter(verb="job.retry").exists()
