"""What every request passes before Django's own middleware, in the order of settings.MIDDLEWARE."""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.urls import resolve
from django.utils.functional import SimpleLazyObject, empty

from edubot import health, http, logs
from edubot.metrics.process import METHODS

GetResponse = Callable[[HttpRequest], HttpResponseBase]

QUIET = (settings.STATIC_URL, "/simulator/")  # files, and a development page that asks once a second
WEBHOOKS = "/api/webhook/"

logger = logging.getLogger("edubot.access")


class HealthMiddleware:
    """Answers probes and scrapers before anything that may refuse: they come over http, with an address as host."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The view's answer, uncached; other paths go on."""
        view = health.VIEWS.get(request.path)
        if view is None:
            return self.get_response(request)
        allowed = request.method in ("GET", "HEAD")
        response = view(request) if allowed else HttpResponseNotAllowed(["GET", "HEAD"])
        response["Cache-Control"] = "no-store"
        http.protect(request, response)
        return response


class AccessLogMiddleware:
    """One line per request: route template, method, status, milliseconds, ids. Never the path, for paths hold phones.

    The caller's `X-Request-ID` is kept where it is harmless, and echoed, so that an error can be found in the log.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of the rest, logged."""
        began = time.perf_counter()
        token = logs.request_id.set(logs.id_of_request(request.META.get("HTTP_X_REQUEST_ID", "")))
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = logs.request_id.get()
            # Nothing but static files, which say so themselves, may be kept by a browser or a proxy.
            response.headers.setdefault("Cache-Control", "no-store")
            if "Content-Security-Policy" not in response.headers:  # a refusal, or a webhook: no page's answer
                http.protect(request, response)
            self._log(request, response, (time.perf_counter() - began) * 1000)
        finally:
            logs.request_id.reset(token)
        return response

    @staticmethod
    def _log(request: HttpRequest, response: HttpResponseBase, milliseconds: float) -> None:
        logger.log(
            logging.DEBUG if request.path.startswith(QUIET) else logging.INFO,
            "Answered",
            extra={
                "method": request.method if request.method in METHODS else "other",
                "route": request.resolver_match.route if request.resolver_match else "",
                "status": response.status_code,
                "ms": round(milliseconds, 1),
                "user_id": _user_id(request),
            },
        )


WAS_FORWARDED = "edubot.was_forwarded"  # in META: somebody between says that the client is another


class ProxyMiddleware:
    """Believes what the nearest TRUSTED_PROXY_COUNT proxies say of the client, and drops what anybody else may say.

    Every proxy appends the address it was called from, so the client is that many entries from the right: entries
    further left are the client's own invention. After this, REMOTE_ADDR and the scheme are the truth for everybody.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of the rest."""
        addresses = _entries(request.META.pop("HTTP_X_FORWARDED_FOR", ""))
        schemes = _entries(request.META.pop("HTTP_X_FORWARDED_PROTO", ""))
        others = [request.META.pop(name, "") for name in ("HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")]
        request.META[WAS_FORWARDED] = any([addresses, schemes, *others])
        trusted = settings.TRUSTED_PROXY_COUNT
        if trusted and addresses:
            address = addresses[-min(trusted, len(addresses))]
            if _is_address(address):
                request.META["REMOTE_ADDR"] = address
        if trusted and schemes:
            request.META["wsgi.url_scheme"] = "https" if schemes[-1].lower() == "https" else "http"
        return self.get_response(request)


class HttpsMiddleware:
    """Programs that speak http are told so: a redirect would have sent the body, and the token, in the clear twice.

    Pages are redirected by Django's SecurityMiddleware.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """403 for API requests over http where settings demand https."""
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and http.speaks_json(request.path):
            return http.failure(403, "HTTPS_REQUIRED", "Use https.")
        return self.get_response(request)


class GuardMiddleware:
    """Refuses what no view wants: TRACE and unknown methods, and NUL in addresses, which PostgreSQL does not take.

    A parameter of the API is left to its endpoint, which names it in the refusal.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """405, 404, 400, or the answer of the rest."""
        if request.method not in METHODS:
            return http.refuse(
                request, 405, "METHOD_NOT_ALLOWED", "This method is not allowed.", Allow=", ".join(METHODS)
            )
        if "\0" in request.path:
            return http.not_found(request)
        if "%00" in request.META.get("QUERY_STRING", "") and not http.speaks_json(request.path):
            return http.bad_request(request)
        return self.get_response(request)


class WebhookMiddleware:
    """Gives webhooks to their view at once: a machine's signed POST needs no session, no cookies and no page's headers.

    What follows in settings.MIDDLEWARE costs more than the view itself.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The view's answer; other paths go on."""
        if not request.path_info.startswith(WEBHOOKS):
            return self.get_response(request)
        request.resolver_match = found = _resolved(request.path_info)
        response: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
        return response


_resolved = lru_cache(maxsize=8)(resolve)  # what is not found is not kept


class AdminNetworksMiddleware:
    """Shows Django admin to ADMIN_NETWORKS alone: to everybody else there is nothing at its address."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """404 for who asks for Django admin from elsewhere."""
        asks = f"{request.path_info}/".startswith(f"/{settings.ADMIN_PATH}")
        if asks and settings.ADMIN_NETWORKS and not _is_within(request.META["REMOTE_ADDR"]):
            return http.not_found(request)
        return self.get_response(request)


def _is_within(address: str) -> bool:
    """Whether ADMIN_NETWORKS hold this address. One that cannot be read (a socket has none) is nowhere."""
    if not _is_address(address):
        return False
    found = ipaddress.ip_address(address)
    known = getattr(found, "ipv4_mapped", None) or found
    return any(known in network for network in settings.ADMIN_NETWORKS)


def _entries(header: str) -> list[str]:
    return [entry.strip() for entry in header.split(",") if entry.strip()]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _user_id(request: HttpRequest) -> int | None:
    """Who asked, if a view wanted to know: looking here must not cost a query."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject) and user.__dict__.get("_wrapped", empty) is empty:
        return None
    return getattr(user, "pk", None)
