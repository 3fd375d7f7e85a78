"""A small cache in PostgreSQL for rate-limit counters: right over processes and restarts, with nothing else to run.

Every operation is one statement, so `add` and `incr` are atomic: of two processes exactly one adds, and no hit is lost.
Time is the database's, for the clocks of several machines differ. It holds whole numbers and nothing else; what wants
a cache of pages or objects is better off with Redis (CACHE_URL).
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

_FOREVER = timedelta(days=365)  # what "no expiry" means for a counter
_SWEEP_EVERY = 60.0  # seconds, per process

_EXPIRES = "clock_timestamp() + %(lasts)s"
_UPSERT = f"""
    INSERT INTO edubot_counter AS counter (key, value, expires_at) VALUES (%(key)s, %(value)s, {_EXPIRES})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""  # noqa: S608  (constants)
_ADD = f"{_UPSERT} WHERE counter.expires_at <= clock_timestamp() RETURNING value"
_GET = "SELECT value FROM edubot_counter WHERE key = %(key)s AND expires_at > clock_timestamp()"
_INCR = """
    UPDATE edubot_counter SET value = value + %(delta)s
    WHERE key = %(key)s AND expires_at > clock_timestamp() RETURNING value
"""
_TOUCH = f"""
    UPDATE edubot_counter SET expires_at = {_EXPIRES}
    WHERE key = %(key)s AND expires_at > clock_timestamp() RETURNING value
"""  # noqa: S608
_DELETE = "DELETE FROM edubot_counter WHERE key = %(key)s RETURNING value"
_CLEAR = "DELETE FROM edubot_counter"
_SWEEP = """
    DELETE FROM edubot_counter WHERE key IN (
        SELECT key FROM edubot_counter WHERE expires_at <= clock_timestamp() LIMIT 1000 FOR UPDATE SKIP LOCKED
    )
"""


class PostgresCache(BaseCache):
    """Django's cache interface over the table edubot_counter (settings.CACHES)."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._swept = 0.0

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """The number under `key`, or `default`."""
        found = _one(_GET, key=self.make_and_validate_key(key, version=version))
        return default if found is None else found

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Put a number under `key` for `timeout` seconds. TypeError for anything but an int."""
        _one(f"{_UPSERT} RETURNING value", **self._entry(key, value, timeout, version))

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Put a number under `key` unless one is there; whether it was put. TypeError for anything but an int."""
        self._sweep()
        return _one(_ADD, **self._entry(key, value, timeout, version)) is not None

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add `delta` to the number under `key` and return the sum. ValueError when there is none."""
        found = _one(_INCR, key=self.make_and_validate_key(key, version=version), delta=delta)
        if found is None:
            raise ValueError(f"Key {key!r} not found")
        return found

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Let the number under `key` last another `timeout` seconds; whether there is one."""
        return (
            _one(_TOUCH, key=self.make_and_validate_key(key, version=version), lasts=self._lasts(timeout)) is not None
        )

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forget the number under `key`; whether there was one."""
        return _one(_DELETE, key=self.make_and_validate_key(key, version=version)) is not None

    def clear(self) -> None:
        """Forget everything."""
        _run(_CLEAR)

    def _entry(self, key: Any, value: Any, timeout: Any, version: int | None) -> dict[str, Any]:
        if not isinstance(value, int):
            raise TypeError(f"This cache counts: it keeps whole numbers, not {type(value).__name__}.")
        return {
            "key": self.make_and_validate_key(key, version=version),
            "value": value,
            "lasts": self._lasts(timeout),
        }

    def _lasts(self, timeout: Any) -> timedelta:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return _FOREVER if seconds is None else timedelta(seconds=seconds)

    def _sweep(self) -> None:
        """Remove what has expired, now and then: nobody will ask for those keys again."""
        if time.monotonic() - self._swept > _SWEEP_EVERY:
            self._swept = time.monotonic()
            _run(_SWEEP)


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _one(statement: str, **values: Any) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None
