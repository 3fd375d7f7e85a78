"""What is true of the whole service, whichever process is asked: computed from the rows themselves."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob, ProcrastinateWorker
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from conversations import gates, heartbeat
from conversations.bot.types import State
from conversations.models import Conversation, DeliveryStatus, Heartbeat, InboxItem, Message, UnreadablePost
from conversations.models.thread import ON_ITS_WAY
from support.models import ACTIVE, Status, SupportTicket

KEPT = 5.0  # seconds; several scrapers, or an impatient one, cost no more than one
DAY = timedelta(days=1)

log = logging.getLogger(__name__)


class DatabaseFigures(Collector):
    """The figures of the database, asked for at most every few seconds. Fifteen statements, by indexes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: list[Metric] = []
        self._until = 0.0

    def collect(self) -> list[Metric]:
        """The figures; where the database is away, that alone."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._found = _found()
                self._until = time.monotonic() + KEPT
            return self._found

    def forget(self) -> None:
        """Ask anew next time."""
        self._until = 0.0


def _found() -> list[Metric]:
    now = timezone.now()
    try:
        found = [*_inbox(now), *_outbox(now), *_desk(), *_workers(now), *_jobs(now)]
    except (DatabaseError, InterfaceError):
        log.warning("The database cannot be reached", exc_info=True)
        found = []
    return [_one("edubot_database_up", "Whether the database answers.", int(bool(found))), *found]


def _inbox(now: datetime) -> Iterator[Metric]:
    waiting = InboxItem.objects.filter(handled_at=None).aggregate(number=Count("pk"), oldest=Min("received_at"))
    yield _one("edubot_inbox_waiting", "Items of webhooks that wait to be handled.", waiting["number"])
    yield _one("edubot_inbox_oldest_seconds", "Age of the oldest of them.", _age(waiting["oldest"], now))
    dead = InboxItem.objects.filter(dead=True).count()
    yield _one("edubot_inbox_dead", "Items that were given up and wait for a person.", dead)
    posts = UnreadablePost.objects.aggregate(times=Sum("times", default=0))
    yield _one("edubot_unreadable_webhooks", "Signed webhooks that nobody could read.", posts["times"])


def _outbox(now: datetime) -> Iterator[Metric]:
    moving = Message.objects.filter(ON_ITS_WAY).order_by().values_list("delivery_status")
    stuck = Message.objects.filter(delivery_status__in=[DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN])
    undecided = Q(delivery_status=DeliveryStatus.UNKNOWN, hold_until=None)
    counted = Counter(dict.fromkeys(("queued", "sending", "unknown"), 0))
    oldest = None
    for status, number, since in moving.annotate(number=Count("pk"), since=Min("created_at")):
        counted[status] = number
        oldest = since if status == DeliveryStatus.QUEUED else oldest
    trouble = stuck.aggregate(
        undecided=Count("pk", filter=undecided), failed=Count("pk", filter=Q(failed_at__gt=now - DAY))
    )
    yield _many("edubot_outbox_messages", "Messages on their way.", "status", counted)
    yield _one("edubot_outbox_oldest_seconds", "Age of the oldest queued message.", _age(oldest, now))
    yield _one("edubot_unknown_sends", "Messages that wait for a person: did they arrive?", trouble["undecided"])
    yield _one("edubot_failed_sends", "Messages that failed in the last 24 hours.", trouble["failed"])
    shut = {gate.name: 1 for gate in gates.closed()}
    names = (gates.NUMBER, gates.NETWORK, gates.APP, gates.ACCOUNT, gates.PAUSED)
    yield _many(
        "edubot_gate_shut", "Why nothing may leave: 1 where a gate is shut.", "gate", dict.fromkeys(names, 0) | shut
    )


def _desk() -> Iterator[Metric]:
    by_status = SupportTicket.objects.order_by().values_list("status").annotate(number=Count("pk"))
    yield _many("edubot_tickets", "Tickets.", "status", dict.fromkeys(Status.values, 0) | dict(by_status))
    waiting = SupportTicket.objects.filter(status__in=ACTIVE, waiting_since__isnull=False).count()
    yield _one("edubot_tickets_waiting", "Active tickets whose student waits for an answer.", waiting)
    chats = Conversation.objects.filter(state=State.CHAT_SUPPORT_ACTIVE).count()
    yield _one("edubot_active_chats", "Live chats that are open.", chats)


def _workers(now: datetime) -> Iterator[Metric]:
    newest = Heartbeat.objects.aggregate(seen=Max("seen_at"))["seen"]
    yield _one("edubot_workers_alive", "Workers that gave a sign of life lately.", heartbeat.alive())
    yield _one("edubot_worker_heartbeat_seconds", "Age of the newest sign of life.", _age(newest, now, float("inf")))


def _jobs(now: datetime) -> Iterator[Metric]:
    """Background jobs, mails among them. One that will be tried again later is not due, one whose try hangs is."""
    deferred = ProcrastinateEvent.objects.filter(job=OuterRef("pk"), type="deferred").values("at")
    failed = ProcrastinateEvent.objects.filter(job=OuterRef("pk"), type="failed", at__gt=now - DAY)
    undone = ProcrastinateJob.objects.filter(status__in=("todo", "doing"))  # one of the future is never the oldest
    oldest = undone.aggregate(since=Min(Coalesce("scheduled_at", Subquery(deferred[:1]))))
    yield _one(
        "edubot_jobs_oldest_seconds", "Age of the oldest job that is due and not done.", _age(oldest["since"], now)
    )
    given_up = ProcrastinateJob.objects.filter(Exists(failed), status="failed").count()
    yield _one("edubot_jobs_failed", "Jobs that failed for good in the last 24 hours, and were not settled.", given_up)
    runner = ProcrastinateWorker.objects.aggregate(seen=Max("last_heartbeat"))["seen"]
    yield _one("edubot_jobs_heartbeat_seconds", "Age of their runner's sign of life.", _age(runner, now, float("inf")))


def _age(since: datetime | None, now: datetime, otherwise: float = 0.0) -> float:
    """Seconds since then; `otherwise` where there is nothing."""
    return max((now - since).total_seconds(), 0.0) if since else otherwise


def _one(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _many(name: str, words: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
