"""The queue of webhooks to our own service. Rows in PostgreSQL; `dispatcher` posts them from background threads.

Rows are claimed with SKIP LOCKED and a lease, so any number of processes share the queue; what a killed process had
claimed comes free when the lease runs out. Within a lane only the oldest row may go. Whatever is not answered 200 is
posted again, ever more rarely, for seven days, as Meta does.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import requests
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from whatsapp.simulator import payloads, webhooks
from whatsapp.simulator.faults import Faults
from whatsapp.simulator.models import Bubble, Callback, Phone, lock

log = logging.getLogger(__name__)

MESSAGE, STATUS = "message", "status"  # lanes
LATE = 2000  # milliseconds by which `reorder` holds a webhook back, at most
BATCH = 4  # rows claimed at once
LEASE = timedelta(seconds=BATCH * sum(webhooks.TIMEOUT) + 2)  # longer than posting a batch to a webhook that hangs
LONGEST_PAUSE = 60.0  # seconds between two tries
KEPT = timedelta(days=7)

queued = threading.Event()  # set when this process has queued something


def enqueue(
    phone: Phone,
    payload: Mapping[str, Any],
    *,
    lane: str,
    faults: Faults,
    bubble: Bubble | None = None,
    after: float = 0.0,
    held: bool = False,
) -> None:
    """Queue one webhook about a phone, inside the transaction that holds the phone's lock.

    `lane` is MESSAGE or STATUS; `after` seconds from now it is due, or, `held`, once `release` says so. The switches
    `duplicates` and `reorder` do their work here: a copy, and lanes of their own with random delays.
    """
    body = payloads.encode(payload).decode("ascii")
    for copy in range(2 if faults.duplicates else 1):
        alone = faults.reorder or copy > 0
        wait = after + (secrets.randbelow(LATE) / 1000 if faults.reorder else 0)
        Callback.objects.create(
            phone=phone,
            bubble=bubble if copy == 0 else None,
            lane=f"{lane}:{phone.pk}:{secrets.token_hex(8)}" if alone else f"{lane}:{phone.pk}",
            body=body,
            due_at=None if held else Now() + timedelta(seconds=wait),
        )
    transaction.on_commit(queued.set)


def release(phone: Phone) -> None:
    """Let go what was held back while the phone was offline."""
    phone.callbacks.filter(due_at=None).update(due_at=Now())
    transaction.on_commit(queued.set)


def claim() -> list[Callback]:
    """Take the webhooks that are due, at most one per lane `BATCH` in all; nobody else gets them during the lease."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    earlier = Callback.objects.filter(lane=OuterRef("lane"), pk__lt=OuterRef("pk"))
    with transaction.atomic():
        due = Callback.objects.filter(free, ~Exists(earlier), due_at__lte=Now()).order_by("due_at", "pk")
        batch = list(due.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        taken = Callback.objects.filter(pk__in=[callback.pk for callback in batch])
        taken.update(lease_until=Now() + LEASE, attempts=F("attempts") + 1)
    return batch


def deliver(session: requests.Session, callback: Callback) -> None:
    """Post one claimed webhook and write down what came of it."""
    try:
        trouble = webhooks.post(session, callback.body)
    except ImproperlyConfigured as error:
        trouble = str(error)
    with transaction.atomic():
        if trouble:
            _try_later(callback, trouble)
        else:
            _done(callback)


def run_due() -> int:
    """Post everything that is due, here and now; returns how many webhooks were posted. For commands and tests."""
    posted = 0
    with webhooks.new_session() as session:
        while batch := claim():
            posted += len(batch)
            for callback in batch:
                deliver(session, callback)
    return posted


def _done(callback: Callback) -> None:
    Callback.objects.filter(pk=callback.pk).delete()
    if callback.bubble_id is None:
        return
    phone = lock(callback.phone_id)
    Bubble.objects.filter(pk=callback.bubble_id, status="sent").update(status="delivered", version=phone.version)
    Phone.objects.filter(pk=phone.pk).exclude(trouble="").update(trouble="")


def _try_later(callback: Callback, trouble: str) -> None:
    pause = min(2.0**callback.attempts, LONGEST_PAUSE)
    log.warning("Webhook not taken", extra={"callback": callback.pk, "attempt": callback.attempts + 1})
    Callback.objects.filter(pk=callback.pk, created_at__lt=Now() - KEPT).delete()
    Callback.objects.filter(pk=callback.pk).update(due_at=Now() + timedelta(seconds=pause), lease_until=None)
    Phone.objects.filter(pk=callback.phone_id).update(trouble=trouble[:200], version=F("version") + 1)
