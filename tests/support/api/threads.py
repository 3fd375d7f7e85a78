"""Doing something at the same moment, each in a thread with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")


def in_threads(work: Callable[[int], Result], times: int) -> list[Result]:
    """What `work` gave in each of so many threads, which all start together."""
    start = threading.Barrier(times)

    def once(number: int) -> Result:
        start.wait()
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(once, range(times)))
