"""Signs of life of the worker processes, by the database's clock."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import lru_cache

from django.db.models.functions import Now

from conversations.models import Heartbeat
from edubot.processes import process_name

FRESH = timedelta(seconds=15)
EVERY = 4.0  # seconds


def beat() -> None:
    """Say that this worker is alive, and forget those that have been silent for an hour."""
    Heartbeat.objects.update_or_create(name=process_name(), defaults={"seen_at": Now()})
    Heartbeat.objects.filter(seen_at__lt=Now() - timedelta(hours=1)).delete()


def stop() -> None:
    """This worker is about to end."""
    Heartbeat.objects.filter(name=process_name()).delete()


def alive() -> int:
    """How many workers are alive."""
    return Heartbeat.objects.filter(seen_at__gte=Now() - FRESH).count()


def alive_lately() -> int:
    """How many workers were alive a moment ago, ourselves at least: asked many times a second, looked up once."""
    return _alive(int(time.monotonic()))


@lru_cache(maxsize=1)
def _alive(_second: int) -> int:
    return max(1, alive())
