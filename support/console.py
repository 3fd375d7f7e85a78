"""The console's addresses. They all answer with one page; its script asks the JSON API for everything, as anybody may.

How the script is built: docs/console.md.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

from csp.constants import NONE
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

START = "console/main.js"
_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"(\.[^"]+)";', re.MULTILINE)
# Beyond the policy of every page: no string ever becomes markup or script, whatever a library may try.
_TRUSTED_TYPES = csp_update({"require-trusted-types-for": ["'script'"], "trusted-types": [NONE]})


@require_safe
@_TRUSTED_TYPES
def page(request: HttpRequest, folder: str = "login", **_parts: object) -> HttpResponse:
    """The console, whatever the address: its own script reads that. `folder`: below `pages/`, what it will ask for."""
    facts = {"brand": settings.BOT_NAME, "zone": settings.TIME_ZONE, "start": START}
    return render(request, "console/page.html", facts | {"modules": first_modules(folder), "style": style_of(folder)})


def style_of(folder: str) -> str:
    """The style of a page."""
    return f"console/pages/{folder}/page.css"


@cache
def first_modules(folder: str) -> tuple[str, ...]:
    """What a page's first screen imports: a browser asks for all of it at once and not level by level."""
    own = f"console/pages/{folder}"
    found = dict[str, None]()
    left = [f"{own}/words/en.js", f"{own}/page.js", "console/words/en.js", START]
    while left:
        name = left.pop()
        if name not in found:
            found[name] = None
            left += _imports(name)
    return tuple(found)


def _imports(name: str) -> list[str]:
    place = finders.find(name)
    text = Path(place).read_text() if place else ""
    return [posixpath.normpath(f"{posixpath.dirname(name)}/{target}") for target in _IMPORT.findall(text)]


urlpatterns = [
    path("", RedirectView.as_view(url="/dashboard")),
    path("login", page, name="console-login"),
    path("dashboard", page, {"folder": "dashboard"}, name="console-dashboard"),
    path("conversations", page, {"folder": "conversations"}, name="console-conversations"),
    path("conversations/<str:contact>", page, {"folder": "conversations"}, name="console-conversation"),
    path("support-tickets", page, {"folder": "tickets"}, name="console-tickets"),
    path("support-tickets/<int:ticket>", page, {"folder": "tickets"}, name="console-ticket"),
]
