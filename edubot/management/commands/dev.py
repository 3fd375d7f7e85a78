"""The whole of EduBot on one machine, for trying and for developing: what `make run` calls."""

from __future__ import annotations

import argparse
import socket
import threading
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from edubot import desk, starter
from edubot.processes import Child, is_ready, manage, supervise
from edubot.server.run import listen

HOST = "127.0.0.1"
PORTS_TRIED = 20

PAGES = (
    ("Phone and console", "/simulator/desk"),
    ("Phones alone", "/simulator/"),
    ("Staff console", "/conversations"),
    ("Django admin", f"/{settings.ADMIN_PATH}"),
    ("API documentation", "/api/docs/"),
)


class Command(BaseCommand):
    """Migrates, makes the first administrator, runs web and worker, and says where to look."""

    help = "Run everything on this machine: database, web, worker and the phone simulator. Ctrl-C stops it all."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Where to listen."""
        parser.add_argument("--port", type=int, default=settings.PORT, help="the first port to try (default: PORT)")

    def handle(self, *, port: int, **_: Any) -> None:
        """Prepare the database, then run until Ctrl-C."""
        listener = self._listen(port)
        self._prepare_database()
        log_in = self._first_log_in()
        starter.faq_topics()
        connection.close()  # from here on the children work with it
        port = listener.getsockname()[1]
        environment = {"PORT": str(port)}
        # The parent keeps the socket: while the web process is started again, callers wait instead of being refused.
        web = manage("web", "--fd", str(listener.fileno()), "--processes", "1")
        threading.Thread(target=self._welcome, args=(f"http://{HOST}:{port}", log_in), daemon=True).start()
        supervise(
            [
                Child("web", web, self._say, pass_fds=[listener.fileno()], environment=environment),
                Child("worker", manage("worker"), self._say, environment=environment),
            ]
        )
        self._say("dev", "everything has stopped")

    def _listen(self, wanted: int) -> socket.socket:
        for port in range(wanted, wanted + PORTS_TRIED):
            try:
                listener = listen(HOST, port)
            except OSError:
                self._say("dev", f"port {port} is taken, trying the next one")
            else:
                return listener
        raise CommandError(f"No free port between {wanted} and {wanted + PORTS_TRIED - 1}: name another with PORT.")

    def _prepare_database(self) -> None:
        self._say("dev", "preparing the database")
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)

    def _first_log_in(self) -> str:
        """How to log in, where an administrator was made; "" otherwise. Told at once: this start may be broken off."""
        password = starter.first_admin()
        if password is None:
            return ""
        log_in = f"Log in as {starter.ADMIN} with the password {password} (no later start shows it)."
        self._say("dev", log_in)
        return log_in

    def _welcome(self, address: str, log_in: str) -> None:
        while not is_ready(address):
            threading.Event().wait(0.2)
        lines = ["", f"{settings.BOT_NAME} is ready.", ""]
        lines += [f"  {name:<18} {address}{path}" for name, path in PAGES if desk.is_served(path)]
        if log_in:
            lines += ["", f"  {log_in}"]
        self.stdout.write("\n".join([*lines, "", "Ctrl-C stops everything.", ""]))
        self.stdout.flush()

    def _say(self, name: str, line: str) -> None:
        self.stdout.write(f"{name:<6} | {line}")
        self.stdout.flush()
