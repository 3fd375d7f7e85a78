"""The desk's background jobs. Each is queued in the transaction that made it necessary; twice is no harm."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from conversations.tasks import UNTIL_BACK
from support import alerts, escalation, services, upkeep
from support.accounts import families, limiter
from support.alerts.kinds import CRITICAL
from support.errors import NoSuchTicket

MAIL_TRIES = 6  # over about an hour and a half


@app.task(name="ask_rating", retry=UNTIL_BACK)
def ask_rating(ticket_id: int) -> None:
    """Ask how the chat went, some seconds after it ended; whoever was removed meanwhile is not asked."""
    with suppress(NoSuchTicket):
        services.ask_rating(ticket_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="look_after_chats", queueing_lock="look_after_chats", pass_context=False)
def look_after_chats(timestamp: int) -> None:
    """Ask about silence, end what was given up, close what was resolved long ago."""
    upkeep.look_after_silence()
    upkeep.close_resolved()


@app.periodic(cron="*/5 * * * *")
@app.task(name="forget_log_ins", queueing_lock="forget_log_ins", pass_context=False)
def forget_log_ins(timestamp: int) -> None:
    """Forget log-ins: failed ones that count no more, expired ones, and the sessions of Django admin that are over."""
    limiter.forget()
    families.forget()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@app.periodic(cron="*/5 * * * *")
@app.task(name="escalate_tickets", queueing_lock="escalate_tickets", pass_context=False)
def escalate_tickets(timestamp: int) -> None:
    """Raise the priority of what has waited for too long."""
    escalation.escalate()


@app.periodic(cron="*/30 * * * *")
@app.task(name="tell_staff", queueing_lock="tell_staff", pass_context=False)
def tell_staff(timestamp: int) -> None:
    """Mail staff about all that is due."""
    alerts.run()


@app.periodic(cron="*/5 * * * *")
@app.task(name="tell_critical_again", queueing_lock="tell_critical_again", pass_context=False)
def tell_critical_again(timestamp: int) -> None:
    """Mail staff about trouble that has come back, or that a lost job left untold."""
    alerts.run([alerts.BY_NAME[CRITICAL]])


@app.task(name="tell_critical")
def tell_critical() -> None:
    """Mail staff about trouble, as soon as it is known."""
    alerts.run([alerts.BY_NAME[CRITICAL]])


@app.task(
    name="send_mail",
    retry=RetryStrategy(max_attempts=MAIL_TRIES, exponential_wait=4, retry_exceptions={OSError}),
)
def send_mail(to: str, subject: str, body: str) -> None:
    """Send one mail, to whom `to` refers (support.alerts.recipients)."""
    alerts.send(alerts.Letter(to, subject, body))
