"""The web process of the Procfile."""

from __future__ import annotations

import argparse
import logging
import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from edubot.server import run

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Serve the webhook, the JSON API and the pages."""

    help = "Serve the webhook, the JSON API and the pages over HTTP."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Where to listen and with how many processes."""
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument(
            "--processes",
            type=int,
            default=settings.WEB_CONCURRENCY or run.cores(),
            help="default: WEB_CONCURRENCY, else one per core",
        )
        parser.add_argument(
            "--fd", type=int, help="a listening socket inherited from the parent, instead of an address"
        )

    def handle(self, *, host: str, port: int, processes: int, fd: int | None, **_: Any) -> None:
        """Listen and serve until told to stop."""
        try:
            listener = socket.socket(fileno=fd) if fd is not None else run.listen(host, port)
        except OSError as error:
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another PORT.") from error
        address = listener.getsockname()
        logger.info("Web server starts", extra={"host": address[0], "port": address[1], "processes": processes})
        run.serve(listener, processes=processes)
