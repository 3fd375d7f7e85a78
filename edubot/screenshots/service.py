"""The service that is photographed: real processes over a database that is thrown away, with the demo's people in it.

The demo is built by a fixed seed, and the team's clocks show the same hour whenever the pictures are taken (its time
zone is chosen so): one run's pictures look like the next one's.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edubot.processes import NotReadyError, eventually, is_ready, manage, running
from edubot.server.run import listen

HOST = "127.0.0.1"
HOUR = 11  # of the team's day
PATIENCE = 120.0  # seconds for one step of the preparation
STAFF = "grace"
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "USER", "PYTHONPATH")
# The demo names its supervisor so, and leaves one who is there as they are.
_ADMINISTRATOR = f"""
import os
from django.contrib.auth.models import User
name = {{"first_name": "Grace", "last_name": "Okafor", "email": "grace@demo.invalid"}}
User.objects.create_superuser("{STAFF}", password=os.environ["PASSWORD"], **name)
"""


@dataclass(frozen=True)
class Service:
    """Where it is and answers, its team's time zone, and its administrator's password."""

    home: Path
    address: str
    zone: str
    password: str


@contextmanager
def service(home: Path, conversations: int, say: Callable[[str], None]) -> Iterator[Service]:
    """A service in `home`, an empty directory, until the end of the block. Raises NotReadyError."""
    with ExitStack() as stack:
        listener = stack.enter_context(closing(listen(HOST, 0)))
        port = listener.getsockname()[1]
        environment, log = _environment(home, port), home / "service.log"
        for step, command in _steps(conversations).items():
            say(step)
            with running(command, environment, log) as process:
                eventually(lambda process=process: process.poll() is not None, step, PATIENCE)  # type: ignore[misc]
                if process.returncode:
                    raise NotReadyError(f"{step}: {log.read_text()[-2000:]}")
        say("starting web and worker")
        web = manage("web", "--fd", str(listener.fileno()), "--processes", "1")
        stack.enter_context(running(web, environment, log, [listener.fileno()]))
        stack.enter_context(running(manage("worker"), environment, log))
        address = f"http://{HOST}:{port}"
        eventually(lambda: is_ready(address), "the service is ready", PATIENCE)
        yield Service(home, address, environment["TIME_ZONE"], environment["PASSWORD"])


def _steps(conversations: int) -> dict[str, list[str]]:
    demo = ("seed_demo", "--conversations", str(conversations), "--seed", "1")
    return {
        "preparing a database": manage("migrate", "--noinput"),
        "making an administrator": manage("shell", "-v", "0", "-c", _ADMINISTRATOR),
        "inventing people": manage(*demo),
    }


def _environment(home: Path, port: int) -> dict[str, str]:
    """All that the service is told: nothing of a developer's own settings reaches the pictures."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "EDUBOT_READ_DOTENV": "false",
        "EDUBOT_VAR_DIR": str(home),
        "DEBUG": "true",
        "SIMULATOR": "true",
        "PORT": str(port),
        "TIME_ZONE": zone_at(datetime.now(UTC).hour),
        "PASSWORD": secrets.token_urlsafe(12),
        "LOG_LEVEL": "WARNING",
    }


def zone_at(hour: int) -> str:
    """The time zone in which it is HOUR o'clock while it is `hour` o'clock UTC. (POSIX counts to the west.)"""
    west = (hour - HOUR + 12) % 24 - 12
    return f"Etc/GMT{west:+d}"
