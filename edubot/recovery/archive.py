"""The file that a backup is: what is in it, written and read as a stream."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from edubot.drafts import whole
from edubot.recovery.errors import RecoveryError

FORMAT = 1
CHUNK = 1 << 20
_DUMP, _MANIFEST = "database.dump", "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `rows` counts every table that was saved; `migrations` are `app.name`."""

    taken_at: str  # ISO 8601, UTC
    migrations: list[str]
    rows: dict[str, int]
    sha256: str
    size: int  # bytes of the dump
    format: int = FORMAT

    @property
    def moment(self) -> datetime:
        """When it was taken."""
        return datetime.fromisoformat(self.taken_at)


def write(path: Path, dump: Iterable[bytes], describe: Callable[[str, int], Manifest]) -> Manifest:
    """Write a backup; `describe` is given the dump's SHA-256 and size.

    Raises RecoveryError, also where the file is there already.
    """
    try:
        with whole(path) as file:
            return _fill(zipfile.ZipFile(file, "w"), dump, describe)
    except FileExistsError as error:
        raise RecoveryError(f"{path} is there already; a backup never takes another's place.") from error
    except OSError as error:
        raise RecoveryError(f"{path} cannot be written: {error.strerror}.") from error


def _fill(archive: zipfile.ZipFile, dump: Iterable[bytes], describe: Callable[[str, int], Manifest]) -> Manifest:
    digest, size = hashlib.sha256(), 0
    with archive:
        with archive.open(_DUMP, "w", force_zip64=True) as entry:  # stored: the dump is compressed already
            for piece in dump:
                entry.write(piece)
                digest.update(piece)
                size += len(piece)
        manifest = describe(digest.hexdigest(), size)
        archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=1))
    return manifest


def read_manifest(path: Path) -> Manifest:
    """What a backup says of itself. Raises RecoveryError for anything that is not a backup of ours."""
    try:
        with zipfile.ZipFile(path) as archive:
            told: dict[str, Any] = json.loads(archive.read(_MANIFEST))
        manifest = Manifest(**told)
    except OSError as error:
        raise RecoveryError(f"{path} cannot be read: {error.strerror}.") from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise RecoveryError(f"{path} is not a backup of EduBot, or only a part of one.") from error
    if manifest.format != FORMAT:
        raise RecoveryError(f"{path} was made by a newer EduBot: restore it with that one.")
    return manifest


def read_dump(path: Path) -> Iterator[bytes]:
    """The dump, piece by piece. Raises RecoveryError when the file is damaged."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_DUMP) as entry:
            while piece := entry.read(CHUNK):
                yield piece
    except (OSError, zipfile.BadZipFile, KeyError, EOFError) as error:
        raise RecoveryError(f"{path} is damaged.") from error


def check(path: Path, manifest: Manifest, progress: Callable[[int], None]) -> None:
    """Read it whole and compare with its checksum. Raises RecoveryError when a byte has changed."""
    digest, done = hashlib.sha256(), 0
    for piece in read_dump(path):
        digest.update(piece)
        done += len(piece)
        progress(done)
    if digest.hexdigest() != manifest.sha256:
        raise RecoveryError(f"{path} is damaged: it is not what its checksum says.")
