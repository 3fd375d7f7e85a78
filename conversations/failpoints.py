"""Named places where a test may make the process die, to prove that nothing is lost there.

EDUBOT_FAILPOINTS="send.after_claim=3" kills the process (SIGKILL) at the third pass. Read once; refused unless
EDUBOT_TEST=1, so that no production process can be told to die.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

from django.core.exceptions import ImproperlyConfigured


def parse(spec: str) -> dict[str, int]:
    """`"a=3,b"` means: die at the third pass of a, at the first of b. Raises ValueError for anything else."""
    points = (point.partition("=") for point in spec.split(",") if point)
    return {name.strip(): int(count or 1) for name, _, count in points}


def _configured() -> dict[str, int]:
    spec = os.environ.get("EDUBOT_FAILPOINTS", "")
    if spec and os.environ.get("EDUBOT_TEST") != "1":
        raise ImproperlyConfigured("EDUBOT_FAILPOINTS is for tests alone: it needs EDUBOT_TEST=1.")
    return parse(spec)


_points = _configured()
_passes: Counter[str] = Counter()


def hit(name: str) -> None:
    """Pass the place `name`; die there when the test asked for it."""
    if name not in _points:
        return
    _passes[name] += 1
    if _passes[name] == _points[name]:
        os.kill(os.getpid(), signal.SIGKILL)
