"""What the kernel knows of our processes: memory, time they computed, and who started whom."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

PROC = Path("/proc")


def pss(pids: Iterable[int]) -> float:
    """Proportional set size of these processes, MiB: what they share counts once among them. Ended ones count 0."""
    return sum(_held(pid, "Pss:") for pid in set(pids)) / 1024


def private(pids: Iterable[int]) -> float:
    """What these processes share with nobody, MiB: unlike `pss` it stays the same when others come and go."""
    return sum(_held(pid, "Private_Clean:", "Private_Dirty:") for pid in set(pids)) / 1024


def _held(pid: int, *kinds: str) -> int:
    """KiB of these kinds."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(kinds))


def cpu(pids: Iterable[int]) -> float:
    """Seconds that these processes, and those of their children that have ended, have computed since they began."""
    return sum(_ticks(pid) for pid in set(pids)) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    # proc(5): utime, stime, and both of the children that were waited for.
    return sum(int(field) for field in _stat(pid)[11:15])


def family(pid: int) -> set[int]:
    """A process and everything that descends from it."""
    parents = {child: parent for child in _all() if (parent := _parent(child)) is not None}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def server_of(directory: Path) -> set[int]:
    """The processes of the PostgreSQL server that works in `directory`."""
    try:
        return family(int((directory / "postmaster.pid").read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return set()


def _all() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int | None:
    return next((int(field) for field in _stat(pid)[1:2]), None)


def _stat(pid: int) -> list[str]:
    """What the kernel counts of a process, from its state on (proc(5)); nothing of one that has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def description() -> str:
    """Cores, processor, memory and system, in a line."""
    model = next((line.partition(":")[2].strip() for line in _lines("cpuinfo") if line.startswith("model name")), "")
    total = next((int(line.split()[1]) for line in _lines("meminfo") if line.startswith("MemTotal")), 0)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = (f"{cores} cores", model or platform.processor(), f"{total / 1024**2:.0f} GiB", platform.platform())
    return ", ".join(filter(None, (*parts, f"Python {platform.python_version()}")))


def commit() -> str:
    """The commit of this checkout, and whether it holds more than that; no word where nobody knows."""
    asked = ("git", "describe", "--always", "--dirty", "--abbrev=8", "--exclude=*")
    try:
        found = subprocess.run(asked, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True, timeout=5)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return "commit unknown"
    return f"commit {found.stdout.strip()}"


def _lines(name: str) -> list[str]:
    try:
        return (PROC / name).read_text().splitlines()
    except OSError:
        return []
