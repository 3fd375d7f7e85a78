"""The life of a web process, as ASGI tells it (https://asgi.readthedocs.io/en/latest/specs/lifespan.html)."""

from __future__ import annotations

from django.urls import get_resolver
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable

from edubot import postgres
from edubot.processes import settle


async def live(receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """From start-up to shutdown; the embedded PostgreSQL is left when the last request has been answered.

    Not at exit: uvicorn ends its processes by the signal that it was told to stop with, so their exit is never reached.
    """
    await receive()
    _ = get_resolver().url_patterns  # imports all views, for which the first visitor would have to wait
    settle()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    postgres.leave_for_good()
    await send({"type": "lifespan.shutdown.complete"})
