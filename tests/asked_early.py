"""The settings of a process that is asked to end while something is freed, where Python drops exceptions.

`ASKED_BY` is the number of the signal.
"""

from __future__ import annotations

import os
import signal

from edubot.settings import *  # noqa: F403

# Whoever was started in the background passes on that Ctrl-C is not for them.
signal.signal(signal.SIGINT, signal.default_int_handler)


class _Freed:
    def __del__(self) -> None:
        os.kill(os.getpid(), int(os.environ["ASKED_BY"]))
        for _ in range(1000):  # in which the signal is heard
            pass


_Freed()
