"""Where the server of a data directory lives, and which user runs it."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from edubot.postgres.errors import EmbeddedPostgresError
from edubot.postgres.processes import Account, can_enter

LOCK = "members.lock"
PORT = 5432  # no TCP port: only a part of the socket's name
# Where root puts what an unprivileged user has to reach, when it cannot reach the checkout.
OUTSIDE = Path("/var/lib/edubot-postgres")
_LONGEST_SOCKET = 100  # bytes; the system's limit is 104 on macOS, 108 on Linux

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """A private directory with everything that belongs to one server.

    `account` is the user that runs the server, None where that is ourselves.
    """

    home: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """PostgreSQL's own directory; it exists only once it is complete."""
        return self.home / "data"

    @property
    def logs(self) -> Path:
        """The directory of the server's log, a file for each day of the week."""
        return self.home / "log"

    @property
    def sockets(self) -> Path:
        """The directory of the server's socket: the home, or a short one where the home cannot be written as a host.

        Derived from the home alone, so that every process finds it.
        """
        socket = self.home / f".s.PGSQL.{PORT}"
        # libpq takes a comma for the next host of a list, and UTF-8 for granted.
        if len(os.fsencode(socket)) <= _LONGEST_SOCKET and "," not in str(socket) and _is_text(socket):
            return self.home
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()
        return Path("/tmp") / f"edubot-{digest[:16]}"  # noqa: S108 - its owner and mode are checked before it is used


def prepare(directory: Path) -> Place:
    """Make the private directory for the server of `directory` and say where it is.

    Nothing outside of our own directories is touched. `EmbeddedPostgresError` where the directory is somebody else's.
    """
    directory = directory.resolve()
    try:
        place = _as_root(directory) if os.geteuid() == 0 else _as_ourselves(directory)
        if place.sockets != place.home:
            _require_ours(place.sockets, place.account)
            _close_to_others(place.sockets, place.account)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"The embedded database cannot live in {directory} ({error.strerror}: {error.filename}): "
            "run the command as the owner of the checkout, or set DATABASE_URL."
        ) from error
    return place


def open_outside() -> Path:
    """The directory outside of the checkout, made for everybody to enter when it is new."""
    try:
        OUTSIDE.mkdir(parents=True)
    except FileExistsError:
        return OUTSIDE
    OUTSIDE.chmod(0o755)  # the umask may have closed it
    return OUTSIDE


def _as_ourselves(home: Path) -> Place:
    home.parent.mkdir(parents=True, exist_ok=True)
    return _claim(home, None)


def _as_root(directory: Path) -> Place:
    """PostgreSQL refuses to run as root: an existing directory stays with its owner, a new one goes to an unprivileged
    user, outside of the checkout where that user cannot reach it.
    """
    pointer = directory / "elsewhere"
    if pointer.exists():
        return _outside(pointer)
    directory.parent.mkdir(parents=True, exist_ok=True)
    account = _owner(directory) or Account.unprivileged()
    if can_enter(account, directory.parent):
        return _claim(directory, account)
    if (directory / "data").exists():
        raise EmbeddedPostgresError(
            f"The embedded database in {directory} is run by user {account}, who cannot enter {directory.parent}: "
            "move the checkout to a place that user can reach, or set DATABASE_URL."
        )
    return _outside(pointer)


def _outside(pointer: Path) -> Place:
    home = _noted_in(pointer)
    return _claim(home, _owner(home) or Account.unprivileged())


def _noted_in(pointer: Path) -> Path:
    """The directory outside of the checkout that `pointer` names; the first who asks chooses it.

    The name is random, not derived from the path: a fresh clone at the same path must not find the old data.
    """
    outside = open_outside()
    pointer.parent.mkdir(mode=0o700, exist_ok=True)
    with pointer.open("a+") as note:
        fcntl.flock(note, fcntl.LOCK_EX)
        note.seek(0)
        if known := note.read().strip():
            return Path(known)
        home = outside / f"postgres-{secrets.token_hex(4)}"
        note.write(f"{home}\n")
    logger.warning(
        "The embedded database lies outside of the checkout, which the user who runs it cannot enter",
        extra={"directory": str(home)},
    )
    return home


def _claim(home: Path, account: Account | None) -> Place:
    """Take `home` for the server, if it is new or already the server's.

    Root would otherwise give away whatever directory a wrong setting names.
    """
    _require_ours(home, account)
    if any(home.iterdir()) and not any((home / name).exists() for name in (LOCK, "data/PG_VERSION")):
        raise EmbeddedPostgresError(f"{home} holds other files: give the embedded database a directory of its own.")
    _close_to_others(home, account)
    return Place(home, account)


def _require_ours(directory: Path, account: Account | None) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()  # not through a link: anybody can put one into /tmp
    ours = {0, account.uid} if account else {os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
        raise EmbeddedPostgresError(
            f"{directory} belongs to somebody else ({Account.of(found.st_uid)}): "
            "run the command as that user, or set DATABASE_URL."
        )


def _close_to_others(directory: Path, account: Account | None) -> None:
    directory.chmod(0o700)
    if account and directory.stat().st_uid != account.uid:
        for path in (*directory.rglob("*"), directory):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _owner(directory: Path) -> Account | None:
    """Who owns `directory`; None where it does not exist, or belongs to root."""
    try:
        uid = directory.stat().st_uid
    except FileNotFoundError:
        return None
    return Account.of(uid) if uid else None


def _is_text(path: Path) -> bool:
    return os.fsencode(path) == str(path).encode(errors="replace")
