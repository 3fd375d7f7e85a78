"""Secrets that must exist before anything starts."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.exceptions import ImproperlyConfigured


def generated(name: str, directory: Path) -> str:
    """The secret kept in `directory` under the lower-case `name`; made on first use, readable by its owner alone."""
    path = directory / name.lower()
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=directory, encoding="ascii") as draft:  # readable by its owner alone
            draft.write(secrets.token_urlsafe(48))
            draft.flush()
            with suppress(FileExistsError):  # of two processes at the same moment the first one wins, whole
                path.hardlink_to(draft.name)
    return path.read_text(encoding="ascii").strip()


def required(name: str, value: str, directory: Path, *, generate: bool) -> str:
    """`value` if it is set, else a generated one where that is allowed (development).

    Raises ImproperlyConfigured with one sentence that says what to do.
    """
    if value:
        return value
    if generate:
        return generated(name, directory)
    raise ImproperlyConfigured(
        f"{name} is not set: for development run `cp -n .env.example .env`, "
        f"in production set {name} to a long random value."
    )
