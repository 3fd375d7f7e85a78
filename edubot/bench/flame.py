"""Where a process spends its time, as a flame graph: drawn from outside by py-spy (`pip install py-spy`)."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

RATE = 250  # looks a second
MINUTES = 30  # at most
NARROWEST = 0.25  # percent of the width, three pixels: of narrower frames there are thousands, and nobody can read them

_FRAME = re.compile(r'<g><title>[^<]*</title><rect x="[^"]*" y="[^"]*" width="([\d.]+)%".*?</g>', re.DOTALL)
_SAMPLES = re.compile(r'total_samples="(\d+)"')


class NoPySpyError(Exception):
    """The program that draws is not installed."""


@contextmanager
def drawn(pid: int, picture: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Draw into `picture` (SVG) what the process and its children compute during the block; waiting does not count.

    In the end `say` is told how many looks it is drawn from. Raises NoPySpyError.
    """
    beside_us = Path(sys.executable).parent  # also where nobody has activated the virtual environment
    program = shutil.which("py-spy") or shutil.which("py-spy", path=str(beside_us))
    if program is None:
        raise NoPySpyError("py-spy is not installed: pip install py-spy.")
    what = ("record", "--pid", str(pid), "--subprocesses", "--gil", "--nonblocking", "--rate", str(RATE))
    how = ("--duration", str(60 * MINUTES), "--function", "--format", "flamegraph", "--output", str(picture))
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.unlink(missing_ok=True)
    recorder = subprocess.Popen([program, *what, *how], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        recorder.send_signal(signal.SIGINT)
        recorder.wait(60)
        if picture.exists():
            drawing = legible(picture.read_text(encoding="utf-8"), (program, picture.parent))
            picture.write_text(drawing, encoding="utf-8")
            say(f"{picture.name}: {samples(drawing):,} samples, {len(drawing) / 1000:.0f} kB")


def legible(drawing: str, places: tuple[str, Path]) -> str:
    """The drawing without frames too narrow to be seen, and without the paths of program, directory and checkout."""
    program, directory = places
    drawing = _FRAME.sub(lambda frame: frame[0] if float(frame[1]) >= NARROWEST else "", drawing)
    drawing = drawing.replace(program, "py-spy")
    for place in (settings.BASE_DIR, directory):
        drawing = drawing.replace(f"{place}/", "")
    return drawing


def samples(drawing: str) -> int:
    """From how many looks at the process a flame graph is drawn."""
    found = _SAMPLES.search(drawing)
    return int(found[1]) if found else 0
