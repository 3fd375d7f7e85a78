"""Django as a WSGI application: what edubot.asgi serves, and any other WSGI server can."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edubot.settings")

application = get_wsgi_application()
