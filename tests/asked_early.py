"""The settings of a process that is asked to end while something is freed, where Python drops exceptions."""

from __future__ import annotations

import os
import signal

from edubot.settings import *  # noqa: F403


class _Freed:
    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):  # in which the signal is heard
            pass


_Freed()
