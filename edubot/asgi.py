"""The application that uvicorn serves (see edubot.server for how)."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from edubot.wsgi import application as django  # sets Django up, which all that knows models needs

# isort: split
from conversations import wakeup
from edubot.metrics.process import REGISTRY, Refusals
from edubot.server.bodies import MIB
from edubot.server.gateway import Gateway, door
from edubot.server.lanes import Lane
from edubot.server.life import live
from edubot.server.protocol import before_stop, doors
from edubot.server.streams import Streams
from support.live.door import Door
from support.live.hub import Hub

# Probes come through when everything else is busy; webhooks when the desk is. What waits longer than about a second
# is better answered 503: Meta and the console both try again.
WEBHOOKS = "/api/webhook/"
webhooks = Lane("webhook", threads=settings.WEBHOOK_THREADS, waiting=200, memory=64 * MIB)
doors[WEBHOOKS.encode()] = door(WEBHOOKS, webhooks)
lanes = [
    ("/health/live", Lane("live", threads=1, waiting=20, memory=MIB)),  # asks nobody: it answers while "ready" waits
    ("/health/", Lane("health", threads=1, waiting=20, memory=MIB)),
    ("/metrics", Lane("metrics", threads=1, waiting=4, memory=MIB)),
    (WEBHOOKS, webhooks),
    ("/", Lane("pages", threads=settings.WEB_THREADS, waiting=100, memory=128 * MIB)),
]
pages = Gateway(django, lanes)

EVENTS = "/api/admin/events"
# After a restart every console comes back at once; two threads greet them while the others serve everybody else.
hub = Hub()
greeting = Lane("events", threads=2, waiting=500, memory=MIB)
events = Streams(django, greeting, partial(Door, hub))
REGISTRY.register(Refusals([*(lane for _, lane in lanes), greeting]))
before_stop.append(hub.close)

wakeup.from_a_thread()

if settings.SIMULATOR:
    from whatsapp.simulator import dispatcher

    dispatcher.start()  # the stand-in's webhooks come back to us from threads of each web process


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Django's views in threads, and live events. (uvicorn is told not to offer WebSockets.)"""
    if scope["type"] == "lifespan":
        await live(receive, send)
        return
    if scope["type"] != "http":
        raise RuntimeError(f"This server speaks HTTP only, not {scope['type']}.")
    serve = events if scope["path"] == EVENTS else pages
    await serve(scope, receive, send)
