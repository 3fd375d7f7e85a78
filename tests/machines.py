"""How long the state machines go on."""

from __future__ import annotations

import os


def stories(usual: int) -> int:
    """How many stories a machine makes up: `usual` in every run of the suite, or what EDUBOT_MACHINES says."""
    return int(os.environ.get("EDUBOT_MACHINES") or usual)
