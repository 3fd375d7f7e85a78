"""Running the server: uvicorn's settings in one place for production, development and tests."""

from __future__ import annotations

import os
import signal
import socket

import uvicorn
from uvicorn.supervisors import Multiprocess

from edubot.processes import end_if_asked
from edubot.server.protocol import LimitedProtocol

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket at this address. Raises OSError where it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def cores() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def serve(listener: socket.socket, *, processes: int, application: str = "edubot.asgi:application") -> None:
    """Serve an ASGI application until SIGTERM or SIGINT; requests in flight get five seconds to finish."""
    config = uvicorn.Config(
        application,
        http=LimitedProtocol,
        ws="none",
        lifespan="auto",  # the service has one (edubot.server.life)
        interface="asgi3",
        workers=processes,
        backlog=BACKLOG,
        access_log=False,  # ours tells the route, not the path: paths hold phone numbers
        server_header=False,
        proxy_headers=False,  # ProxyMiddleware decides whom to believe
        log_config=None,  # settings.LOGGING
        timeout_keep_alive=75,  # longer than a proxy keeps its side, or it writes into connections that we have closed
        timeout_graceful_shutdown=5,  # open event streams would keep us for ever
    )
    # uvicorn raises again what told it to stop: then everything is done, and no hanging thread is to be waited for.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_if_asked()
    if processes > 1:
        Multiprocess(config, [listener]).run()
    else:
        uvicorn.Server(config).run([listener])
