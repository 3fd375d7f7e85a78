"""What this process has done since it began. A scrape meets one of several, so every figure says which (`process`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from edubot.processes import process_name

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "edubot_http_requests",
    "Requests answered, by route template.",
    ["process", "method", "route", "status"],
    registry=REGISTRY,
)
SECONDS = Histogram(
    "edubot_http_request_seconds",
    "How long answers took, by route template.",
    ["process", "method", "route"],
    registry=REGISTRY,
)
IN_FLIGHT = Gauge("edubot_http_in_flight", "Requests being answered.", ["process"], registry=REGISTRY)


class MetricsMiddleware:
    """Counts every request by its route template: a path would tell phones, and be a figure of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of the rest."""
        process, began = process_name(), time.perf_counter()
        with IN_FLIGHT.labels(process).track_inprogress():
            response = self.get_response(request)
        method = request.method if request.method in METHODS else "other"
        route = request.resolver_match.route if request.resolver_match else ""
        REQUESTS.labels(process, method, route, response.status_code).inc()
        SECONDS.labels(process, method, route).observe(time.perf_counter() - began)
        return response


class Refusing(Protocol):
    """What lets so many requests wait and refuses the others (edubot.server.lanes)."""

    name: str
    refused: int


class Refusals(Collector):
    """What was refused before it came to any view, because too many waited: no middleware sees that."""

    def __init__(self, lanes: Sequence[Refusing]) -> None:
        self._lanes = lanes

    def collect(self) -> Iterator[CounterMetricFamily]:
        """One figure for each kind of request."""
        told = "Requests refused (503) because too many of their kind waited."
        family = CounterMetricFamily("edubot_http_refused", told, labels=["process", "lane"])
        for lane in self._lanes:
            family.add_metric([process_name(), lane.name], lane.refused)
        yield family
