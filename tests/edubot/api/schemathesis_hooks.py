"""Hooks for `schemathesis run` (SCHEMATHESIS_HOOKS=tests.edubot.api.schemathesis_hooks).

A cursor is signed: no generator can make up a good one, and a made-up one is rightly 422. So cases that are meant to be
good do without; cases that are meant to be bad keep theirs.
"""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """Leave out the cases that believe in a cursor of their own."""
    mode = case.meta.generation.mode if case.meta else None
    return not (mode is not None and mode.is_positive and "cursor" in (case.query or {}))
