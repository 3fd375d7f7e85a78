"""Where the bench works and how the service is set there: production's defaults, a database and secrets of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from psycopg.conninfo import make_conninfo

from edubot import secrets
from edubot.postgres import join

HOME = "EDUBOT_BENCH_HOME"  # set in the process that measures: the directory of everything it leaves behind
NUMBER, ACCOUNT = "100000000000001", "200000000000002"
LIMITLESS = "100000000"


def variables(home: Path) -> dict[str, str]:
    """The environment of a service that keeps all it has in `home`. A caller's own settings do not reach it."""
    return {
        HOME: str(home),
        "DJANGO_SETTINGS_MODULE": "edubot.settings",
        "EDUBOT_VAR_DIR": str(home),
        "EDUBOT_READ_DOTENV": "false",
        "DATABASE_URL": "",
        "DEBUG": "false",
        "SIMULATOR": "false",
        "SECRET_KEY": secrets.generated("SECRET_KEY", home),
        "JWT_SIGNING_KEY": secrets.generated("JWT_SIGNING_KEY", home),
        "SECURE_SSL_REDIRECT": "false",
        "WHATSAPP_ACCESS_TOKEN": "bench-only-access-token",
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER,
        "WHATSAPP_BUSINESS_ACCOUNT_ID": ACCOUNT,
        "WHATSAPP_APP_SECRET": secrets.generated("WHATSAPP_APP_SECRET", home),
        "WHATSAPP_VERIFY_TOKEN": "bench-only-verify-token",
        "OUTBOX_RATE": "2000",  # Meta's limits are not ours
        "OUTBOX_PERSON_RATE": LIMITLESS,
        "API_REQUESTS_PER_MINUTE": LIMITLESS,  # nor is the limit that one person meets
        "API_SENDS_PER_MINUTE": LIMITLESS,
        "EMAIL_URL": "consolemail://",
    }


def process_environment(home: Path, extra: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """What a process of that service is started with: the system's variables, ours, and nobody else's."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "USER") if name in os.environ}
    return kept | variables(home) | {"PYTHONUNBUFFERED": "1"} | dict(extra)


def command(*arguments: str) -> list[str]:
    """The command line of a module or management command of this checkout, with warnings as they are set here."""
    return [sys.executable, *arguments]


def address(home: Path) -> str:
    """Where psycopg finds the database of `home`, whose server runs from here on."""
    server = join(home / "postgres")
    return make_conninfo(host=server["host"], port=server["port"], user=server["user"], dbname="edubot")
