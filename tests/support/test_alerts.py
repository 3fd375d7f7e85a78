"""Mail about what waits or has gone wrong: to whom, how often, when not, and with which words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from conversations import gates
from conversations.channel import SendError, Verdict
from conversations.notices import raise_notice, settle_notice
from conversations.received import Severity
from edubot.environment import Environment
from support import alerts, services, tasks
from support.alerts import quiet
from support.alerts.letters import Letter
from support.checks import check_mail, check_settings
from support.models import Category, MailedAlert, SupportTicket
from tests.conversations.conftest import Phone

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def configured(settings: Settings) -> Settings:
    """One address is configured, and where we are reached."""
    settings.ADMIN_EMAILS = ["head@school.example"]
    settings.PUBLIC_URL = "https://desk.example"
    return settings


def told(*names: str, after: timedelta = timedelta(0), **options: Any) -> list[Letter]:
    """What a look at these kinds of alerts (all without any) would mail now, or some time from now."""
    letters: list[Letter] = []
    kinds = [alerts.BY_NAME[name] for name in names] or alerts.KINDS
    alerts.run(kinds, timezone.now() + after, post=letters.append, **options)
    return letters


def command(*arguments: str) -> str:
    """What `manage.py support_alerts` says."""
    said = StringIO()
    call_command("support_alerts", *arguments, stdout=said, stderr=said)
    return said.getvalue()


def jobs(name: str) -> list[dict[str, Any]]:
    """The arguments of the jobs that wait."""
    return [job.args for job in ProcrastinateJob.objects.filter(task_name=name, status="todo")]


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_quiet_desk_tells_nothing(db: None) -> None:
    assert told() == []


def test_unassigned_tickets_are_told_every_half_hour_until_somebody_takes_them(
    ticket: SupportTicket, grace: User
) -> None:
    (letter,) = told("unassigned")
    assert letter.subject == "[EduBot] A ticket is nobody's"
    assert told("unassigned", after=20 * MINUTE) == []
    assert len(told("unassigned", after=30 * MINUTE)) == 1
    services.take(ticket, grace)
    assert told("unassigned", after=61 * MINUTE) == []


def test_tickets_that_stay_unresolved_are_told_once_a_day(ticket: SupportTicket, grace: User) -> None:
    services.reply(ticket, grace, "Hello!")
    assert told("unresolved", after=23 * HOUR) == []
    assert "grace" in told("unresolved", after=25 * HOUR)[0].body
    assert told("unresolved", after=30 * HOUR) == []
    assert len(told("unresolved", after=49 * HOUR)) == 1
    services.resolve(ticket, grace)
    assert told("unresolved", after=80 * HOUR) == []


def test_a_database_that_grows_is_told_once_a_week(db: None, configured: Settings) -> None:
    assert told("growth") == []
    MailedAlert.objects.update(figure=1_000_000)
    assert told("growth", after=6 * DAY) == []
    (letter,) = told("growth", after=7 * DAY)
    assert "MB (" in letter.body
    assert sum(line.endswith(" MB") for line in letter.body.splitlines()) == 3  # the largest tables
    assert told("growth", after=14 * DAY) == []  # it has not grown since


def test_a_dead_token_is_told_at_once_and_again_only_when_it_comes_back(db: None) -> None:
    dead = SendError(Verdict.AUTH, "The token has expired.", code=190)
    gates.stop(dead)
    assert jobs("tell_critical") == [{}]
    (letter,) = told("critical")
    assert "The token has expired." in letter.body
    assert letter.body.endswith("https://desk.example/admin/conversations/accountnotice/\n")
    gates.stop(dead)
    assert (told("critical", after=HOUR), len(jobs("tell_critical"))) == ([], 1)
    settle_notice("sending-stopped")
    assert told("critical", after=HOUR) == []
    gates.stop(dead)
    assert (len(told("critical", after=2 * HOUR)), len(jobs("tell_critical"))) == (1, 2)


def test_what_is_not_critical_is_not_mailed(db: None) -> None:
    raise_notice("quality", "phone_number_quality_update", Severity.WARNING, "The number's quality is low.")
    assert (told("critical"), jobs("tell_critical")) == ([], [])


def test_trouble_that_is_over_before_anybody_looked_is_not_told(db: None) -> None:
    raise_notice("account", "account_update", Severity.CRITICAL, "The number was blocked.")
    settle_notice("account")
    assert told("critical") == []


def test_many_tickets_make_one_short_mail(ticket: SupportTicket) -> None:
    from tests.conversations.admin.conftest import person

    for number in range(30):
        SupportTicket.objects.create(conversation=person(number))
    (letter,) = told("unassigned")
    assert letter.subject == "[EduBot] 31 tickets are nobody's"
    assert len(letter.body.splitlines()) < 30
    assert "and 11 more" in letter.body


# --- the words --------------------------------------------------------------------------------------------------------


def test_a_mail_holds_no_words_of_a_student_and_no_whole_number(
    ticket: SupportTicket, phone: Phone, other_phone: Phone
) -> None:
    phone.says("My father lost his job")
    raise_notice("blocked", "account_update", Severity.CRITICAL, "+2348012345678 was blocked\nby Meta")
    (letter, *_rest) = told("unassigned")
    (critical,) = told("critical")
    everything = letter.subject + letter.body + critical.subject + critical.body
    for secret in ("father", "Ada", "2348012345678", "ada_the_great"):
        assert secret not in everything
    assert f"#{ticket.pk}  …78, opened" in letter.body
    assert letter.body.endswith("https://desk.example/support-tickets\n")


def test_without_an_address_of_our_own_a_mail_has_no_link(ticket: SupportTicket, configured: Settings) -> None:
    configured.PUBLIC_URL = ""
    assert "/support-tickets" not in told("unassigned")[0].body


# --- to whom ----------------------------------------------------------------------------------------------------------


def test_people_are_told_by_their_role_and_nobody_twice(
    ticket: SupportTicket, grace: User, amina: User, configured: Settings
) -> None:
    boss = User.objects.create_superuser("boss", "boss@school.example")
    User.objects.create_superuser("head", "HEAD@school.example")
    User.objects.create_superuser("gone", "gone@school.example", is_active=False)
    User.objects.create_superuser("nowhere")
    references = {letter.to for letter in told("unassigned")}
    assert references == {"configured:0", f"user:{amina.pk}", f"user:{boss.pk}"}
    configured.SUPPORT_ALERT_ROLES = ["agent"]
    assert {letter.to for letter in told("unassigned", after=HOUR)} == {"configured:0", f"user:{grace.pk}"}


def test_what_agents_cannot_mend_is_not_told_to_agents(db: None, grace: User, configured: Settings) -> None:
    configured.SUPPORT_ALERT_ROLES = ["agent"]
    raise_notice("account", "account_update", Severity.CRITICAL, "The number was blocked.")
    assert [letter.to for letter in told("critical")] == ["configured:0"]


def test_with_nobody_to_tell_nothing_counts_as_told(ticket: SupportTicket, configured: Settings) -> None:
    configured.ADMIN_EMAILS = []
    assert "set ADMIN_EMAILS" in command("--only", "unassigned")
    configured.ADMIN_EMAILS = ["head@school.example"]
    assert len(told("unassigned")) == 1


# --- quiet hours ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "at", "expected"),
    [
        ("22:00-07:00", time(23), True),
        ("22:00-07:00", time(6, 59), True),
        ("22:00-07:00", time(7), False),
        ("22:00-07:00", time(21, 59), False),
        ("12:00-13:00", time(12, 30), True),
        ("12:00-13:00", time(13), False),
        ("", time(3), False),
    ],
)
def test_quiet_hours_may_go_past_midnight(words: str, at: time, expected: bool) -> None:
    assert quiet.is_quiet(words, at) is expected


def test_in_quiet_hours_only_the_critical_is_told_and_the_rest_in_the_morning(
    ticket: SupportTicket, configured: Settings
) -> None:
    configured.SUPPORT_ALERT_QUIET, configured.TIME_ZONE = "22:00-07:00", "Africa/Lagos"  # an hour ahead of UTC
    raise_notice("account", "account_update", Severity.CRITICAL, "The number was blocked.")
    with time_machine.travel(datetime(2026, 3, 9, 21, 30, tzinfo=UTC)) as clock:
        assert [letter.subject for letter in told()] == ["[EduBot] Something needs you now"]
        assert len(told("unassigned", anyway=True)) == 1
        clock.move_to(datetime(2026, 3, 10, 6, 0, tzinfo=UTC))
        assert len(told("unassigned")) == 1


@pytest.mark.parametrize("words", ["22-7", "25:00-07:00", "22:00-22:00", "at night"])
def test_settings_that_cannot_be_read_are_named(configured: Settings, words: str) -> None:
    configured.SUPPORT_ALERT_QUIET, configured.SUPPORT_HOURS = words, "Mondays"
    configured.SUPPORT_ALERT_ROLES = ["boss"]
    assert [found.id for found in check_settings()] == ["support.E001", "support.E002", "support.E003"]


def test_sound_settings_are_not_complained_of(configured: Settings) -> None:
    assert (check_settings(), check_mail()) == ([], [])
    configured.ADMIN_EMAILS, configured.PUBLIC_URL = [], ""
    assert [found.id for found in check_mail()] == ["support.W001", "support.W002"]


@pytest.mark.parametrize(("debug", "warned"), [(False, ["support.W003"]), (True, [])])
def test_mail_that_is_only_printed_is_warned_of_where_students_are_served(
    configured: Settings, debug: bool, warned: list[str]
) -> None:
    configured.EMAIL_BACKEND, configured.DEBUG = Environment.email_url_config("consolemail://")["EMAIL_BACKEND"], debug
    assert [found.id for found in check_mail()] == warned


# --- on their way -----------------------------------------------------------------------------------------------------


def test_the_clock_queues_mail_and_a_job_sends_it(ticket: SupportTicket) -> None:
    tasks.tell_staff(0)
    tasks.tell_staff(0)
    assert mail.outbox == []
    (job,) = jobs("send_mail")
    assert "school.example" not in str(job)  # addresses would end up in the logs
    tasks.send_mail(**job)
    assert [one.to for one in mail.outbox] == [["head@school.example"]]


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_the_same_moment_one_tells(ticket: SupportTicket) -> None:
    from tests.support.conftest import together

    assert together(*[lambda: tasks.tell_staff(0)] * 4) == []
    assert len(jobs("send_mail")) == 1


def test_somebody_who_has_left_gets_no_mail(db: None) -> None:
    assert not alerts.send(Letter("user:4711", "Hello", "Hello"))
    assert not alerts.send(Letter("configured:7", "Hello", "Hello"))
    assert mail.outbox == []


def test_by_hand_the_mail_goes_out_now_and_once(ticket: SupportTicket) -> None:
    assert "unassigned: 1 to 1 people" in command()
    assert "unassigned: it was told before" in command()
    assert len(mail.outbox) == 1
    assert "1 to 1 people" in command("--anyway", "--only", "unassigned")


def test_a_dry_run_shows_the_mail_and_remembers_nothing(ticket: SupportTicket) -> None:
    assert f"#{ticket.pk}" in command("--dry-run")
    assert (mail.outbox, MailedAlert.objects.count()) == ([], 0)


def test_a_mail_server_that_is_away_leaves_the_mail_to_the_worker(
    ticket: SupportTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
    with pytest.raises(CommandError, match="1 mails"):
        command("--only", "unassigned")
    assert len(jobs("send_mail")) == 1


@pytest.mark.parametrize(
    "job",
    [tasks.tell_staff, tasks.tell_critical_again, tasks.escalate_tickets, tasks.look_after_chats, tasks.forget_log_ins],
)
def test_periodic_jobs_run_on_an_empty_desk(db: None, job: Callable[[int], None]) -> None:
    job(0)
    assert not Category.objects.exists()
