"""PostgreSQL's own programs for backups, and how they are told where the database is."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from psycopg.pq import Conninfo

from edubot.environment import Environment
from edubot.logs import mask
from edubot.postgres import program
from edubot.recovery.errors import RecoveryError

Address = Mapping[str, object]  # libpq's parameters: host, port, user, password, dbname, sslmode, …


def newest(name: str) -> Path:
    """The newest of this machine's copies of a program: the system's, or the one that came with our PostgreSQL.

    A program reads older servers and archives, never newer ones. Raises RecoveryError where there is none.
    """
    found = sorted((_version(path), path) for path in _copies(name))
    if not found:
        raise RecoveryError(f"{name} is missing: run `pip install -r requirements.txt`.")
    return found[-1][1]


def environment(address: Address) -> dict[str, str]:
    """What a program of PostgreSQL's needs to connect. Not as arguments: everybody can read those."""
    names = {option.keyword.decode(): option.envvar for option in Conninfo.get_defaults()}
    told = {
        variable.decode(): str(value)
        for keyword, value in address.items()
        if value not in (None, "") and (variable := names.get(keyword))
    }
    return {"PATH": os.defpath, "LC_ALL": "C", "PGCLIENTENCODING": "UTF8"} | told


def named(url: str) -> Address:
    """The address that something like a DATABASE_URL names. Raises RecoveryError for anything else."""
    try:
        found = Environment.db_url_config(url) if url.startswith(("postgres://", "postgresql://")) else {}
    except ValueError:  # it quotes a part of a password that was not escaped
        found = {}
    if not found.get("NAME"):
        raise RecoveryError("A database is named as in DATABASE_URL: postgres://user:password@host:5432/name.")
    parts = {keyword: found[part] for part, keyword in _KEYWORDS.items()} | found.get("OPTIONS", {})
    return {keyword: value for keyword, value in parts.items() if value not in (None, "")}


_KEYWORDS = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}


def url(address: Address) -> str:
    """The address as a DATABASE_URL, with what it says of TLS."""
    user, password, host = (quote(str(address.get(part) or ""), safe="") for part in ("user", "password", "host"))
    port, name = address.get("port") or "", quote(str(address["dbname"]), safe="")
    who = f"{user}:{password}" if password else user
    local = host.startswith("%2F")  # the directory of the server's socket
    place = f":{port}/{host}/{name}" if local else f"{host}:{port}/{name}"
    tls = urlencode({keyword: value for keyword, value in address.items() if keyword.startswith("ssl")})
    return f"postgres://{who}@{place}?{tls}" if tls else f"postgres://{who}@{place}"


def complaint(said: bytes) -> str:
    """The first line in which a program named an error, without what a row held."""
    lines = said.decode("utf-8", "replace").splitlines()
    errors = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()]
    return mask((errors or lines or ["no reason given"])[0])[:300]


def _copies(name: str) -> Iterator[Path]:
    if installed := shutil.which(name):
        yield Path(installed)
    if (ours := program(name)).exists():
        yield ours


def _version(path: Path) -> tuple[int, ...]:
    """`pg_dump (PostgreSQL) 18.6` as (18, 6); older than all others where it does not run."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ()
    word = next((word for word in said.split() if word[:1].isdigit()), "0")
    return tuple(int(part) for part in word.split(".") if part.isdigit())
