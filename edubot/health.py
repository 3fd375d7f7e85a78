"""Signs of life for load balancers and operators. No host check, no redirect: see HealthMiddleware."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from conversations.models import Heartbeat
from edubot import http
from edubot.metrics.database import DatabaseFigures
from edubot.metrics.process import REGISTRY

FRESH = timedelta(seconds=15)  # a worker renews its heartbeat every few seconds

logger = logging.getLogger(__name__)


class _Migrations:
    """Whether every migration has been applied. Asking costs 100 ms, so a yes is remembered by the process."""

    applied = False

    @classmethod
    def pending(cls) -> bool:
        if not cls.applied:
            executor = MigrationExecutor(connection)
            cls.applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return not cls.applied


def live(_request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers at all."""
    return JsonResponse({"status": "ok"})


def ready(_request: HttpRequest) -> JsonResponse:
    """200 when webhooks can be stored; else 503 with the failing part named.

    A stale worker is told but is no failure: what comes in is stored and handled later.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if _Migrations.pending():
            return _unready(database="ok", migrations="pending")
        worker = "ok" if _worker_is_fresh() else "stale"
    except (DatabaseError, InterfaceError):
        logger.warning("The database cannot be reached", exc_info=True)
        return _unready(database="unreachable")
    return JsonResponse({"status": "ok", "database": "ok", "migrations": "ok", "worker": worker})


def worker(_request: HttpRequest) -> JsonResponse:
    """200 when a worker has given a sign of life in the last 15 seconds, else 503."""
    try:
        fresh = _worker_is_fresh()
    except (DatabaseError, InterfaceError):
        return _unready(database="unreachable")
    return JsonResponse({"status": "ok", "worker": "ok"}) if fresh else _unready(worker="stale")


_database = CollectorRegistry()
_figures = DatabaseFigures()
_database.register(_figures)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text, for whoever has METRICS_TOKEN. 404 where none is set: then nobody is meant to read it."""
    if not settings.METRICS_TOKEN:
        return http.not_found(request)
    given, wanted = request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode()):
        return HttpResponse("The token is missing or wrong.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(generate_latest(_database) + generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/health/live": live,
    "/health/ready": ready,
    "/health/worker": worker,
    "/metrics": metrics,
}


def _worker_is_fresh() -> bool:
    return Heartbeat.objects.filter(seen_at__gt=Now() - FRESH).exists()


def _unready(**parts: str) -> JsonResponse:
    return JsonResponse({"status": "unavailable", **parts}, status=503)
