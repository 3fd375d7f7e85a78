"""The stream of live events. What it carries is made in `support.live`."""

from __future__ import annotations

import logging
import re
from functools import partial

from django.db import InterfaceError, OperationalError, close_old_connections
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from conversations import events
from edubot.api import Endpoint, operation
from support import banner
from support.accounts.bearer import person
from support.accounts.errors import InvalidToken
from support.accounts.tokens import Claims
from support.live import door, shapes
from support.live.hub import Full

COME_AGAIN = b"retry: 2000\n\n"  # milliseconds after which a browser's EventSource tries again
_ID = re.compile(r"[0-9]{1,18}")

log = logging.getLogger(__name__)


class Events(Endpoint):
    """What happens, as it happens."""

    @operation(answers="text/event-stream", errors=(Full,))
    def get(self, request: Request) -> HttpResponse:
        """Live events (Server-Sent Events).

        `message`, `delivery`, `conversation`, `ticket` and `presence` carry an id and the row as the lists show it;
        `notifications` carries the banner's figures; `heartbeat` comes every 15 seconds. Connect first and read the
        lists then: nothing in between is lost. With `Last-Event-ID` everything since that event is told, with an
        overlap of ten seconds: keep what you get by id. `reset` says that too much happened, or too long ago: read the
        lists again. `expired` ends the stream with the token: refresh it and come again.
        """
        opening = door.of(request.META)
        if opening and request.method == "GET":
            claims: Claims = request.auth  # type: ignore[assignment]  # BearerAuthentication's
            opening.open(claims.user_id, claims.expires_at, partial(_still_allowed, claims))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the latter: nginx must not collect it
        return HttpResponse(beginning(request.headers.get("Last-Event-ID")), "text/event-stream", headers=headers)


def beginning(last_event_id: str | None) -> bytes:
    """What a client gets at once: all that it missed, or from where it can go on; and the banner's figures."""
    return COME_AGAIN + _past(last_event_id) + shapes.notifications(banner.figures())


def _past(last_event_id: str | None) -> bytes:
    if not last_event_id:
        return shapes.heartbeat(timezone.now(), events.newest_id())
    found = events.since(int(last_event_id)) if _ID.fullmatch(last_event_id) else None
    return shapes.reset(events.newest_id()) if found is None else b"".join(shapes.frames(found))


def _still_allowed(claims: Claims) -> bool:
    """Whether the token still counts. While the database is away nothing can be told, and nothing given away."""
    close_old_connections()
    try:
        person(claims)
    except InvalidToken:
        return False
    except (OperationalError, InterfaceError) as error:
        log.warning("A stream's rights could not be looked at.", extra={"error": type(error).__name__})
    return True
