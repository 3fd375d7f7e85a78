"""Where a process spends its time, as a flame graph: drawn from outside by py-spy (`pip install py-spy`)."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

RATE = 250  # looks a second
MINUTES = 30  # at most


class NoPySpyError(Exception):
    """The program that draws is not installed."""


@contextmanager
def drawn(pid: int, picture: Path) -> Iterator[None]:
    """Draw into `picture` (SVG) what the process and its children compute during the block; waiting does not count.

    Raises NoPySpyError.
    """
    program = shutil.which("py-spy")
    if program is None:
        raise NoPySpyError("py-spy is not installed: pip install py-spy.")
    what = ("record", "--pid", str(pid), "--subprocesses", "--gil", "--nonblocking", "--rate", str(RATE))
    how = ("--duration", str(60 * MINUTES), "--format", "flamegraph", "--output", str(picture))
    recorder = subprocess.Popen([program, *what, *how], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        recorder.send_signal(signal.SIGINT)
        recorder.wait(60)
        if picture.exists():
            _forget_where_we_are(picture, program)


def _forget_where_we_are(picture: Path, program: str) -> None:
    """Where this checkout and the program are concerns nobody."""
    drawing = picture.read_text(encoding="utf-8").replace(program, "py-spy")
    for place in (settings.BASE_DIR, picture.parent):
        drawing = drawing.replace(f"{place}/", "")
    picture.write_text(drawing, encoding="utf-8")
