"""Running programs as the server's user, and asking who is behind a process number."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from edubot.postgres.errors import EmbeddedPostgresError

PATIENCE = 60.0  # seconds granted to the server for anything it does: initialise, start, stop
_PROC = Path("/proc")


@dataclass(frozen=True)
class Account:
    """A user of this machine, by number."""

    uid: int
    gid: int

    @classmethod
    def of(cls, uid: int) -> Self:
        """The account of `uid`, in its own primary group."""
        try:
            return cls(uid, pwd.getpwuid(uid).pw_gid)
        except KeyError:
            return cls(uid, uid)

    @classmethod
    def unprivileged(cls) -> Self:
        """The user that runs the server where we are root; `EmbeddedPostgresError` where the machine has none."""
        for name in ("postgres", "_postgres", "nobody"):
            try:
                return cls.of(pwd.getpwnam(name).pw_uid)
            except KeyError:
                continue
        raise EmbeddedPostgresError(
            "PostgreSQL refuses to run as root and this machine has no user postgres or nobody: "
            "create one (useradd --system postgres), or set DATABASE_URL."
        )

    def __str__(self) -> str:
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return f"number {self.uid}"


def run(command: Sequence[str | Path], account: Account | None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end as `account` (None: as ourselves) and return what it printed.

    The session is its own, so that Ctrl-C in a terminal ends us but not the server. The environment is nearly empty:
    ours holds secrets, which another user could read in /proc, and PG* variables, which would change the server.
    """
    identity: dict[str, Any] = {"user": account.uid, "group": account.gid, "extra_groups": ()} if account else {}
    return subprocess.run(  # noqa: S603 - the programs of the wheel, and fixed shell snippets
        command,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        umask=0o077,
        start_new_session=True,
        timeout=PATIENCE,
        check=False,
        **identity,
    )


def reason(error: OSError | subprocess.SubprocessError) -> str:
    """Why a program failed, in one line: what it said itself, if it said anything."""
    return " ".join((getattr(error, "stderr", None) or str(error)).split())


def can_enter(account: Account, directory: Path) -> bool:
    """Whether `account` reaches `directory`. Tried out, for modes alone do not tell (access lists, mounts)."""
    return run(["/bin/sh", "-c", 'cd -- "$1"', "sh", directory], account).returncode == 0


def command_line(pid: int) -> str:
    """The arguments of the live process `pid`, joined by spaces; empty where there is none, or only a zombie."""
    if not (_PROC / "self").exists():  # macOS, whose ps writes letters beyond ASCII as escapes in the C locale
        return run(["ps", "-ww", "-o", "command=", "-p", str(pid)], None, LC_ALL="en_US.UTF-8").stdout.strip()
    try:
        arguments = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    return os.fsdecode(arguments.replace(b"\0", b" ")).strip()
