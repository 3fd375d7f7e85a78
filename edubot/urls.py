"""Every address of the service on one screen. (`/health/…` is answered before this: edubot.middleware.)"""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from edubot import desk, http
from support.accounts.views import admin_login, admin_logout

handler400, handler403, handler404, handler500 = http.bad_request, http.forbidden, http.not_found, http.server_error

ADMIN: str = settings.ADMIN_PATH

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("whatsapp.urls")),
    path("api/", include("support.urls")),
    path("api/", include("edubot.api.urls")),
    re_path(r"^api/", http.not_found),  # also where DEBUG would show a page
    path("", include("support.console")),
    path(ADMIN.removesuffix("/"), RedirectView.as_view(url=f"/{ADMIN}")),
    path(f"{ADMIN}login/", admin_login),  # before Django's own: the same limiter as the API's
    path(f"{ADMIN}logout/", admin_logout),
    path(ADMIN, admin.site.urls),
]
if settings.SIMULATOR:
    urlpatterns += [
        path("simulator/desk", desk.page, name="desk"),
        path("simulator/desk/sign-in", desk.sign_in, name="desk-sign-in"),
        path("simulator/", include("whatsapp.simulator.urls")),
    ]
