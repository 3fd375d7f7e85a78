"""Pages of ours among Django's: its log-in, behind the same limiter as the API's, and its log-out."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from edubot import http
from support.accounts.errors import TooManyAttempts


def admin_login(request: HttpRequest) -> HttpResponse:
    """Django admin's log-in page; 429 where too many log-ins failed."""
    try:
        return admin.site.login(request)
    except TooManyAttempts as refused:
        return http.refuse(request, 429, refused.code, str(refused), Retry_After=str(refused.retry_after))


def admin_logout(request: HttpRequest) -> HttpResponse:
    """Django admin's log-out; what pages kept in the browser goes with whoever logs out (ASVS 14.3.1)."""
    response = admin.site.logout(request)
    response.headers["Clear-Site-Data"] = '"storage"'
    return response
