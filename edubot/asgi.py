"""The application that uvicorn serves (see edubot.server for how)."""

from __future__ import annotations

from django.conf import settings
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from edubot.server.bodies import MIB
from edubot.server.gateway import Gateway
from edubot.server.lanes import Lane
from edubot.wsgi import application as django

# Probes come through when everything else is busy; webhooks when the desk is. What waits longer than about a second
# is better answered 503: Meta and the console both try again.
pages = Gateway(
    django,
    lanes=[
        ("/health/", Lane("health", threads=1, waiting=20, memory=MIB)),
        ("/api/webhook/", Lane("webhook", threads=settings.WEBHOOK_THREADS, waiting=200, memory=64 * MIB)),
        ("/", Lane("pages", threads=settings.WEB_THREADS, waiting=100, memory=128 * MIB)),
    ],
)

if settings.SIMULATOR:
    from whatsapp.simulator import dispatcher

    dispatcher.start()  # the stand-in's webhooks come back to us from threads of each web process


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Django's views, in threads. (uvicorn is told to offer neither WebSockets nor lifespan events.)"""
    if scope["type"] != "http":
        raise RuntimeError(f"This server speaks HTTP only, not {scope['type']}.")
    await pages(scope, receive, send)
