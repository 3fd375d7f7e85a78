"""Named places where a test may make the process die or stand still, to prove that nothing is lost or doubled there.

EDUBOT_FAILPOINTS="send.after_claim=3" kills the process (SIGKILL) at the third pass; "send.after_claim=3:freeze" stops
it (SIGSTOP) there, until somebody sends SIGCONT. Read once; refused unless EDUBOT_TEST=1, so that no
production process can be told to die.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured


class Point(NamedTuple):
    """What happens at a place: after so many passes the process gets this signal."""

    passes: int
    signal: signal.Signals


_SIGNALS = {"": signal.SIGKILL, "freeze": signal.SIGSTOP}


def parse(spec: str) -> dict[str, Point]:
    """`"a=3,b"`: die at the third pass of a, at the first of b. Raises ValueError or KeyError for anything else."""
    points = (point.partition("=") for point in spec.split(",") if point)
    return {name.strip(): _point(what) for name, _, what in points}


def _point(what: str) -> Point:
    passes, _, how = what.partition(":")
    return Point(int(passes or 1), _SIGNALS[how.strip()])


def _configured() -> dict[str, Point]:
    spec = os.environ.get("EDUBOT_FAILPOINTS", "")
    if spec and os.environ.get("EDUBOT_TEST") != "1":
        raise ImproperlyConfigured("EDUBOT_FAILPOINTS is for tests alone: it needs EDUBOT_TEST=1.")
    return parse(spec)


_points = _configured()
_passes: Counter[str] = Counter()


def hit(name: str) -> None:
    """Pass the place `name`; die or stand still there when the test asked for it."""
    if name not in _points:
        return
    _passes[name] += 1
    if _passes[name] == _points[name].passes:
        os.kill(os.getpid(), _points[name].signal)
