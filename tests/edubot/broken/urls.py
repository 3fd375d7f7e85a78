"""The service's addresses, and /broken and /api/broken."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from edubot import urls
from edubot.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def breaks(request: HttpRequest) -> HttpResponse:
    """A bug."""
    raise RuntimeError("The password is swordfish.")


urlpatterns = [path("broken", breaks), path("api/broken", breaks), *urls.urlpatterns]
