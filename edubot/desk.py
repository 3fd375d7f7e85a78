"""The whole product on one screen, for trying and for developing: a student's phone beside the console.

Served only where SIMULATOR is true. It stands here because it joins what may not know each other: the phone belongs to
the WhatsApp adapter, the console and its log-in to the desk.
"""

from __future__ import annotations

import ipaddress
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from edubot import http
from edubot.middleware import WAS_FORWARDED
from support.accounts import families
from support.accounts.client import Client
from support.api.accounts import remember

STAFF_PAGES = ("/conversations", f"/{settings.ADMIN_PATH}")  # the first that is served stands beside the phone
SIGNED_IN = "desk_signed_in"


def is_served(path: str) -> bool:
    """Whether there is a page at this path."""
    try:
        return resolve(path).func is not http.not_found
    except Resolver404:
        return False


@require_GET
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The phones left, the console right."""
    staff = next(filter(is_served, STAFF_PAGES))
    facts = {"brand": settings.BOT_NAME, "zone": settings.TIME_ZONE, "staff_page": staff}
    return render(request, "desk.html", facts)


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Log this browser in as the first administrator, so that nobody types a password to try the console.

    Once per session: who has logged out, or in as somebody else, stays so. To any but a browser on this very machine
    there is nothing here.
    """
    if not (settings.DEBUG and settings.SIMULATOR and _is_from_here(request)):
        raise Http404
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    admin = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if admin is None or request.session.get(SIGNED_IN):
        return response
    login(request, admin)
    request.session[SIGNED_IN] = True
    remember(response, families.begin(admin, Client.of(request)).refresh)
    return response


def _is_from_here(request: HttpRequest) -> bool:
    """A browser on this machine that asks for this machine by name: no tunnel, no proxy, nobody else's address."""
    if request.META.get(WAS_FORWARDED):
        return False
    host = request.get_host().rpartition(":")[0] or request.get_host()
    return _is_loopback(request.META.get("REMOTE_ADDR", "")) and (host == "localhost" or _is_loopback(host.strip("[]")))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
