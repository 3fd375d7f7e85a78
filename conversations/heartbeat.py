"""Signs of life of the worker processes, by the database's clock."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

from django.db.models.functions import Now

from conversations.models import Heartbeat

FRESH = timedelta(seconds=15)
EVERY = 4.0  # seconds


def name() -> str:
    """This process's name among the workers."""
    return f"{socket.gethostname()}:{os.getpid()}"[:120]


def beat() -> None:
    """Say that this worker is alive, and forget those that have been silent for an hour."""
    Heartbeat.objects.update_or_create(name=name(), defaults={"seen_at": Now()})
    Heartbeat.objects.filter(seen_at__lt=Now() - timedelta(hours=1)).delete()


def stop() -> None:
    """This worker is about to end."""
    Heartbeat.objects.filter(name=name()).delete()


def alive() -> int:
    """How many workers are alive."""
    return Heartbeat.objects.filter(seen_at__gte=Now() - FRESH).count()
